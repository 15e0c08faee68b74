/** A DIMSE command set as it came, before any library tidies its values (PS3.7 6.3.1: Implicit VR Little Endian, group 0000). */
import { isUid } from '../../src/dicom/uid.ts';

export type CommandSet = Readonly<{
  CommandField: number;
  MessageID: number | undefined;
  AffectedSOPClassUID: string | undefined;
  AffectedSOPInstanceUID: string | undefined;
  /** of an N-EVENT-REPORT */
  EventTypeID: number | undefined;
  hasDataset: boolean;
}>;

const NO_DATASET = 0x0101;

/** The high bit of CommandField (PS3.7 table E.1-1). */
const RESPONSE = 0x8000;

/** Responses have the high bit. */
export const isRequest = ({ CommandField }: CommandSet): boolean => CommandField < RESPONSE;

export const COMMAND = { cStore: 0x0001, cEcho: 0x0030, nEventReport: 0x0100, cCancel: 0x0fff } as const;

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
    EventTypeID: number(0x1002),
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

type Outcome = Readonly<{ status: number; comment?: string | undefined }>;

/** C-STORE-RSP (PS3.7 table 9.3-2). A UID that is no UID is not sent back. */
export const storeResponse = (request: CommandSet, outcome: Outcome): Buffer =>
  response(COMMAND.cStore, request, outcome);

/** N-EVENT-REPORT-RSP (PS3.7 table 10.3-2). */
export const eventReportResponse = (request: CommandSet, outcome: Outcome): Buffer =>
  response(COMMAND.nEventReport, request, outcome);

function response(field: number, request: CommandSet, { status, comment }: Outcome): Buffer {
  const { AffectedSOPClassUID, AffectedSOPInstanceUID, MessageID = 0 } = request;
  const isEvent = field === COMMAND.nEventReport && request.EventTypeID !== undefined;
  const body = Buffer.concat([
    ...(isUid(AffectedSOPClassUID) ? [text(0x0002, AffectedSOPClassUID, '\0')] : []),
    number(0x0100, RESPONSE | field),
    number(0x0120, MessageID),
    number(0x0800, NO_DATASET),
    number(0x0900, status),
    ...(comment === undefined ? [] : [text(0x0902, comment, ' ')]),
    ...(isUid(AffectedSOPInstanceUID) ? [text(0x1000, AffectedSOPInstanceUID, '\0')] : []),
    ...(isEvent ? [number(0x1002, request.EventTypeID ?? 0)] : []),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([element(0x0000, length), body]);
}

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

const number = (tag: number, value: number): Buffer => element(tag, Buffer.from([value & 0xff, value >> 8]));
const text = (tag: number, value: string, padding: '\0' | ' '): Buffer =>
  element(tag, Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1'));
