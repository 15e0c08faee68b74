import { Fault } from '../fault.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import { chooseRegion, type KnownStudy } from '../pipeline/judge.ts';

/** The region of one time point, or a fault that says what to do. `name`: as given with --roi. */
export function givenRegion(known: KnownStudy, where: string, rules: RoiRules, name?: string): MaskCandidate {
  const { chosen, obstacle } = chooseRegion(known, where, rules, name);
  if (chosen) return chosen;
  const code = obstacle?.event === 'doubt' ? 'MASK_AMBIGUOUS' : 'MASK_NO_REGION';
  throw new Fault(code, obstacle?.reasons.map(({ text }) => text).join('; '));
}
