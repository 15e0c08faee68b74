/** The states of a case and what may happen in each, as a table (DESIGN, "The day of a study"). */
export const STUDY_STATES = [
  'receiving',
  'complete',
  'waitingForBaseline',
  'waitingForMask',
  'held',
  'notEligible',
  'ready',
  'scoring',
  'reported',
  'delivering',
  'delivered',
  'failed',
  'deliveryFailed',
] as const;
export type StudyState = (typeof STUDY_STATES)[number];

export const STUDY_EVENTS = [
  /** an image or mask object of this study was added */
  'objectArrived',
  /** the quiet period has passed and no association stores to it */
  'becameQuiet',
  // What looking at the case found; it may be looked at again whenever an object of its patient arrives.
  'baselineMissing',
  'maskMissing',
  'doubt',
  'outOfScope',
  'inputsFound',
  /** the objects are those of the last report: the case goes back to where its deliveries are */
  'unchanged',
  /** another study of the patient is arriving, or the patient's record changed: look at the case again */
  'lookAgain',
  'expired',
  'scoringStarted',
  'scored',
  'scoringGaveUp',
  'deliveryStarted',
  'allDelivered',
  'deliveryGaveUp',
  /** all that is not sent yet is meant for nodes that get nothing now, and nobody has the report */
  'nodesAway',
] as const;
export type StudyEvent = (typeof STUDY_EVENTS)[number];

type Row = Partial<Record<StudyEvent, StudyState>>;

const reopens: Row = { objectArrived: 'receiving' };
/** Looking at a case may find any of these, from any state in which it is not being received or scored. */
const judged: Row = {
  ...reopens,
  lookAgain: 'complete',
  baselineMissing: 'waitingForBaseline',
  maskMissing: 'waitingForMask',
  doubt: 'held',
  outOfScope: 'notEligible',
  inputsFound: 'ready',
  unchanged: 'reported',
};
const waits: Row = { ...judged, expired: 'notEligible' };

export const TRANSITIONS: Readonly<Record<StudyState, Row>> = {
  receiving: { ...reopens, becameQuiet: 'complete' },
  complete: judged,
  waitingForBaseline: waits,
  waitingForMask: waits,
  held: judged,
  notEligible: judged,
  ready: { ...judged, scoringStarted: 'scoring' },
  // Scoring looks at its inputs once more, and may find what looking at a case finds.
  scoring: { ...judged, scoringStarted: 'scoring', scored: 'reported', scoringGaveUp: 'failed' },
  reported: {
    ...judged,
    deliveryStarted: 'delivering',
    allDelivered: 'delivered',
    deliveryGaveUp: 'deliveryFailed',
    nodesAway: 'reported',
  },
  delivering: {
    ...judged,
    unchanged: 'delivering',
    deliveryStarted: 'delivering',
    allDelivered: 'delivered',
    deliveryGaveUp: 'deliveryFailed',
    nodesAway: 'reported',
  },
  delivered: {
    ...judged,
    unchanged: 'delivered',
    deliveryStarted: 'delivering',
    allDelivered: 'delivered',
  },
  failed: judged,
  deliveryFailed: {
    ...judged,
    unchanged: 'deliveryFailed',
    deliveryStarted: 'delivering',
    allDelivered: 'delivered',
    deliveryGaveUp: 'deliveryFailed',
    nodesAway: 'reported',
  },
};

/** The state after an event; undefined when the event means nothing in that state, and nothing happens. */
export const apply = (state: StudyState, event: StudyEvent): StudyState | undefined =>
  TRANSITIONS[state][event];
