/** A DIMSE command set as it came, before any library tidies its values (PS3.7 6.3.1: Implicit VR Little Endian, group 0000). */

export type CommandSet = Readonly<{
  CommandField: number;
  MessageID: number | undefined;
  AffectedSOPClassUID: string | undefined;
  AffectedSOPInstanceUID: string | undefined;
  hasDataset: boolean;
}>;

const NO_DATASET = 0x0101;

export const COMMAND = { cStore: 0x0001, cEcho: 0x0030, cCancel: 0x0fff } as const;

/** Undefined when the bytes are no command set. Trailing NUL or space of a UID is padding, everything else is kept. */
export function readCommandSet(bytes: Buffer): CommandSet | undefined {
  const elements = readElements(bytes);
  if (elements === undefined) return undefined;
  const number = (element: number) => {
    const value = elements.get(element);
    return value?.length === 2 ? value.readUInt16LE() : undefined;
  };
  const uid = (element: number) =>
    elements
      .get(element)
      ?.toString('latin1')
      .replace(/[\0 ]+$/, '');
  const CommandField = number(0x0100);
  const CommandDataSetType = number(0x0800);
  if (CommandField === undefined || CommandDataSetType === undefined) return undefined;
  return {
    CommandField,
    MessageID: number(0x0110),
    AffectedSOPClassUID: uid(0x0002),
    AffectedSOPInstanceUID: uid(0x1000),
    hasDataset: CommandDataSetType !== NO_DATASET,
  };
}

function readElements(bytes: Buffer): Map<number, Buffer> | undefined {
  const elements = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length || bytes.readUInt16LE(at) !== 0) return undefined;
    const element = bytes.readUInt16LE(at + 2);
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (end > bytes.length || elements.has(element)) return undefined;
    elements.set(element, bytes.subarray(at + 8, end));
    at = end;
  }
  return elements;
}
