/** What an event is called, and how grave it is: plain words. Kinds that are not here are shown under their own name. */
import type { StudyState } from '../study/lifecycle.ts';

export type Severity = 'info' | 'good' | 'warning' | 'error';
type Title = Readonly<{ title: string; severity: Severity }>;

const info = (title: string): Title => ({ title, severity: 'info' });
const good = (title: string): Title => ({ title, severity: 'good' });
const warning = (title: string): Title => ({ title, severity: 'warning' });
const error = (title: string): Title => ({ title, severity: 'error' });

const STATES: Readonly<Record<StudyState, Title>> = {
  receiving: info('Objects are arriving'),
  complete: info('The study is complete'),
  waitingForBaseline: warning('Waiting for a baseline'),
  waitingForMask: warning('Waiting for a mask'),
  held: error('Held: a person must look'),
  notEligible: info('Not eligible'),
  ready: info('Inputs found'),
  scoring: info('Scoring began'),
  reported: good('Report made'),
  delivering: info('Delivery began'),
  delivered: good('Delivered'),
  failed: error('Scoring was given up'),
  deliveryFailed: error('A delivery was given up'),
};

const KINDS: Readonly<Record<string, Title>> = {
  'objects.arrived': info('Objects arrived'),
  'association.closed': info('Association stored objects'),
  'instance.corrected': info('The sender corrected an object'),
  'instance.conflict': error('Other bytes came under a known UID'),
  'instance.stale': warning('Bytes came again that their sender had corrected'),
  'identity.agreed': good('The objects agree about the patient'),
  'patient.merged': info('The patient was merged'),
  'patient.corrected': info('Patient data were corrected'),
  'study.polled': info('Found by polling an archive'),
  'study.fewerThanArchived': warning('An archive has more images of this study'),
  'study.retired': info('The study was removed after its retention'),
  'prior.asked': info('An archive was asked for earlier studies'),
  'prior.fetched': good('A series was fetched'),
  'prior.failed': warning('An archive could not help'),
  'prior.sent': info('The study was sent: it is a case of its own'),
  'query.answered': info('A query was answered'),
  'mask.requested': info('A mask is asked for'),
  'mask.requestSent': good('An annotator has the images'),
  'mask.requestFailed': warning('An annotator could not be reached'),
  measured: info('A time point was measured'),
  'companion.failed': warning('An object beside the report could not be made'),
  'report.withdrawn': warning('The report was withdrawn'),
  'report.inDoubt': error('A report that was sent is in doubt'),
  'delivery.waiting': warning('A try to deliver failed'),
  'delivery.taken': info('The destination took it, and is asked to confirm'),
  'delivery.delivered': good('Delivered to a destination'),
  'delivery.confirmed': good('The destination confirmed that it keeps it'),
  'delivery.unconfirmable': info('The destination offers no confirmation'),
  'delivery.gaveUp': error('The delivery was given up'),
  'delivery.superseded': info('Not sent: a newer report took its place'),
  'delivery.withdrawn': info('Not sent: the report was withdrawn'),
  'delivery.notTaken': info('The destination takes no such objects'),
  'delivery.retried': info('A person has it delivered again'),
  'delivery.reasons': info('What the delivery waits for changed'),
  'order.hold': warning('A person holds the case'),
  'order.release': info('A person released the case'),
  'order.cancel': warning('A person cancelled the case'),
  'order.reopen': info('A person opened the case again'),
  'order.baseline': info('A person chose the baseline'),
  'order.regions': info('A person chose the lesion'),
  'order.rescore': info('A person has the case scored again'),
  'order.rescore.done': info('The case was scored again'),
  'order.rescore.unchanged': info('Scored again: the report stands as it is'),
  'order.retry': info('A person has a step tried again'),
  'order.conflict': info('A person said which bytes are right'),
};

export function titleOf(kind: string, detail: Readonly<Record<string, unknown>>): Title {
  if (kind.startsWith('state.') && Object.hasOwn(STATES, kind.slice(6)))
    return STATES[kind.slice(6) as StudyState];
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (isTakenBack(kind, detail)) return info('A person took a choice back: the rules decide again');
  if (kind === 'delivery.waiting' && !detail['fault']) return info('To be delivered again');
  if (kind === 'query.answered' && detail['fault']) return warning('A query failed');
  if (kind === 'measured' && detail['isKept']) return info('A time point had been measured already');
  if (kind === 'association.closed' && isFilled(detail['aborted']))
    return warning('An association was aborted');
  return known ?? { title: kind, severity: 'info' };
}

const isTakenBack = (kind: string, detail: Readonly<Record<string, unknown>>): boolean =>
  (kind === 'order.baseline' && detail['baseline'] === null) ||
  (kind === 'order.regions' && detail['regions'] === null);

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
