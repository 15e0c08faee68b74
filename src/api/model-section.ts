/** The `model` key of the configuration, and how its models change places. */
import type { Config } from '../startup/config.ts';

export type ModelSection = Config['model'];

/** How the section came to be. `promote` and `rollback` are found again by it. */
export type ModelChange = 'promote' | 'rollback' | 'shadow';

/** A change of the section that was applied. */
export type AppliedChange = Readonly<{
  /** a ModelChange, or how else the configuration was changed */
  source: string;
  before: ModelSection;
  after: ModelSection;
}>;

type InPlace = Pick<ModelSection, 'id' | 'normalisation'>;

/** Each model keeps the normalisation that it was used with: it is of its own feature. */
const inPlace = ({ id, normalisation }: InPlace, sha256: string) => ({
  ...{ id, sha256 },
  ...(normalisation && { normalisation }),
});

/** The shadow and the active model change places; `digests`: of the files that both are now. */
export function promoted(
  section: ModelSection,
  digests: Readonly<{ active: string; shadow: string }>,
): ModelSection | undefined {
  const { id: _id, sha256: _sha256, normalisation: _normalisation, shadow, ...rest } = section;
  return shadow && { ...rest, ...inPlace(shadow, digests.shadow), shadow: inPlace(section, digests.active) };
}

export function withShadow(section: ModelSection, shadow: ModelSection['shadow']): ModelSection {
  const { shadow: _before, ...rest } = section;
  return shadow ? { ...rest, shadow } : rest;
}

/** The section before the last promotion that was not rolled back yet. `history`: the newest first. */
export function beforeLastPromotion(history: readonly AppliedChange[]): AppliedChange | undefined {
  let undone = 0;
  for (const change of history) {
    if (change.source === 'rollback') undone += 1;
    if (change.source !== 'promote') continue;
    if (undone === 0) return change;
    undone -= 1;
  }
  return undefined;
}
