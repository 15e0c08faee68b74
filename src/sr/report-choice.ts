/** What of a report goes where: the words in which a destination chooses. */

export const SENDABLE = ['sr', 'picture', 'pdf', 'view'] as const;
/** picture: Secondary Capture page; pdf: Encapsulated PDF; view: a second SR under the title that measurement viewers open. */
export type Sendable = (typeof SENDABLE)[number];
export const DEFAULT_SENDS: readonly Sendable[] = ['sr', 'picture'];

/** An object that goes beside the SR; seg: the masks that were used. */
export type CompanionKind = Exclude<Sendable, 'sr'> | 'seg';

export const OUTCOMES = ['scored', 'deltaOnly', 'progression', 'notEvaluable'] as const;
/** What became of a case; progression: the measured lesions grew; notEvaluable: a rule holds it, or its feature is undefined. */
export type Outcome = (typeof OUTCOMES)[number];
export const DEFAULT_OUTCOMES: readonly Outcome[] = ['scored', 'deltaOnly', 'progression'];
