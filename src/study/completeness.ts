/** What is known about the arrival of a study. */
export type Arrivals = Readonly<{
  lastReceivedAt: Date;
  /** an association is storing to it */
  isStoring: boolean;
  quietPeriodSeconds: number;
}>;

export type Completeness =
  | Readonly<{ isComplete: true }>
  | Readonly<{ isComplete: false; lookAgainAt: Date }>;

/**
 * A study is complete when nothing arrived for the quiet period and no association is storing to it. DICOM has no
 * signal for "that was all", so a study that resumes is complete again only after a new quiet period. A clock that
 * was set back counts as no quiet at all: waiting longer is the smaller harm.
 */
export function completeness(
  { lastReceivedAt, isStoring, quietPeriodSeconds }: Arrivals,
  now: Date,
): Completeness {
  const quietMs = quietPeriodSeconds * 1000;
  const elapsedMs = now.getTime() - lastReceivedAt.getTime();
  if (elapsedMs >= quietMs && !isStoring) return { isComplete: true };
  const remainingMs = elapsedMs < 0 ? quietMs : Math.max(quietMs - elapsedMs, isStoring ? 250 : 1);
  return { isComplete: false, lookAgainAt: new Date(now.getTime() + remainingMs) };
}
