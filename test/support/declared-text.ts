/** Objects whose text is in the character sets of old: no library writes them any more. */
import { type Dataset, writePart10 } from '../../src/dicom/part10.ts';

/** `bytes` is a string of Latin-1 characters, one a byte. */
export type DeclaredName = Readonly<{ SpecificCharacterSet: string; bytes: string }>;

const element = (group: number, number: number, vr: string, value: string): Buffer => {
  const padded = value.length % 2 === 0 ? value : `${value} `;
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(padded.length, 6);
  return Buffer.concat([head, Buffer.from(padded, 'latin1')]);
};

/** The Part 10 file (Explicit VR Little Endian) with its character set and its PatientName replaced, byte by byte. */
export function withName(dataset: Dataset, { SpecificCharacterSet, bytes }: DeclaredName): Uint8Array {
  const file = Buffer.from(writePart10(dataset));
  const named = replaced(file, [0x10, 0x10], 'PN', element(0x0010, 0x0010, 'PN', bytes));
  return replaced(named, [0x08, 0x05], 'CS', element(0x0008, 0x0005, 'CS', SpecificCharacterSet));
}

function replaced(file: Buffer, [group, number]: readonly [number, number], vr: string, by: Buffer): Buffer {
  const head = Buffer.from([group, 0, number, 0, vr.charCodeAt(0), vr.charCodeAt(1)]);
  const at = file.indexOf(head);
  if (at < 0) throw new Error(`no element ${group.toString(16)},${number.toString(16)} to replace`);
  return Buffer.concat([file.subarray(0, at), by, file.subarray(at + 8 + file.readUInt16LE(at + 6))]);
}
