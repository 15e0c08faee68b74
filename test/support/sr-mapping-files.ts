/** Everything in docs/sr-mapping, by its path there. */
import { spawnSync } from 'node:child_process';
import { renderReport } from '../../src/sr/document.ts';
import { reportCases } from './report-content.ts';
import { shippedTemplates } from './report-template.ts';
import { mappingCsv, mappingMarkdown, templates } from './sr-mapping.ts';
import { mappingReadme } from './sr-mapping-readme.ts';

export const MAPPING_FOLDER = new URL('../../docs/sr-mapping/', import.meta.url);

/** Reports of test/support/report-content.ts that show every form of the result. */
const SAMPLES: Readonly<Record<string, string>> = {
  normalised: 'probability, interval and category',
  indeterminate: 'the interval straddles the cut-off; provisional; the value at the prevalence of the site',
  'not-evaluable': 'the feature is undefined at follow-up: numbers that could not be computed',
  'no-normalisation': 'the delta alone: no z-score, no probability, no category',
  progression: 'the measured lesions grew: not evaluable, no probability',
  'several-lesions-trend-late':
    'two lesions of which one is the target, earlier time points, a mask that came late',
  classic: 'the secondary result beside the first one',
  chinese: 'the text in Simplified Chinese, the same codes',
  supersedes: 'Comprehensive 3D SR that takes the place of an older report',
};

export function mappingFiles(): ReadonlyMap<string, string | Uint8Array> {
  const all = templates();
  const cases = reportCases();
  const shipped = shippedTemplates();
  const samples = Object.entries(SAMPLES).map(([name, what]) => ({
    name,
    what,
    bytes: renderReport(shipped, cases[name]!).bytes,
  }));
  return new Map<string, string | Uint8Array>([
    ['README.md', mappingReadme(all, samples)],
    ...all.flatMap((template) => [
      [`${template.name}.md`, mappingMarkdown(template)] as const,
      [`${template.name}.csv`, mappingCsv(template)] as const,
    ]),
    ...samples.map(({ name, bytes }) => [`samples/${name}.dcm`, bytes] as const),
  ]);
}

/** What DCMTK's dsrdump says of a file: content tree with codes, long texts in full. */
export const dump = (file: string): string =>
  spawnSync('dsrdump', ['+Pc', '+Pl', '+Pu', file], { encoding: 'utf8' }).stdout;
