import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommandSet, storeResponse } from '../../../../adapters/dimse/command-set.ts';
import { CT_IMAGE, commandSet, element, storeCommand } from '../../../support/scripted-peer.ts';

describe('PS3.7 6.3.1: a command set', () => {
  it('is read as it came', () => {
    expect(readCommandSet(storeCommand({ messageId: 258, SOPInstanceUID: '1.2.3' }))).toEqual({
      CommandField: 1,
      MessageID: 258,
      AffectedSOPClassUID: CT_IMAGE,
      AffectedSOPInstanceUID: '1.2.3',
      hasDataset: true,
    });
  });

  it('a UID is not tidied: what is no UID must be seen as none', () => {
    expect(readCommandSet(storeCommand({ SOPInstanceUID: '../etc' }))?.AffectedSOPInstanceUID).toBe('../etc');
    expect(
      readCommandSet(storeCommand({ SOPInstanceUID: undefined }))?.AffectedSOPInstanceUID,
    ).toBeUndefined();
  });

  it('without CommandField or CommandDataSetType, with a foreign group or a doubled element it is none', () => {
    const type = element(0x0800, Buffer.from([1, 1]));
    const field = element(0x0100, Buffer.from([1, 0]));
    expect(readCommandSet(commandSet([field, type]))).toBeDefined();
    expect(readCommandSet(commandSet([type]))).toBeUndefined();
    expect(readCommandSet(commandSet([field]))).toBeUndefined();
    expect(readCommandSet(commandSet([field, field, type]))).toBeUndefined();
    const foreign = Buffer.from(commandSet([field, type]));
    foreign.writeUInt16LE(8, 12);
    expect(readCommandSet(foreign)).toBeUndefined();
    expect(readCommandSet(commandSet([field, type]).subarray(0, -1))).toBeUndefined();
  });

  it('no bytes make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readCommandSet(Buffer.from(bytes));
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});

describe('PS3.7 table 9.3-2: C-STORE-RSP', () => {
  const request = readCommandSet(storeCommand({ messageId: 7, SOPInstanceUID: '1.2.3' }));
  it('repeats the UIDs and the message ID, has no dataset, and its elements ascend', () => {
    if (request === undefined) throw new Error('unreadable');
    const bytes = storeResponse(request, { status: 0xa700, comment: 'STORAGE_FULL: x' });
    expect(readCommandSet(bytes)).toMatchObject({
      CommandField: 0x8001,
      AffectedSOPClassUID: CT_IMAGE,
      AffectedSOPInstanceUID: '1.2.3',
      hasDataset: false,
    });
    const tags: number[] = [];
    for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt32LE(at + 4))
      tags.push(bytes.readUInt16LE(at + 2));
    expect(tags).toEqual([0x0000, 0x0002, 0x0100, 0x0120, 0x0800, 0x0900, 0x0902, 0x1000]);
    expect(bytes.readUInt32LE(8)).toBe(bytes.length - 12);
    expect(bytes.length % 2).toBe(0);
  });

  it('does not send back a UID that is none', () => {
    if (request === undefined) throw new Error('unreadable');
    const answer = storeResponse({ ...request, AffectedSOPInstanceUID: '../x' }, { status: 0x0117 });
    expect(readCommandSet(answer)?.AffectedSOPInstanceUID).toBeUndefined();
  });
});
