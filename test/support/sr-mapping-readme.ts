/** docs/sr-mapping/README.md: how a PACS that reads structured reports finds what it wants in ours. */
import type { Code } from '../../src/dicom/header.ts';
import { CODES, codeText, PRIVATE_SCHEME, sameCode } from '../../src/sr/codes.ts';
import { type MappingRow, mappingRows, markdownTable, type NamedTemplate } from './sr-mapping.ts';

/** What an integrator looks for first. */
const WANTED: readonly (readonly [string, readonly Code[]])[] = [
  ['The summary in words', [CODES.summary]],
  ['Probability of early acquired resistance', [CODES.probability]],
  ['Its 95 % interval', [CODES.intervalLower, CODES.intervalUpper]],
  ['Its cut-off', [CODES.thresholdValue]],
  ['The category', [CODES.predictedClass]],
  ['Which lesion the result is of', [CODES.lesionRole]],
  ['The delta of the feature', [CODES.deltaDifferenceVariance, CODES.deltaFeature]],
  ['Its z-score', [CODES.zScore]],
  ['The feature at each time point', [CODES.differenceVariance, CODES.radiomicFeature]],
  [
    'How far the delta moves with the contours',
    [CODES.deltaMinimum, CODES.deltaMaximum, CODES.deltaDeviation],
  ],
  ['Volume and longest in-plane diameter at each time point', [CODES.volume, CODES.longAxis]],
  ['Shrinkage since the baseline, growth since the nadir', [CODES.shrinkage, CODES.growth]],
  ['That progression criteria are met', [CODES.growthStatus]],
  ['Earlier time points, in words', [CODES.trend]],
  ['The secondary result, where it is enabled', [CODES.classicProbability, CODES.classicClass]],
  ['Quality in one code, and each check in words', [CODES.qualityAssessment, CODES.qualityFinding]],
  ['Where mean and SD come from', [CODES.normalisationStatus]],
];

const has = (codes: readonly Code[], wanted: readonly Code[]): boolean =>
  codes.some((code) => wanted.some((one) => sameCode(one, code)));

function pathsTo(rows: readonly MappingRow[], wanted: readonly Code[]): string {
  const found = rows.filter((row) => has(row.concepts, wanted)).map((row) => `\`${row.path}\``);
  return [...new Set(found)].join('<br>');
}

/** Every private code, in the program or in a template, with where it stands. */
function privateRows(rows: readonly MappingRow[]): readonly (readonly string[])[] {
  const isPrivate = (code: Code) => code.CodingSchemeDesignator === PRIVATE_SCHEME.CodingSchemeDesignator;
  const uses = rows.flatMap((row) => [
    ...row.concepts.map((code) => ({ code, as: 'concept' })),
    ...row.codes.map((code) => ({ code, as: `value of ${row.concepts[0]?.CodeValue ?? ''}` })),
    ...(row.unit ? [{ code: row.unit, as: 'unit' }] : []),
  ]);
  const known: readonly Code[] = [...Object.values(CODES), ...uses.map(({ code }) => code)];
  const codes = known.filter(
    (code, at) => isPrivate(code) && known.findIndex((other) => sameCode(other, code)) === at,
  );
  return [...codes]
    .sort((a, b) => (a.CodeValue < b.CodeValue ? -1 : 1))
    .map((code) => {
      const as = uses.filter((use) => sameCode(use.code, code)).map((use) => use.as);
      return [
        `\`${code.CodeValue}\``,
        code.CodeMeaning,
        [...new Set(as)].join(', ') || 'not in these templates',
      ];
    });
}

const categoryRows: readonly (readonly string[])[] = [
  [codeText(CODES.positive), 'the whole 95 % interval is at or above the cut-off'],
  [codeText(CODES.negative), 'the whole 95 % interval is below the cut-off'],
  [codeText(CODES.indeterminate), 'the interval straddles the cut-off: neither positive nor negative'],
  [
    codeText(CODES.notEvaluable),
    'there is no number: the feature is undefined, or the measured lesions grew (see GROWTH_STATUS)',
  ],
  ['the item is not there', 'no normalisation is established: the delta stands alone, nothing was concluded'],
];

export function mappingReadme(
  templates: readonly NamedTemplate[],
  samples: readonly Readonly<{ name: string; what: string }>[],
): string {
  const rows = templates.flatMap(mappingRows);
  return `# Mapping our structured reports

For whoever maps DICOM structured reports to fields of a PACS, a RIS or a database. Every row of every report:
${templates.map(({ name }) => `[${name}](${name}.md) ([CSV](${name}.csv))`).join(', ')}. This folder is made from the templates by
\`node --import tsx test/support/write-sr-mapping.ts\`; a site that edits a template runs it again in a clone. Research use only: do not
map these numbers to a field from which a diagnosis is taken.

## Where to find what

Reports are Comprehensive SR (or Comprehensive 3D SR) with root template TID 1500. A path is the chain of concept code values from
the root; \`125007[1501]\` is a Measurement Group whose ContentTemplateSequence names TID 1501, and \`A|B\` is one of both codes.

${markdownTable(
  ['What', 'Path'],
  WANTED.map(([what, codes]) => [what, pathsTo(rows, codes)]).filter(([, path]) => path !== ''),
)}

Go by code and scheme, never by meaning or by position: items are left out, and a template may order them otherwise.

**Which group.** A lesion has two groups of TID 1411, baseline and follow-up, and one of TID 1501 for the change. All of one lesion
have the same Tracking Unique Identifier ${codeText(CODES.trackingUid)}: join them by it. Where several lesions were measured, the
result stands with the one whose ${codeText(CODES.lesionRole)} is ${codeText(CODES.targetLesion)}; its groups come first. The baseline's has the Time Point Type
(126072, DCM) Baseline; the follow-up's has none, because no code of CID 6146 means "on treatment". Numbers below another number
(its interval, its cut-off, both operands of the delta) belong to that number, not to the group.

## Numbers

A NUM has one MeasuredValueSequence item with two forms of one value:

| Attribute | What it is |
| --- | --- |
| NumericValue (0040,A30A) | a rounding for people, at most 16 characters; map this to what is shown |
| FloatingPointValue (0040,A161) | the exact double; map this to what is computed with |
| MeasurementUnitsCodeSequence (0040,08EA) | UCUM; probabilities, their limits, cut-offs and prevalences are in ${codeText(CODES.percent)}, 0 to 100, not 0 to 1 |

The category was decided on exact values. Where a rounding would seem to contradict it, NumericValue has more decimals.

## What is not there

Absence is never 0, never NaN, and never an empty item.

- **An item that is missing** was not applicable or not known, and everything below it is missing too.
- **A NUM with an empty MeasuredValueSequence** was asked for and could not be computed. NumericValueQualifierCodeSequence
  (0040,A301) says why: ${codeText(CODES.calculationFailure)}, or ${codeText(CODES.notAttempted)} where the measured lesions grew and the
  model was not asked.
- **No probability, no z-score, no category**: no normalisation is established. ${codeText(CODES.normalisationStatus)} is then
  ${codeText(CODES.normalisationUnknown)}.
- **CompletionFlag PARTIAL** goes with every report that has no probability; CompletionFlagDescription begins to say why.

A mapping should leave its field empty in all of these cases.

## Categories

${codeText(CODES.predictedClass)} has one of these values:

${markdownTable(['Value', 'When'], categoryRows)}

\`Indeterminate\` is a result. Do not map it to an empty field.

## Private codes

Scheme \`${PRIVATE_SCHEME.CodingSchemeDesignator}\`, UID \`${PRIVATE_SCHEME.CodingSchemeUID}\`, version ${PRIVATE_SCHEME.CodingSchemeVersion}, named in CodingSchemeIdentificationSequence
of every report. A code never changes its meaning.

${markdownTable(['Code', 'Meaning', 'Used as'], privateRows(rows))}

## Corrections

A report that takes the place of another has new UIDs and names the old one in PredecessorDocumentsSequence. A report that was
withdrawn is named by a Key Object Selection (IHE IOCM). A mapping should keep the newest report of a study that is not withdrawn.

## Samples

Invented patients and numbers, made by the same script; \`.txt\` is what DCMTK's \`dsrdump\` says of each.

${markdownTable(
  ['Sample', 'What it shows'],
  samples.map(({ name, what }) => [`[${name}](samples/${name}.dcm) ([text](samples/${name}.txt))`, what]),
)}
`;
}
