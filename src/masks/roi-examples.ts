import type { RoiRules } from './roi-rules.ts';
import { type Candidate, type Selection, selectRegion } from './select-roi.ts';

type RoiExampleResult = Readonly<{ title: string; expected: string; got: string; passes: boolean }>;

/** Every example of a rule file, kept or not. */
export function roiExampleResults(rules: RoiRules): readonly RoiExampleResult[] {
  return rules.examples.map(({ title, regions, chosen }) => {
    const candidates = regions.map(
      ({ number, name, interpretedType, codes, isDrawn }): Candidate => ({
        number,
        name,
        interpretedType,
        typeCodes: codes.map(({ value, scheme }) => ({ CodeValue: value, CodingSchemeDesignator: scheme })),
        contourOrFrameCount: isDrawn ? 1 : 0,
      }),
    );
    const answer = answerOf(selectRegion(candidates, rules));
    return { title, expected: String(chosen), got: String(answer), passes: answer === chosen };
  });
}

/** What the examples of a rule file got wrong, one sentence each; none when the rules do what they promise. */
export const failedRoiExamples = (rules: RoiRules): readonly string[] =>
  roiExampleResults(rules)
    .filter(({ passes }) => !passes)
    .map(({ title, expected, got }) => `"${title}": expected ${expected}, got ${got}`);

const answerOf = (selection: Selection<Candidate>): number | 'none' | 'ambiguous' =>
  selection.kind === 'chosen' ? selection.region.number : selection.kind;
