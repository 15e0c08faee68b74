/** Follow-ups in every form that a PACS may send them, through the whole service: the delta is that of the native slices. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoreResult } from '../../src/model/score-result.ts';
import { asEnhanced } from '../support/enhanced-ct.ts';
import { type CaseObjects, phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import {
  asDeflated,
  asEncoded,
  asRle,
  HTJ2K,
  JPEG_2000,
  JPEG_LOSSLESS,
  JPEG_LS,
} from '../support/transcode.ts';

let earshot: RunningService;
let native: number | null;
beforeAll(async () => {
  earshot = await startService();
  native = await deltaOf('native', ({ all }) => all);
  expect(native).toBeTypeOf('number');
});
afterAll(() => earshot[Symbol.asyncDispose]());

type Form = (followUp: CaseObjects) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
const each =
  (transcode: (file: Uint8Array) => Uint8Array | Promise<Uint8Array>, ofMask = transcode): Form =>
  async ({ ct, mask }) => [...(await Promise.all(ct.map(transcode))), await ofMask(mask)];

async function deltaOf(name: string, form: Form): Promise<number | null> {
  const phantom = phantomCase(`form-${name}`);
  const { StudyInstanceUID } = phantom.followUp;
  await earshot.send(phantom.baseline.all);
  await earshot.send(await form(phantom.objects('followUp', { maskKind: 'SEG' })));
  await earshot.inState(StudyInstanceUID, 'delivered', 60_000);
  const [report] = await earshot.service.world.reports.of(StudyInstanceUID);
  const { score } = report!.result as { score: ScoreResult };
  return score.delta;
}

describe('a follow-up whose CT and SEG come', () => {
  it.each<[string, Form]>([
    ['deflated', each(asDeflated)],
    ['RLE', each(asRle)],
    ['JPEG Lossless', each((file) => asEncoded(file, JPEG_LOSSLESS), asRle)],
    ['JPEG-LS', each((file) => asEncoded(file, JPEG_LS), asRle)],
    ['JPEG 2000', each((file) => asEncoded(file, JPEG_2000), asRle)],
    ['HTJ2K', each((file) => asEncoded(file, HTJ2K), asRle)],
    ['as one Enhanced CT', ({ ct, mask }) => [asEnhanced(ct), mask]],
    [
      'as one Enhanced CT in JPEG-LS',
      async ({ ct, mask }) => [await asEncoded(asEnhanced(ct), JPEG_LS), mask],
    ],
  ])('%s is scored as the native one', async (name, form) => {
    expect(await deltaOf(name.replaceAll(' ', '-'), form)).toBe(native);
  });

  it('with a frame that is cut off is held, and says why', async () => {
    const phantom = phantomCase('form-damaged');
    await earshot.send(phantom.baseline.all);
    const [first, ...rest] = phantom.followUp.ct;
    const damaged = Buffer.from(await asEncoded(first!, JPEG_LS));
    damaged.writeUInt16BE(0, damaged.lastIndexOf(Buffer.from('ffd9', 'hex')));
    await earshot.send([damaged, ...rest, phantom.followUp.mask]);
    const { reasons } = await earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['PIXEL_DATA_DAMAGED']);
  });
});
