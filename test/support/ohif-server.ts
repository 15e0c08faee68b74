import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Cross-origin isolation, without which OHIF's workers share no memory. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const CONFIGURATION = {
  name: 'interop',
  routerBasename: null,
  extensions: [],
  modes: [],
  customizationService: {},
  showStudyList: true,
  maxNumberOfWebWorkers: 2,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'archive',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'archive',
      configuration: {
        friendlyName: 'archive',
        name: 'archive',
        wadoUriRoot: '/dicom-web',
        qidoRoot: '/dicom-web',
        wadoRoot: '/dicom-web',
        qidoSupportsIncludeField: true,
        supportsReject: false,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        omitQuotationForMultipartRequest: true,
        bulkDataURI: { enabled: true },
      },
    },
  ],
};

export type OhifServer = AsyncDisposable & Readonly<{ url: string }>;

/** OHIF's files and an archive's DICOMweb services (root `/dicom-web`) under one loopback origin. */
export async function startOhifServer(folder: string, archivePort: number): Promise<OhifServer> {
  const server = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/dicom-web')) return toArchive(archivePort, asked, answer);
    if (pathname === '/app-config.js') {
      answer.writeHead(200, { 'content-type': 'text/javascript' });
      return answer.end(`window.config = ${JSON.stringify(CONFIGURATION)};`);
    }
    return sendFile(folder, pathname, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Orthanc writes links with the host that it was asked under, so the viewer's own is passed on. */
function toArchive(port: number, asked: IncomingMessage, answer: ServerResponse): void {
  const { url, method, headers } = asked;
  const forwarded = request({ host: '127.0.0.1', port, path: url, method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, {
      ...response.headers,
      'cross-origin-resource-policy': 'same-origin',
    });
    response.pipe(answer);
  });
  forwarded.on('error', (error) => answer.writeHead(502).end(error.message));
  asked.pipe(forwarded);
}

/** A path that is no file is one of the viewer's own pages. */
function sendFile(folder: string, pathname: string, answer: ServerResponse): void {
  const named = join(folder, normalize(pathname));
  const isFile = named.startsWith(folder) && existsSync(named) && statSync(named).isFile();
  const file = isFile ? named : join(folder, 'index.html');
  answer.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...ISOLATED });
  createReadStream(file).pipe(answer);
}
