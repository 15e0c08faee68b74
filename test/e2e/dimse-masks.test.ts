import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RT_STRUCTURE_SET, SEGMENTATION } from '../../src/dicom/sop-class.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { expectUnharmed, type Listener, startListener } from '../support/listener.ts';
import { rtstructFile, segFile } from '../support/mask-fixtures.ts';
import { ScriptedPeer, storePdus } from '../support/scripted-peer.ts';

const RTSTRUCT = datasetOf(Buffer.from(rtstructFile([{ points: [[1, 1, 1]] }])));
const SEG = datasetOf(Buffer.from(segFile([{ segment: 1, slice: 0, bits: [1] }])));
const MASKS = [
  ['RTSTRUCT', RT_STRUCTURE_SET, '2.25.60', RTSTRUCT],
  ['SEG', SEGMENTATION, '2.25.70', SEG],
] as const;

let listener: Listener;
let port: number;

beforeEach(async () => {
  listener = await startListener();
  port = listener.scp.port;
});
afterEach(async () => {
  await expectUnharmed(listener);
  await listener[Symbol.asyncDispose]();
});

describe.each(MASKS)('a %s', (_name, SOPClassUID, SOPInstanceUID, dataset) => {
  const send = async (bytes: Buffer) => {
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [SOPClassUID] });
    peer.send(...storePdus({ SOPClassUID, SOPInstanceUID }, bytes));
    return await peer.answer();
  };

  it('that is whole is kept', async () => {
    expect(await send(dataset)).toMatchObject({ status: 0 });
    expect(listener.stored).toHaveLength(1);
  });

  it.each([1, 9, 50])('that lacks its last %i bytes is answered 0xC000 and not kept', async (missing) => {
    expect(await send(dataset.subarray(0, -missing))).toMatchObject({
      status: 0xc000,
      comment: expect.stringContaining('DICOM_TRUNCATED'),
    });
    expect(listener.stored).toEqual([]);
  });

  it('that is a text file in truth is answered 0xC000 and not kept', async () => {
    const text = Buffer.from('Dear colleague, please find the contours attached.\n'.repeat(2000));
    expect(await send(text)).toMatchObject({ status: 0xc000 });
    expect(listener.stored).toEqual([]);
  });
});

it('64 MiB of empty items do not stop the service: no long turn, hardly any memory, everybody else is served', async () => {
  const size = 64 * 2 ** 20;
  const items = Buffer.from(
    Uint32Array.from({ length: size / 4 }, (_, at) => (at % 2 === 0 ? 0xe000fffe : 0)).buffer,
  );
  const open = Buffer.from('0830300053510000ffffffff', 'hex');
  const pdus = storePdus(
    { SOPClassUID: RT_STRUCTURE_SET, SOPInstanceUID: '2.25.60' },
    Buffer.concat([RTSTRUCT, open, items, Buffer.from('feffdde000000000', 'hex')]),
    { fragment: 65_536 },
  );
  const shares: number[] = [];
  const grown: number[] = [];
  // Once is enough: another process, or a collection, may stop this one for a while.
  for (let tries = 0; tries < 3; tries++) {
    const taken = await taking(pdus);
    shares.push(taken.longestShare);
    grown.push(taken.grownMiB);
  }
  // Compared with the whole, so that a busy machine changes nothing: read in one go, the longest turn is nearly all of it.
  expect(Math.min(...shares)).toBeLessThan(1 / 4);
  expect(Math.min(...grown)).toBeLessThan(64);
});

/** The longest turn of the listener while it takes one object, as a share of the whole time, and how its heap has grown. */
async function taking(pdus: readonly Buffer[]): Promise<{ longestShare: number; grownMiB: number }> {
  await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [RT_STRUCTURE_SET] });
  const turns = monitorEventLoopDelay({ resolution: 1 });
  const before = process.memoryUsage();
  turns.enable();
  const started = performance.now();
  for (const pdu of pdus) if (!peer.socket.write(pdu)) await pause(1);
  await listener.echo();
  expect(await peer.answer()).toMatchObject({ status: 0 });
  turns.disable();
  return {
    longestShare: turns.max / 1e6 / (performance.now() - started),
    grownMiB: (process.memoryUsage().heapUsed - before.heapUsed) / 2 ** 20,
  };
}
