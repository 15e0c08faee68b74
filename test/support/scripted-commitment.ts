/** The peer's side of storage commitment (PS3.4 annex J), byte by byte: data sets in Implicit VR Little Endian. */
import { COMMAND_LAST, commandSet, DATA_LAST, element, pdu, pdv, ScriptedPeer } from './scripted-peer.ts';

export const STORAGE_COMMITMENT = '1.2.840.10008.1.20.1';
const IMPLICIT_LE = '1.2.840.10008.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';

const us = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
const ui = (value: string): Buffer => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');

/** An element of a data set. */
export function attribute(group: number, number: number, value: Buffer): Buffer {
  const bytes = element(number, value);
  bytes.writeUInt16LE(group, 0);
  return bytes;
}

/** The value of an attribute outside of sequences; undefined when absent. */
export function valueIn(dataset: Buffer, group: number, number: number): string | undefined {
  for (let at = 0; at + 8 <= dataset.length; at += 8 + dataset.readUInt32LE(at + 4)) {
    if (dataset.readUInt16LE(at) !== group || dataset.readUInt16LE(at + 2) !== number) continue;
    const value = dataset.subarray(at + 8, at + 8 + dataset.readUInt32LE(at + 4));
    return value.toString('latin1').replace(/[\0 ]+$/, '');
  }
  return undefined;
}

export const transactionIn = (dataset: Buffer): string => valueIn(dataset, 0x0008, 0x1195) ?? '';

type Result = Readonly<{
  TransactionUID: string;
  committed?: readonly string[];
  failed?: Readonly<Record<string, number>>;
}>;

/** The data set of an N-EVENT-REPORT (PS3.4 table J.3-2). */
export function resultDataset({ TransactionUID, committed = [], failed = {} }: Result): Buffer {
  const item = (...elements: Buffer[]) => attribute(0xfffe, 0xe000, Buffer.concat(elements));
  const reference = (uid: string) => [attribute(0x0008, 0x1150, ui(SR)), attribute(0x0008, 0x1155, ui(uid))];
  const failures = Object.entries(failed).map(([uid, reason]) =>
    item(...reference(uid), attribute(0x0008, 0x1197, us(reason))),
  );
  const references = committed.map((uid) => item(...reference(uid)));
  return Buffer.concat([
    attribute(0x0008, 0x1195, ui(TransactionUID)),
    ...(failures.length > 0 ? [attribute(0x0008, 0x1198, Buffer.concat(failures))] : []),
    ...(references.length > 0 ? [attribute(0x0008, 0x1199, Buffer.concat(references))] : []),
  ]);
}

type Event = Readonly<{ contextId?: number; SOPClassUID?: string; eventType?: number; isBare?: boolean }>;

/** An N-EVENT-REPORT-RQ and its data set. `isBare`: without the data set. */
export function eventPdus(
  dataset: Buffer,
  { contextId = 1, SOPClassUID = STORAGE_COMMITMENT, eventType = 1, isBare = false }: Event = {},
): Buffer[] {
  const command = commandSet([
    element(0x0002, ui(SOPClassUID)),
    element(0x0100, us(0x0100)),
    element(0x0110, us(77)),
    element(0x0800, us(isBare ? 0x0101 : 1)),
    element(0x1000, ui('1.2.840.10008.1.20.1.1')),
    element(0x1002, us(eventType)),
  ]);
  const pdus = [pdu(0x04, pdv(contextId, COMMAND_LAST, command))];
  for (let at = 0; !isBare && at < Math.max(1, dataset.length); at += 16_000) {
    const isLast = at + 16_000 >= dataset.length;
    pdus.push(pdu(0x04, pdv(contextId, isLast ? DATA_LAST : 0, dataset.subarray(at, at + 16_000))));
  }
  return pdus;
}

/** An association that the peer opens to bring a result. */
export const bringingAssociation = (port: number, calling: string): Promise<ScriptedPeer> =>
  ScriptedPeer.associate(port, {
    calling,
    abstractSyntaxes: [STORAGE_COMMITMENT],
    transferSyntaxes: [IMPLICIT_LE],
  });

/** The status of our answer to a result that is brought on an association of its own. */
export async function bringResult(port: number, calling: string, dataset: Buffer): Promise<number> {
  await using peer = await bringingAssociation(port, calling);
  peer.send(...eventPdus(dataset));
  return (await peer.answer())?.status ?? -1;
}
