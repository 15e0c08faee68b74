import { Fault } from '../../src/fault.ts';
import type { PeerAnswer } from '../../src/ports.ts';

type Attribute = Readonly<{ Value?: readonly unknown[] }>;
type Item = Readonly<Record<string, Attribute | undefined>>;

const FAILED_SOP_SEQUENCE = '00081198';
/** Of what the server could not tell the UIDs. */
const OTHER_FAILURES_SEQUENCE = '0008119A';
const REFERENCED_SOP_SEQUENCE = '00081199';
const FAILURE_REASON = '00081197';
const WARNING_REASON = '00081196';
/** Same meaning as the DIMSE status: the peer has it already (PS3.18 table I.2-2). */
const DUPLICATE = 0x0111;

/**
 * What a Store Instances Response says of the one instance that was sent (PS3.18 10.5.3, annex I.2). Busy servers
 * throw PEER_BUSY, refusals PEER_REFUSED with the reason in hexadecimal.
 */
export function answerOf(status: number, body: string): PeerAnswer {
  const response = parse(body);
  const failure = failureIn(response);
  if (failure === DUPLICATE) return { status: DUPLICATE, warning: false };
  if (status === 408 || status === 429 || status >= 500) throw new Fault('PEER_BUSY', `HTTP ${status}`);
  if (failure !== undefined) {
    const isBusy = failure >= 0xa700 && failure <= 0xa7ff;
    throw new Fault(
      isBusy ? 'PEER_BUSY' : 'PEER_REFUSED',
      `HTTP ${status}, reason 0x${failure.toString(16).toUpperCase()}`,
    );
  }
  if (status < 200 || status > 299) throw new Fault('PEER_REFUSED', `HTTP ${status}`);
  const warning = reasonIn(response, REFERENCED_SOP_SEQUENCE, WARNING_REASON);
  return warning === undefined
    ? { status, warning: status === 202 }
    : { status, warning: true, comment: `warning 0x${warning.toString(16).toUpperCase()}` };
}

const SOP_INSTANCE_UID = '00080018';

/** A QIDO-RS answer holds this instance; servers return more than was asked for. */
export function namesInstance(body: unknown, SOPInstanceUID: string): boolean {
  const value: unknown = typeof body === 'string' ? parsed(body) : body;
  if (!Array.isArray(value)) return false;
  return value.some((item: Item | null) => item?.[SOP_INSTANCE_UID]?.Value?.[0] === SOPInstanceUID);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function parse(body: string): Item {
  const value = parsed(body);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null ? (first as Item) : {};
}

/** One instance was sent: what failed without its UIDs is that one, unless it is among the stored. */
function failureIn(response: Item): number | undefined {
  const failure = reasonIn(response, FAILED_SOP_SEQUENCE, FAILURE_REASON);
  if (failure !== undefined || response[REFERENCED_SOP_SEQUENCE]?.Value?.length) return failure;
  return reasonIn(response, OTHER_FAILURES_SEQUENCE, FAILURE_REASON);
}

function reasonIn(response: Item, sequence: string, reason: string): number | undefined {
  const items = response[sequence]?.Value ?? [];
  for (const item of items) {
    const value = (item as Item)?.[reason]?.Value?.[0];
    if (typeof value === 'number') return value;
  }
  // A failed item without a reason is a failure all the same.
  return items.length > 0 && sequence !== REFERENCED_SOP_SEQUENCE ? 0x0110 : undefined;
}
