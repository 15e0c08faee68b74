import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctSlice } from '../support/ct-slice.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openStow, type StowOptions, stow } from '../support/stow.ts';

const TOKEN = 'a-token-of-the-scanner';
const SENDERS = [
  { name: 'scanner', token: TOKEN },
  { name: 'slicer', user: 'üser', password: 'pass:word with space' },
];
const file = (index: number) => ctSlice({ study: '2.25.40', index, size: 8 });
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** A service that takes objects under these settings of the HTTP door, and stores nothing else. */
const service = (http: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  startService({
    http: { host: '127.0.0.1', port: 0, ...http },
    completeness: { quietPeriodSeconds: 60 },
    ...rest,
  });
const sent = (earshot: RunningService, index: number, headers: StowOptions['headers'] = {}) =>
  stow([file(index)], { port: earshot.service.httpPort, headers });
const receivedFrom = async (earshot: RunningService, index: number) => {
  const rows = await earshot.service.world.catalogue.sql.query<{ receivedFrom: string }>(
    'SELECT "receivedFrom" FROM "instance" WHERE "SOPInstanceUID" = $1',
    [`2.25.40.2.${index + 1}`],
  );
  return rows[0]?.receivedFrom;
};

describe('STOW-RS without a login', () => {
  it('is taken from this machine, but not from a proxy or a browser on it', async () => {
    await using earshot = await service({});
    expect((await sent(earshot, 0)).status).toBe(200);
    for (const headers of [
      { 'X-Forwarded-For': '10.0.0.7' },
      { Forwarded: 'for=10.0.0.7' },
      { Via: '1.1 proxy' },
      { Origin: 'http://127.0.0.1' },
    ]) {
      const refused = await sent(earshot, 1, headers);
      expect([refused.status, refused.text]).toEqual([403, '{"code":"UNAUTHORISED"}']);
    }
    expect(await receivedFrom(earshot, 1)).toBeUndefined();
  });

  it('is taken from everywhere, or from nobody, when configured so', async () => {
    await using anyone = await service({ stow: { anonymous: 'anyone' } });
    expect((await sent(anyone, 0, { 'X-Forwarded-For': '10.0.0.7' })).status).toBe(200);
    await using nobody = await service({ stow: { anonymous: 'nobody' } });
    expect((await sent(nobody, 0)).status).toBe(403);
  });

  it('opens no other door: the paths beside it still need a token', async () => {
    await using earshot = await service({ token: 'a token of sixteen', stow: { anonymous: 'anyone' } });
    const base = `http://127.0.0.1:${earshot.service.httpPort}`;
    for (const path of ['/metrics', '/readyz', '/dicom-web/studies', '/dicom-web', '/anything'])
      expect((await fetch(base + path)).status).toBe(401);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });
});

describe('STOW-RS with a login', () => {
  let earshot: RunningService;
  beforeAll(async () => {
    earshot = await service({ senders: SENDERS, stow: { anonymous: 'nobody' } });
  });
  afterAll(() => earshot[Symbol.asyncDispose]());

  it.each([
    ['scanner', `Bearer ${TOKEN}`, 11],
    ['scanner', `bearer  ${TOKEN} `, 12],
    ['slicer', basic('üser:pass:word with space'), 13],
  ])('is taken from %s by %s, whose name stands with the instance', async (name, Authorization, index) => {
    expect((await sent(earshot, index, { Authorization })).status).toBe(200);
    expect(await receivedFrom(earshot, index)).toBe(name);
  });

  it.each([
    undefined,
    '',
    TOKEN,
    'Bearer',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    basic('üser:pass:word'),
    basic('scanner:undefined'),
    basic('undefined:undefined'),
    'Digest username="x"',
  ])('is answered with 401 and a challenge to %j', async (Authorization) => {
    const result = await sent(earshot, 1, Authorization === undefined ? {} : { Authorization });
    expect([result.status, result.text]).toEqual([401, '{"code":"UNAUTHORISED"}']);
    expect(result.headers.get('www-authenticate')).toBe('Bearer, Basic realm="Earshot", charset="UTF-8"');
    expect(await receivedFrom(earshot, 1)).toBeUndefined();
  });

  it('needs a right one where none would be needed', async () => {
    await using open = await service({ senders: SENDERS });
    expect((await sent(open, 0)).status).toBe(200);
    expect((await sent(open, 0, { Authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('may be tried wrongly for ever when it is always the same: a sender with an old password shuts nobody out', async () => {
    await using open = await service({ senders: SENDERS });
    for (let at = 0; at < 30; at++)
      expect((await sent(open, 0, { Authorization: basic('slicer:the old one') })).status).toBe(401);
    expect((await sent(open, 0, { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it('is not looked at for a minute after twenty different wrong ones', async () => {
    await using guessed = await service({ senders: SENDERS });
    for (let at = 0; at < 20; at++)
      expect((await sent(guessed, 0, { Authorization: `Bearer guess-${at}` })).status).toBe(401);
    const late = await sent(guessed, 0, { Authorization: `Bearer ${TOKEN}` });
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
  });
});

describe('the limits of a request', () => {
  const port = (earshot: RunningService) => earshot.service.httpPort;

  it('413 for one that is too large, by its announcement or by its bytes, and for too many parts', async () => {
    await using earshot = await service({ stow: { maxRequestMiB: 1, maxParts: 2 } });
    const large = [ctSlice({ study: '2.25.41', size: 800 })];
    const announced = openStow(port(earshot), { 'Content-Length': String(2 ** 30) });
    announced.request.flushHeaders();
    expect((await announced.answer).status).toBe(413);
    announced.request.destroy();

    const chunked = openStow(port(earshot));
    chunked.request.write('--earshot-test-boundary\r\n\r\n');
    chunked.request.write(large[0]);
    expect((await chunked.answer).status).toBe(413);
    chunked.request.destroy();

    const parts = await stow([file(0), file(1), file(2)], { port: port(earshot) });
    expect([parts.status, JSON.parse(parts.text).code]).toEqual([413, 'REQUEST_TOO_LARGE']);
    expect((await stow([file(0), file(1)], { port: port(earshot) })).status).toBe(200);
  });

  it('an object above limits.maxObjectMiB fails with 0xA700, and those beside it do not', async () => {
    await using earshot = await service({}, { limits: { minFreeMiB: 0, maxObjectMiB: 1 } });
    const large = ctSlice({ study: '2.25.41', size: 800 });
    const result = await stow([file(0), large, file(1)], { port: port(earshot) });
    expect([result.status, result.failed]).toEqual([202, [['2.25.41.2.1', 0xa700]]]);
    expect(result.stored).toEqual(['2.25.40.2.1', '2.25.40.2.2']);
  });

  it('507 with Retry-After while the disk is below its watermark', async () => {
    await using earshot = await service({}, { limits: { minFreeMiB: 1e9 } });
    const result = await sent(earshot, 0);
    expect([result.status, result.headers.get('retry-after')]).toEqual([507, '60']);
    expect(JSON.parse(result.text).code).toBe('STORAGE_FULL');
  });

  it('408 for one that stands still or trickles, while others are served', async () => {
    await using earshot = await service({ stow: { idleSeconds: 0.5, maxRequests: 8 } });
    const still = openStow(port(earshot));
    still.request.write('--earshot-test-boundary\r\n');
    const silent = openStow(port(earshot), { 'Content-Length': '1000' });
    silent.request.flushHeaders();
    const trickling = openStow(port(earshot));
    trickling.request.on('error', () => undefined);
    const drops = setInterval(() => trickling.request.write('x'), 50);
    expect((await sent(earshot, 0)).status).toBe(200);
    const answers = await Promise.all([still.answer, silent.answer, trickling.answer]);
    clearInterval(drops);
    expect(answers.map(({ status }) => status)).toEqual([408, 408, 408]);
    for (const { request } of [still, silent, trickling]) request.destroy();
  });

  it('a sender has half of the places: the others are left to others, and 503 tells it to come back', async () => {
    const senders = [...SENDERS, { name: 'third', token: 'the-token-of-the-third' }];
    await using earshot = await service({ senders, stow: { maxRequests: 2 } });
    const open = openStow(port(earshot));
    open.request.flushHeaders();
    open.request.write('--earshot-test-boundary\r\n');
    await new Promise((done) => setTimeout(done, 100));
    const busy = await sent(earshot, 0);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await sent(earshot, 0, { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    open.request.destroy();
    await expect(open.answer).rejects.toThrow();
    await new Promise((done) => setTimeout(done, 100));
    expect((await sent(earshot, 1)).status).toBe(200);
  });

  it('431 for headers that are too long', async () => {
    await using earshot = await service({});
    expect((await sent(earshot, 0, { 'X-Long': 'x'.repeat(20_000) })).status).toBe(431);
  });

  it('a service that ends does not wait for a request that does not', async () => {
    const earshot = await service({});
    const open = openStow(port(earshot));
    open.request.write('--earshot-test-boundary\r\n\r\n');
    open.request.write(file(0));
    await new Promise((done) => setTimeout(done, 100));
    const start = performance.now();
    await earshot[Symbol.asyncDispose]();
    expect(performance.now() - start).toBeLessThan(5000);
    await expect(open.answer).rejects.toThrow();
  });
});
