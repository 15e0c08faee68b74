import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dicomWebArchive } from '../../adapters/dicomweb/archive.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { startIntake } from '../support/intake.ts';

const never = new AbortController().signal;
const series = { PatientID: 'P1', StudyInstanceUID: '1.2.3', SeriesInstanceUID: '1.2.3.4' };
const TIMES = { queryTimeoutSeconds: 0.6, retrieveTimeoutSeconds: 0.8 };

async function serverThat(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  times = TIMES,
) {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dicomWeb = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web/`;
  return {
    urls,
    archive: dicomWebArchive({ name: 'web', roles: ['archive'], dicomWeb }, times),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
const saying =
  (status: number, body = '') =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'Content-Type': 'application/dicom+json' }).end(body);
  };

describe('a search (QIDO-RS, PS3.18 10.6)', () => {
  it('is given up when the answer is longer than any description', async () => {
    const slow = { ...TIMES, queryTimeoutSeconds: 60 };
    await using it = await serverThat(saying(200, ' '.repeat(2 ** 26 + 1)), slow);
    const code = 'QUERY_TOO_MANY';
    await expect(it.archive.findStudies({ PatientID: 'P' }, never)).rejects.toMatchObject({ code });
  });

  it('asks by the exact Patient ID, whatever characters it has, and reads what comes back', async () => {
    const item = {
      '0020000D': { vr: 'UI', Value: ['1.2.3'] },
      '00100020': { vr: 'LO', Value: ['P&1 =x '] },
      '00080020': { vr: 'DA', Value: ['20250101'] },
      '00080061': { vr: 'CS', Value: ['CT', 'SEG'] },
    };
    await using it = await serverThat(saying(200, JSON.stringify([item, 'rubbish', null, {}])));
    expect(await it.archive.findStudies({ PatientID: 'P&1 =x' }, never)).toEqual([
      {
        StudyInstanceUID: '1.2.3',
        PatientID: 'P&1 =x',
        IssuerOfPatientID: '',
        StudyDate: '20250101',
        StudyTime: '',
        ModalitiesInStudy: ['CT', 'SEG'],
      },
    ]);
    expect(new URL(it.urls[0] ?? '', 'http://x').searchParams.get('PatientID')).toBe('P&1 =x');
  });

  it('no content (204) is nothing found', async () => {
    await using it = await serverThat(saying(204));
    expect(await it.archive.findStudies({ PatientID: 'P' }, never)).toEqual([]);
  });

  it.each([
    ['a refusal (403)', saying(403), 'QUERY_REFUSED'],
    ['no JSON', saying(200, '<html>'), 'QUERY_REFUSED'],
    ['no array', saying(200, '{}'), 'QUERY_REFUSED'],
    ['too much (413 by 429)', saying(429), 'PEER_BUSY'],
    ['a server error (503)', saying(503), 'PEER_BUSY'],
    ['silence', () => undefined, 'PEER_TIMEOUT'],
    ['a connection that breaks', (_, response) => response.destroy(), 'PEER_UNREACHABLE'],
  ] as [string, (request: IncomingMessage, response: ServerResponse) => void, string][])(
    '%s is a coded fault',
    async (_, answer, code) => {
      await using it = await serverThat(answer);
      await expect(it.archive.findStudies({ PatientID: 'P' }, never)).rejects.toMatchObject({ code });
    },
  );
});

const part = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('\r\n--X\r\nContent-Type: application/dicom\r\n\r\n'), bytes]);
const CLOSING = Buffer.from('\r\n--X--');
const related = (response: ServerResponse, chunks: readonly Buffer[], status = 200): void => {
  response.writeHead(status, { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=X' });
  for (const chunk of chunks) response.write(chunk);
};

describe('a retrieval (WADO-RS, PS3.18 10.4)', () => {
  const slices = [0, 1, 2].map((index) => ctSlice({ index, size: 64 }));

  it('every part is kept as it came', async () => {
    await using it = await serverThat((_, response) => {
      related(response, [...slices.map(part), CLOSING]);
      response.end();
    });
    await using got = await startIntake();
    await it.archive.retrieve(series, got.intake, never);
    expect(it.urls).toEqual(['/dicom-web/studies/1.2.3/series/1.2.3.4']);
    expect(got.kept).toHaveLength(3);
    expect(await got.leftovers()).toEqual([]);
  });

  it('a part that is no DICOM is a fault, and the others are kept', async () => {
    await using it = await serverThat((_, response) => {
      related(response, [part(slices[0]!), part(Buffer.alloc(500, 7)), part(slices[1]!), CLOSING]);
      response.end();
    });
    await using got = await startIntake();
    await expect(it.archive.retrieve(series, got.intake, never)).rejects.toMatchObject({
      code: 'DICOM_UNPARSABLE',
    });
    expect(got.kept).toHaveLength(2);
    expect(await got.leftovers()).toEqual([]);
  });

  it.each([
    [
      'an answer that ends within an object',
      (response: ServerResponse) => {
        related(response, [part(slices[0]!), part(slices[1]!.subarray(0, 2000))]);
        response.end();
      },
      'RETRIEVE_INCOMPLETE',
    ],
    [
      'an answer that stops within an object',
      (response: ServerResponse) => related(response, [part(slices[0]!), part(slices[1]!.subarray(0, 2000))]),
      'PEER_TIMEOUT',
    ],
    [
      'partial content (206)',
      (response: ServerResponse) => {
        related(response, [part(slices[0]!), CLOSING], 206);
        response.end();
      },
      'RETRIEVE_INCOMPLETE',
    ],
  ] as const)(
    '%s is a coded fault; what was whole is kept, the rest leaves nothing',
    async (_, answer, code) => {
      await using it = await serverThat((_request, response) => answer(response));
      await using got = await startIntake();
      await expect(it.archive.retrieve(series, got.intake, never)).rejects.toMatchObject({ code });
      expect(got.kept).toHaveLength(1);
      expect(await got.leftovers()).toEqual([]);
    },
  );

  it.each([
    ['404', saying(404), 'RETRIEVE_REFUSED'],
    ['406', saying(406), 'RETRIEVE_REFUSED'],
    ['no multipart', saying(200, '[]'), 'RETRIEVE_REFUSED'],
    ['503', saying(503), 'PEER_BUSY'],
  ] as const)('%s is a coded fault', async (_, answer, code) => {
    await using it = await serverThat(answer);
    await using got = await startIntake();
    await expect(it.archive.retrieve(series, got.intake, never)).rejects.toMatchObject({ code });
  });
});
