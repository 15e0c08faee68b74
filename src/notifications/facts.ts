/** What the matters are found from. A part that could not be found out is undefined: nothing begins or ends by it. */
export type Facts = Readonly<{
  now: Date;
  held: readonly HeldCase[] | undefined;
  deliveries: readonly FailingDelivery[] | undefined;
  disk: DiskFact | undefined;
  /** nodes whose checks fail */
  nodes: readonly NodeFailures[] | undefined;
  /** absent verdict: no drift */
  drift: Readonly<{ verdict: DriftVerdict | null }> | undefined;
}>;

export type HeldCase = Readonly<{ StudyInstanceUID: string; since: Date; codes: readonly string[] }>;

/** A delivery that failed at least once, or was given up. */
export type FailingDelivery = Readonly<{
  StudyInstanceUID: string;
  destination: string;
  attempts: number;
  hasGivenUp: boolean;
  since: Date;
  fault: string | null;
}>;

/** `fullInDays`: until nothing is accepted any more, by a trend that is certain; null: no such trend. */
export type DiskFact = Readonly<{ freeBytes: number; fullInDays: number | null }>;

/** Checks of a node that failed one after the other. */
export type NodeFailures = Readonly<{ node: string; failures: number; lastText: string; since: Date }>;

/** `text`: a sentence without patient data. */
export type DriftVerdict = Readonly<{ text: string; since: Date }>;
