import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePart10 } from '../../src/dicom/part10.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { BOUNDARY, MULTIPART, multipart, openStow, stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
let earshot: RunningService;
beforeAll(async () => {
  // Nothing is assembled while these objects are looked at.
  earshot = await startService({ completeness: { quietPeriodSeconds: 60 } });
});
afterAll(() => earshot[Symbol.asyncDispose]());

const port = (): number => earshot.service.httpPort;
const incoming = (): string[] => earshot.incoming();
const stored = (SOPInstanceUID: string) => earshot.service.world.catalogue.instance(SOPInstanceUID);
const slices = (study: string, count: number, size = 32): Buffer[] =>
  Array.from({ length: count }, (_, index) => ctSlice({ study, index, size }));
const uid = (study: string, index: number): string => `${study}.2.${index + 1}`;
/** The same file with other file meta information. */
function withMeta(file: Buffer, meta: Partial<Record<number, string>>): Buffer {
  const elements = Object.entries({
    2: CT,
    3: '2.25.1.2.1',
    16: '1.2.840.10008.1.2.1',
    ...meta,
  }).map(([element, text]) => {
    const value = Buffer.from(text.length % 2 ? `${text}\0` : text, 'latin1');
    const head = Buffer.from([2, 0, Number(element), 0, 0x55, 0x49, value.length & 0xff, value.length >> 8]);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), ...elements, datasetOf(file)]);
}

describe('PS3.18 10.5: Store Instances', () => {
  it('stores every instance of a request, durable and in the catalogue before the 200', async () => {
    const files = slices('2.25.10', 40);
    const result = await stow(files, { port: port() });
    expect(result.status).toBe(200);
    expect(result.headers.get('content-type')).toBe('application/dicom+json');
    expect(result.stored).toEqual(files.map((_, index) => uid('2.25.10', index)));
    expect(JSON.parse(result.text)['00081199'].Value[0]).toEqual({
      '00081150': { vr: 'UI', Value: [CT] },
      '00081155': { vr: 'UI', Value: ['2.25.10.2.1'] },
    });
    for (const [index, file] of files.entries()) {
      const row = await stored(uid('2.25.10', index));
      const kept = readFileSync(join(earshot.dataDir, row!.file));
      expect(datasetOf(kept).equals(datasetOf(file))).toBe(true);
    }
    expect(incoming()).toEqual([]);
  });

  it('answers in XML, PS3.19 native model, to a caller that prefers it', async () => {
    const [file] = slices('2.25.11', 1);
    const body = multipart([file!, Buffer.from('no DICOM')]);
    const result = await stow([], { port: port(), body, headers: { Accept: 'application/dicom+xml' } });
    expect(result.status).toBe(202);
    expect(result.headers.get('content-type')).toBe('application/dicom+xml');
    expect(result.text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">
<DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence"><Item number="1"><DicomAttribute tag="00081150" vr="UI" keyword="ReferencedSOPClassUID"><Value number="1">${CT}</Value></DicomAttribute><DicomAttribute tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID"><Value number="1">2.25.11.2.1</Value></DicomAttribute></Item></DicomAttribute>
<DicomAttribute tag="0008119A" vr="SQ" keyword="OtherFailuresSequence"><Item number="1"><DicomAttribute tag="00081197" vr="US" keyword="FailureReason"><Value number="1">49152</Value></DicomAttribute></Item></DicomAttribute>
</NativeDicomModel>
`);
  });

  it('202: what can be stored is, and each failure has its reason', async () => {
    const [good, cut, wrong] = slices('2.25.12', 3);
    const sr = writePart10({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      SOPInstanceUID: '2.25.12.7',
      StudyInstanceUID: '2.25.12',
      SeriesInstanceUID: '2.25.12.8',
      PatientID: 'RECEIVE-1',
    });
    const result = await stow(
      [
        good!,
        cut!.subarray(0, cut!.length - 100),
        withMeta(wrong!, { 3: '2.25.99' }),
        withMeta(wrong!, { 2: '1.2.3.4', 3: '2.25.12.4' }),
        withMeta(wrong!, { 3: '2.25.12.5', 16: '1.2.3.4.5' }),
        withMeta(wrong!, { 3: 'not a uid' }),
        Buffer.from('not DICOM at all'),
        Buffer.alloc(70_000),
        sr,
      ],
      { port: port() },
    );
    expect(result.status).toBe(202);
    expect(result.stored).toEqual([uid('2.25.12', 0), '2.25.12.7']);
    expect(result.failed).toEqual([
      [uid('2.25.12', 1), 0xc000],
      ['2.25.99', 0xa900],
      ['2.25.12.4', 0x0122],
      ['2.25.12.5', 0xc122],
    ]);
    expect(result.other).toEqual([0x0117, 0xc000, 0xc000]);
    expect(await stored('2.25.12.7')).toBeUndefined();
    expect(incoming()).toEqual([]);
  });

  it('409 when nothing could be stored', async () => {
    const result = await stow([Buffer.from('nothing'), Buffer.alloc(0)], { port: port() });
    expect(result.status).toBe(409);
    expect(result.other).toEqual([0xc000, 0xc000]);
  });

  it('an instance of another study than the address names is not stored', async () => {
    const files = [...slices('2.25.13', 1), ...slices('2.25.14', 1)];
    const result = await stow(files, { port: port(), study: '2.25.13' });
    expect(result.status).toBe(202);
    expect(result.stored).toEqual([uid('2.25.13', 0)]);
    expect(result.failed).toEqual([[uid('2.25.14', 0), 0xa900]]);
    expect(await stored(uid('2.25.14', 0))).toBeUndefined();
    expect((await stow(slices('2.25.14', 1), { port: port(), study: '2.25.13' })).status).toBe(409);
    expect((await stow(files, { port: port(), study: 'not-a-uid' })).status).toBe(400);
  });

  it('takes one instance as application/dicom, without multipart', async () => {
    const [file] = slices('2.25.15', 1);
    const headers = { 'Content-Type': 'application/dicom' };
    const result = await stow([], { port: port(), body: file!, headers });
    expect(result.status).toBe(200);
    expect(result.stored).toEqual([uid('2.25.15', 0)]);
    expect((await stow([], { port: port(), body: Buffer.alloc(0), headers })).status).toBe(400);
  });

  it('the same object by C-STORE and by STOW-RS is one object, in both orders', async () => {
    const [one, two] = slices('2.25.16', 2);
    await earshot.send([one!]);
    const first = await stored(uid('2.25.16', 0));
    // With file meta information that another implementation wrote.
    const again = withMeta(one!, { 3: uid('2.25.16', 0) });
    expect((await stow([again, one!, two!], { port: port() })).status).toBe(200);
    expect(await stored(uid('2.25.16', 0))).toEqual(first);
    await earshot.send([two!]);
    const conflicts = await earshot.service.world.catalogue.sql.query('SELECT * FROM "conflict"');
    expect(conflicts).toEqual([]);
    const row = await stored(uid('2.25.16', 1));
    const meta = (file: string) => readFileSync(join(earshot.dataDir, file)).subarray(0, 140);
    expect(meta(row!.file).equals(meta(first!.file))).toBe(true);
  });

  it('the same instance many times in one request is stored once', async () => {
    const [file] = slices('2.25.17', 1);
    const result = await stow(Array<Buffer>(12).fill(file!), { port: port() });
    expect(result.status).toBe(200);
    expect(result.stored).toHaveLength(12);
  });

  it('other bytes under a known UID are kept apart and acknowledged, as by C-STORE', async () => {
    const [file] = slices('2.25.18', 1);
    await stow([file!], { port: port() });
    const other = ctSlice({ study: '2.25.18', size: 32, seed: 77 });
    expect((await stow([other], { port: port() })).status).toBe(200);
    const conflicts = await earshot.service.world.catalogue.sql.query('SELECT * FROM "conflict"');
    expect(conflicts).toHaveLength(1);
  });

  it.each([1, 7, 1000, 65_536])('is the same when the body comes in pieces of %i bytes', async (bytes) => {
    const study = `2.25.19.${bytes}`;
    const body = multipart(slices(study, 2, bytes === 1 ? 4 : 32));
    const { request, answer } = openStow(port());
    for (let at = 0; at < body.length; at += bytes) {
      if (!request.write(body.subarray(at, at + bytes)))
        await new Promise((done) => request.once('drain', done));
    }
    request.end();
    expect((await answer).status).toBe(200);
    expect(await stored(uid(study, 1))).toBeDefined();
  });
});

describe('PS3.18 10.5.3: a request that is none', () => {
  it.each([
    ['406', { Accept: 'text/html' }],
    ['415', { 'Content-Type': 'application/json' }],
    ['415', { 'Content-Type': 'multipart/related; type="application/dicom+json"; boundary=b' }],
    ['415', { 'Content-Type': 'multipart/form-data; boundary=b' }],
    ['415', { 'Content-Type': 'none' }],
    ['415', { 'Content-Encoding': 'gzip' }],
    ['400', { 'Content-Type': 'multipart/related; type="application/dicom"' }],
    ['400', { 'Content-Type': MULTIPART.replace(BOUNDARY, 'another') }],
  ])('is answered with %s: %j', async (status, headers) => {
    const result = await stow(slices('2.25.20', 1), { port: port(), headers });
    expect(result.status).toBe(Number(status));
    expect(JSON.parse(result.text)).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    expect(await stored(uid('2.25.20', 0))).toBeUndefined();
  });

  it('is answered with 400 when its last boundary is missing: what came whole is kept, the rest is not', async () => {
    const body = multipart(slices('2.25.21', 2));
    const result = await stow([], { port: port(), body: body.subarray(0, body.length - 1000) });
    expect(result.status).toBe(400);
    expect(await stored(uid('2.25.21', 1))).toBeUndefined();
    expect(incoming()).toEqual([]);
    expect((await stow(slices('2.25.21', 2), { port: port() })).status).toBe(200);
  });

  it.each(['base64', 'quoted-printable'])('fails a part whose transfer encoding is %s', async (encoding) => {
    const body = Buffer.from(
      multipart(slices('2.25.22', 1))
        .toString('latin1')
        .replace('application/dicom\r\n', `application/dicom\r\nContent-Transfer-Encoding: ${encoding}\r\n`),
      'latin1',
    );
    const result = await stow([], { port: port(), body });
    expect([result.status, result.other]).toEqual([409, [0xc000]]);
  });
});

describe('a connection that ends in the middle of a request', () => {
  it('leaves no file behind, and the same request sent again is answered with 200', async () => {
    const files = slices('2.25.30', 4, 256);
    const body = multipart(files);
    for (const share of [0.1, 0.3, 0.45, 0.6, 0.9]) {
      const { request, answer } = openStow(port(), { 'Content-Length': String(body.length) });
      request.write(body.subarray(0, Math.floor(body.length * share)));
      await until('bytes on the disk', async () => (incoming().length > 0 ? true : undefined), {
        withinMs: 3000,
        everyMs: 2,
      }).catch(() => undefined);
      request.destroy();
      await expect(answer).rejects.toThrow();
      await until('an empty folder', async () => (incoming().length === 0 ? true : undefined));
    }
    const result = await stow(files, { port: port() });
    expect([result.status, result.stored.length]).toEqual([200, 4]);
  });
});

describe('a case that comes by STOW-RS', () => {
  it('ends in a report in the PACS, as one that came by C-STORE', async () => {
    await using service = await startService();
    const { httpPort } = service.service;
    const { baseline, followUp } = phantomCase('by-stow');
    expect((await stow(baseline.all, { port: httpPort })).status).toBe(200);
    const all = await stow(followUp.all, { port: httpPort, study: followUp.StudyInstanceUID });
    expect([all.status, all.stored.length]).toEqual([200, followUp.all.length]);
    await service.inState(followUp.StudyInstanceUID, 'delivered');
    expect(service.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
    const senders = await service.service.world.catalogue.sql.query(
      'SELECT DISTINCT "receivedFrom" FROM "instance"',
    );
    expect(senders).toEqual([{ receivedFrom: 'anonymous' }]);
  });

  it('is not complete while a request stores to its study', async () => {
    await using service = await startService();
    const { baseline } = phantomCase('stow-slowly');
    const body = multipart(baseline.all);
    const { request, answer } = openStow(service.service.httpPort);
    const half = Math.floor(body.length / 2);
    request.write(body.subarray(0, half));
    await service.inState(baseline.StudyInstanceUID, 'receiving');
    // Several quiet periods and sweeps.
    for (let at = 0; at < 10; at++) {
      await new Promise((done) => setTimeout(done, 200));
      const row = await service.service.world.catalogue.study(baseline.StudyInstanceUID);
      expect(row?.state).toBe('receiving');
    }
    request.end(body.subarray(half));
    expect((await answer).status).toBe(200);
    await service.inState(baseline.StudyInstanceUID, 'waitingForBaseline');
  });
});
