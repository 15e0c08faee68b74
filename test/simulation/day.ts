/** What is assumed of hospitals and their day; docs/SCALING.md gives the reasons and sources. */

/** Percent of a day's CT studies in each hour, from midnight; sixty of a hundred between 8 and 17. */
export const HOURLY_PERCENT = [
  1, 1, 1, 1, 1, 1, 2.5, 4, 5.5, 7, 8, 7.5, 6, 6.5, 7.5, 6.5, 5.5, 5.5, 5, 4.5, 4, 3.5, 3, 2,
] as const;

/** Of one hospital on a working day. */
export type Sends = Readonly<{
  /** time points with a mask whose baseline is here: each becomes a report */
  followUps: number;
  /** time points with a mask of patients that have no earlier one */
  baselines: number;
  /** chest CTs of other patients */
  others: number;
}>;

export const SENDS = {
  /** only patients on a TKI are sent, by a rule of the PACS */
  listed: { followUps: 1.5, baselines: 0.2, others: 0 },
  /** every chest CT is sent */
  everything: { followUps: 1.5, baselines: 0.2, others: 22.3 },
  /** every chest CT is sent, and has a mask drawn by a program: the most that can be asked */
  masked: { followUps: 20, baselines: 4, others: 0 },
} as const satisfies Readonly<Record<string, Sends>>;
export type SendsName = keyof typeof SENDS;

/** Instances of a study, over those of the study that was measured: evenly between half and one and a half times. */
export const SIZE_RANGE = [0.5, 1.5] as const;
/** A PACS or scanner forwards so many instances a second on an association. */
export const SENDER_RATE = 20;
/** A study comes in as many equal parts, each of which asks its receiver and the database once. */
export const PARTS = 10;
/** Between two looks for studies that have become quiet. */
export const SWEEP_SECONDS = 1;
