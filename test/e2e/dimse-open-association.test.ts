import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CT_IMAGE } from '../../src/dicom/sop-class.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { eventually, type Listener, startListener } from '../support/listener.ts';
import { ScriptedPeer, storePdus } from '../support/scripted-peer.ts';

/** Pictures are dropped. */
const PICTURE = '1.2.840.10008.5.1.4.1.1.7';
const REPORT = '1.2.840.10008.5.1.4.1.1.88.33';
const slice = (study: string, index = 0) => datasetOf(ctSlice({ study, index }));
const command = (study: string, index = 0) => ({
  SOPInstanceUID: `${study}.2.${index + 1}`,
  messageId: index + 1,
});

let now = 0;
let listener: Listener;
let port: number;
beforeEach(async () => {
  now = 1000;
  listener = await startListener({}, { clock: () => new Date(now) });
  port = listener.scp.port;
});
afterEach(() => listener[Symbol.asyncDispose]());

const open = () => listener.scp.openAssociations()[0];

describe('what an open association is storing to', () => {
  it('nothing, before it has stored', async () => {
    await using _peer = await ScriptedPeer.associate(port);
    expect(open()).toMatchObject({ lastStudy: undefined, lastStoredAt: undefined, isStoring: false });
  });

  it('from the command until the response it is storing, to the study that the dataset names as soon as it does', async () => {
    await using peer = await ScriptedPeer.associate(port);
    const pdus = storePdus(command('2.25.1'), slice('2.25.1'), { fragment: 4000 });
    peer.send(...pdus.slice(0, 1));
    await eventually('a command', () => open()?.isStoring === true);
    expect(open()?.lastStudy).toBeUndefined();
    peer.send(...pdus.slice(1, 2));
    await eventually('a study', () => open()?.lastStudy === '2.25.1');
    expect(open()).toMatchObject({ isStoring: true, lastStoredAt: undefined });
    peer.send(...pdus.slice(2));
    expect((await peer.answer())?.status).toBe(0);
    expect(open()).toMatchObject({ lastStudy: '2.25.1', lastStoredAt: 1000, isStoring: false });
  });

  it('one that moves on to another study leaves the first as soon as its next C-STORE begins', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus(command('2.25.1'), slice('2.25.1')));
    await peer.answer();
    now = 5000;
    const [first = Buffer.alloc(0), ...rest] = storePdus(command('2.25.9', 1), slice('2.25.9', 1));
    peer.send(first);
    await eventually('the next command', () => open()?.isStoring === true);
    expect(open()?.lastStudy).toBeUndefined();
    peer.send(...rest);
    await peer.answer();
    expect(open()).toMatchObject({ lastStudy: '2.25.9', lastStoredAt: 5000, isStoring: false });
  });

  it('one that goes on with objects that are dropped no longer holds the study it stored to', async () => {
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [CT_IMAGE, PICTURE] });
    peer.send(...storePdus(command('2.25.1'), slice('2.25.1')));
    await peer.answer();
    now = 5000;
    const dropped = { ...command('2.25.9', 1), SOPClassUID: PICTURE };
    peer.send(...storePdus(dropped, slice('2.25.9', 1), { contextId: 3 }));
    expect((await peer.answer())?.status).toBe(0);
    expect(open()).toMatchObject({ lastStudy: '2.25.9', lastStoredAt: 1000, isStoring: false });
    peer.send(...storePdus({ ...dropped, messageId: 3 }, Buffer.from('no dataset at all'), { contextId: 3 }));
    await peer.answer();
    expect(open()).toMatchObject({ lastStudy: undefined, isStoring: false });
  });

  it('an object that is refused was not stored', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus(command('2.25.1'), slice('2.25.1').subarray(0, -5)));
    expect((await peer.answer())?.status).toBe(0xc000);
    expect(open()).toMatchObject({ lastStoredAt: undefined, isStoring: false });
  });
});

it('PS3.8 9.3.2.2: presentation contexts may be proposed in any order of their IDs', async () => {
  await using peer = await ScriptedPeer.associate(port, {
    abstractSyntaxes: [REPORT, CT_IMAGE, '1.2.840.10008.1.1'],
    contextIds: [201, 5, 77],
  });
  peer.send(...storePdus(command('2.25.1'), slice('2.25.1'), { contextId: 5 }));
  expect((await peer.answer())?.status).toBe(0);
  expect(listener.stored).toHaveLength(1);
});
