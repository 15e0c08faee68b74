import { FAULTS } from '../fault.ts';
import { REASON_CODES } from '../study/reasons.ts';
import type { Alert, ToldMatter } from './matter.ts';
import { plainLine } from './plain-line.ts';
import type { MatterKind } from './settings.ts';

/** Who a held case is about; given only where patient data may be told. */
export type PatientLine = Readonly<{ PatientID: string; StudyDate: string }>;

/** Local time, to the minute. */
export function momentText(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Its sentence in the table of reasons or of faults. */
function codeText(code: string): string {
  if (Object.hasOwn(REASON_CODES, code)) return REASON_CODES[code as keyof typeof REASON_CODES];
  if (Object.hasOwn(FAULTS, code)) return FAULTS[code as keyof typeof FAULTS].sentence;
  return /^[A-Z][A-Z_]{1,39}$/.test(code) ? `${code}.` : '';
}

/** The sentence of a fault with what to do about it. */
const faultText = (code: string): string =>
  Object.hasOwn(FAULTS, code)
    ? `${codeText(code)} ${FAULTS[code as keyof typeof FAULTS].remedy}`
    : codeText(code);

const count = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);
const number = (alert: Alert, key: string): number => Number(alert.detail[key] ?? 0);
const line = (alert: Alert, key: string): string => plainLine(String(alert.detail[key] ?? ''), 200);

/** The matter in a sentence or two. */
export function sentenceOf({ state, alert }: ToldMatter, patient?: PatientLine): string {
  if (state === 'over') return OVER[alert.kind](alert);
  const text = STANDING[alert.kind](alert, patient);
  return (state === 'still' ? `Still: ${text}` : text).replace(/\s+/g, ' ').trim();
}

const STANDING: Record<MatterKind, (alert: Alert, patient?: PatientLine) => string> = {
  caseHeld: (alert, patient) => {
    const who = patient
      ? ` (Patient ID ${plainLine(patient.PatientID, 64)}, study of ${plainLine(patient.StudyDate, 16) || 'an unknown date'})`
      : '';
    const why = line(alert, 'codes').split(' ').map(codeText).join(' ');
    return `A case${who} has been held since ${momentText(alert.since)} and waits for a person. ${why}`;
  },
  deliveryFailing: (alert) => {
    const [to, tries] = [line(alert, 'destination'), count(number(alert, 'attempts'), 'try', 'tries')];
    const why = faultText(line(alert, 'fault'));
    if (alert.detail['hasGivenUp'] === true)
      return `What was meant for ${to} was given up after ${tries}: it is not sent any more unless a person says so. ${why}`;
    const waiting = count(number(alert, 'waiting'), 'object waits', 'objects wait');
    return `Reports do not reach ${to}: ${waiting}, after ${tries}. ${why}`;
  },
  disk: (alert) => {
    const free = `${number(alert, 'freeGiB').toFixed(1)} GiB`;
    if (alert.subject === 'low')
      return `Free disk space is ${free}, below the threshold of ${number(alert, 'thresholdGiB')} GiB. When it is used up, no images are accepted.`;
    const days = alert.detail['fullInDays'];
    const when = days === null || days === undefined ? 'soon' : `in about ${daysText(Number(days))}`;
    return `Free disk space is ${free} and shrinks: ${when} no images will be accepted any more.`;
  },
  nodeDown: (alert) => {
    const what = alert.detail['of'] === 'checks' ? 'checks in a row failed' : 'tries to deliver failed';
    const why = codeText(line(alert, 'fault'));
    return `Node ${plainLine(alert.subject)} does not answer: ${number(alert, 'failures')} ${what}, since ${momentText(alert.since)}. ${why}`;
  },
  drift: (alert) => `The scores have drifted: ${line(alert, 'text')}`,
};

const daysText = (days: number): string =>
  days < 1 ? 'less than a day' : count(Math.round(days), 'day', 'days');

const OVER: Record<MatterKind, (alert: Alert) => string> = {
  caseHeld: () => 'Over: the case is not held any more.',
  deliveryFailing: (alert) => {
    const to = line(alert, 'destination');
    return alert.detail['hasGivenUp'] === true
      ? `Over: what was given up for ${to} is not waiting for a person any more.`
      : `Over: nothing fails any more on its way to ${to}.`;
  },
  disk: (alert) =>
    alert.subject === 'low'
      ? 'Over: there is enough free disk space again.'
      : 'Over: the disk does not fill up any more.',
  nodeDown: ({ subject }) => `Over: node ${plainLine(subject)} does not fail any more.`,
  drift: () => 'Over: the scores have not drifted any more.',
};

/** All matters in one line: what kinds, and how many of each. */
export function headline(told: readonly ToldMatter[]): string {
  const standing = told.filter(({ state }) => state !== 'over').map(({ alert }) => alert);
  const over = told.filter(({ state }) => state === 'over').map(({ alert }) => alert);
  if (standing.length === 0) return `over: ${headlineOf(over)}`;
  return headlineOf(standing) + (over.length > 0 ? `; ${over.length} over` : '');
}

function headlineOf(alerts: readonly Alert[]): string {
  const of = (kind: MatterKind, isIt: (alert: Alert) => boolean = () => true) =>
    alerts.filter((alert) => alert.kind === kind && isIt(alert));
  const givenUp = of('deliveryFailing', ({ detail }) => detail['hasGivenUp'] === true);
  const failing = of('deliveryFailing', ({ detail }) => detail['hasGivenUp'] !== true);
  const [held, nodes] = [of('caseHeld'), of('nodeDown')];
  const parts = [
    held.length > 0 && count(held.length, 'case is held', 'cases are held'),
    givenUp.length > 0 && count(givenUp.length, 'delivery was given up', 'deliveries were given up'),
    failing.length > 0 && `reports do not reach ${named(failing)}`,
    nodes.length > 0 && `no answer from ${named(nodes)}`,
    of('disk', ({ subject }) => subject === 'low').length > 0 && 'disk space is low',
    of('disk', ({ subject }) => subject !== 'low').length > 0 && 'the disk fills up',
    of('drift').length > 0 && 'the scores drift',
  ];
  return parts.filter((part) => part !== false).join('; ');
}

const named = (alerts: readonly Alert[]): string =>
  alerts.length === 1 ? plainLine(alerts[0]?.subject ?? '', 40) : `${alerts.length} nodes`;
