/** Why the comparison model gives no probability: as data, and as one plain English sentence. */

export type ClassicReason =
  /** there is a probability; category and provisional say the rest */
  | Readonly<{ kind: 'decided' }>
  /** at follow-up, PyRadiomics names */
  | Readonly<{ kind: 'featuresUndefined'; features: readonly string[] }>
  | Readonly<{ kind: 'noNormalisation' }>
  | Readonly<{ kind: 'tooFewCases'; n: number; needed: number }>
  /** no finite mean and positive SD of these features */
  | Readonly<{ kind: 'noSpread'; features: readonly string[] }>;

export function classicSentence(reason: Exclude<ClassicReason, { kind: 'decided' }>): string {
  switch (reason.kind) {
    case 'featuresUndefined':
      return `No probability can be given: undefined at follow-up: ${reason.features.join(', ')}.`;
    case 'noNormalisation':
      return 'No probability can be given: no normalisation (mean and SD of each feature in the training set) is configured.';
    case 'tooFewCases':
      return `No probability can be given: the normalisation rests on ${reason.n} cases, fewer than ${reason.needed}.`;
    case 'noSpread':
      return `No probability can be given: the normalisation has no finite mean and positive SD of ${reason.features.join(', ')}.`;
  }
}
