// Who may import whom. Read with docs/ARCHITECTURE.md; each comment says why the wall stands.
const kernel =
  '^src/(dicom|kernels|volume|masks|radiomics|model|lab|tables|study|matching|eligibility|patients|sr|picture)/';
const types = { dependencyTypesNot: ['type-only'] };
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-composition-root',
      severity: 'error',
      comment: 'src says what it needs in ports.ts; only startup/ picks who provides it.',
      from: { path: '^src/', pathNot: '^src/startup/' },
      to: { path: '^adapters/' },
    },
    {
      name: 'src-does-no-io',
      severity: 'error',
      comment: 'src takes bytes, text, numbers and ports. Only start-up and the CLI may open a file.',
      from: {
        path: '^src/',
        pathNot: '^src/(startup|cli)/|^src/main\\.ts$|^src/kernels/assembly/build\\.mjs$',
      },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'kernel-does-not-look-up',
      severity: 'error',
      from: { path: kernel },
      to: { path: '^src/(pipeline|catalogue|startup|cli|main|ports)' },
    },
    {
      name: 'adapters-see-ports-and-vocabulary',
      severity: 'error',
      comment: 'A worker thread is a program of its own, so these alone may run the kernel.',
      from: { path: '^adapters/', pathNot: '^adapters/threads/(radiomics|page|lab)-worker\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(ports|fault)\\.ts$|^src/dicom/', ...types },
    },
    {
      name: 'adapters-are-strangers',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/' },
      to: { path: '^adapters/', pathNot: '^adapters/$1/' },
    },
    {
      name: 'dcmjs-enters-once',
      severity: 'error',
      from: { pathNot: '^src/dicom/part10\\.ts$' },
      to: { path: 'node_modules/dcmjs/' },
    },
    {
      name: 'dcmjs-dimse-enters-once',
      severity: 'error',
      from: { pathNot: '^adapters/dimse/' },
      to: { path: 'node_modules/dcmjs-dimse/' },
    },
    {
      name: 'codecs-enter-once',
      severity: 'error',
      comment:
        'Only the computing thread decodes: a damaged stream may hang or trap, and a thread can be ended.',
      from: { pathNot: '^(adapters/threads/codecs|test/support/transcode)\\.ts$' },
      to: { path: 'node_modules/dcmjs-codecs/' },
    },
    {
      name: 'renderers-enter-once',
      severity: 'error',
      comment: 'Drawing a page takes a second: only the thread that may be ended does it.',
      from: { pathNot: '^adapters/threads/page-(raster|pdf)\\.ts$' },
      to: { path: 'node_modules/(@resvg/resvg-wasm|pdfmake)/' },
    },
    {
      name: 'ml-matrix-stays-with-mathematics',
      severity: 'error',
      comment: 'Linear algebra belongs to models (lab, model) and to the eigenvalues that are features.',
      from: { pathNot: '^(src/(lab|model|radiomics/families)|test)/' },
      to: { path: 'node_modules/ml-matrix/' },
    },
    {
      name: 'charts-enter-once',
      comment: 'The lab draws for reports; a service that runs loads neither Plot nor a document.',
      from: { pathNot: '^(src/lab/report|test)/' },
      to: { path: 'node_modules/(@observablehq/plot|linkedom)/' },
    },
    {
      name: 'product-never-imports-test',
      severity: 'error',
      from: { path: '^(src|adapters)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
