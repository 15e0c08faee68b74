/** The Store Instances Response, as JSON or XML. */
import { STATUS, storeStatus } from '../../src/dicom/store-status.ts';
import type { Fault } from '../../src/fault.ts';
import type { Outcome } from './instance-part.ts';

export type StowAnswer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/** What we can answer in, preferred first. */
export const OFFERS: readonly string[] = [
  'application/dicom+json',
  'application/dicom+xml',
  'application/json',
  'application/xml',
];

type Attribute = Readonly<{
  tag: string;
  keyword: string;
  vr: 'UI' | 'US' | 'SQ';
  values: readonly (string | number | readonly Attribute[])[];
}>;

const ui = (tag: string, keyword: string, value: string): Attribute => ({
  tag,
  keyword,
  vr: 'UI',
  values: [value],
});
const sequence = (tag: string, keyword: string, values: readonly (readonly Attribute[])[]): Attribute[] =>
  values.length > 0 ? [{ tag, keyword, vr: 'SQ', values }] : [];

/** For how long a sender is told to wait before it sends the same again. */
export const RETRY_SECONDS = { busy: 5, failed: 60, full: 60 } as const;

/** Of disk or database. An error that nobody foresaw (0x0110) is one of the object as likely. */
const isPassing = (fault: Fault): boolean =>
  fault.disposition === 'retry' && storeStatus(fault) === STATUS.outOfResources;

/** What a request is answered of which no part was stored. */
function statusOfNone(faults: readonly Fault[]): { status: number; retrySeconds?: number } {
  if (faults.every(({ code }) => code === 'STORAGE_FULL'))
    return { status: 507, retrySeconds: RETRY_SECONDS.full };
  if (faults.every(isPassing)) return { status: 503, retrySeconds: RETRY_SECONDS.failed };
  return { status: 409 };
}

/**
 * 200 when every part was stored, 202 when some were, 409 when none was. None for a fault of ours that passes: 503 with Retry-After, and
 * 507 (RFC 4918 11.5) for want of space.
 * @see PS3.18 10.5.3, I.2
 */
export function storeAnswer(outcomes: readonly Outcome[], type: string): StowAnswer {
  const faults = outcomes.flatMap(({ fault }) => fault ?? []);
  const { status, retrySeconds } =
    faults.length === outcomes.length ? statusOfNone(faults) : { status: faults.length === 0 ? 200 : 202 };
  const attributes = responseModule(outcomes);
  return {
    status,
    headers: {
      'Content-Type': type,
      ...(retrySeconds === undefined ? {} : { 'Retry-After': String(retrySeconds) }),
    },
    body: type.endsWith('xml') ? xmlOf(attributes) : JSON.stringify(jsonOf(attributes)),
  };
}

/** In ascending order of tags; RetrieveURL is left out, because nothing is served. */
function responseModule(outcomes: readonly Outcome[]): readonly Attribute[] {
  const stored: Attribute[][] = [];
  const failed: Attribute[][] = [];
  const other: Attribute[][] = [];
  for (const { SOPClassUID, SOPInstanceUID, fault } of outcomes) {
    const reason = fault === undefined ? [] : [failureReason(fault)];
    if (SOPClassUID === undefined || SOPInstanceUID === undefined) {
      other.push(reason);
      continue;
    }
    const item = [
      ui('00081150', 'ReferencedSOPClassUID', SOPClassUID),
      ui('00081155', 'ReferencedSOPInstanceUID', SOPInstanceUID),
      ...reason,
    ];
    (fault === undefined ? stored : failed).push(item);
  }
  return [
    ...sequence('00081198', 'FailedSOPSequence', failed),
    ...sequence('00081199', 'ReferencedSOPSequence', stored),
    ...sequence('0008119A', 'OtherFailuresSequence', other),
  ];
}

/** The DIMSE status, with the one reason that only this table has. */
function failureReason(fault: Fault): Attribute {
  const reason =
    fault.code === 'TRANSFER_SYNTAX_UNSUPPORTED' ? STATUS.transferSyntaxNotSupported : storeStatus(fault);
  return { tag: '00081197', keyword: 'FailureReason', vr: 'US', values: [reason] };
}

/** @see PS3.18 F.2 */
const jsonOf = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ tag, vr, values }) => [
      tag,
      { vr, Value: values.map((value) => (typeof value === 'object' ? jsonOf(value) : value)) },
    ]),
  );

/** @see PS3.19 A.1 */
const xmlOf = (attributes: readonly Attribute[]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">',
    ...attributes.map(attributeXml),
    '</NativeDicomModel>',
    '',
  ].join('\n');

function attributeXml({ tag, keyword, vr, values }: Attribute): string {
  const content = values.map((value, index) =>
    typeof value === 'object'
      ? `<Item number="${index + 1}">${value.map(attributeXml).join('')}</Item>`
      : `<Value number="${index + 1}">${escaped(String(value))}</Value>`,
  );
  return `<DicomAttribute tag="${tag}" vr="${vr}" keyword="${keyword}">${content.join('')}</DicomAttribute>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
