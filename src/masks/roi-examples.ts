import type { RoiRules } from './roi-rules.ts';
import { type Candidate, type Selection, selectRegion } from './select-roi.ts';

/** What the examples of a rule file got wrong, one sentence each; none when the rules do what they promise. */
export function failedRoiExamples(rules: RoiRules): readonly string[] {
  return rules.examples.flatMap(({ title, regions, chosen }) => {
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
    return answer === chosen ? [] : [`"${title}": expected ${chosen}, got ${answer}`];
  });
}

const answerOf = (selection: Selection<Candidate>): number | 'none' | 'ambiguous' =>
  selection.kind === 'chosen' ? selection.region.number : selection.kind;
