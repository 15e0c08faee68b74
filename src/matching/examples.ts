/** The baseline rules' own examples: doctest for clinicians. */
import type { Header } from '../dicom/header.ts';
import { CT_IMAGE, RT_STRUCTURE_SET } from '../dicom/sop-class.ts';
import type { Patient } from '../patients/patient.ts';
import { type BaselineMatch, matchBaseline } from './match.ts';
import type { BaselineExample, BaselineRules } from './rule.ts';
import type { StudySummary } from './study-summary.ts';

/** An example that a rule does not keep. */
export type ExampleFailure = Readonly<{ rule: string; example: number; expected: string; got: string }>;

/** What became of one example, kept or not. */
export type ExampleResult = ExampleFailure & Readonly<{ passes: boolean }>;

/** Every example, run against its rule alone. */
export function baselineExampleResults({ rules }: BaselineRules): ExampleResult[] {
  return rules.flatMap((rule) =>
    rule.examples.map((example, at) => {
      const [expected, got] = [example.expect, outcome(example, { rules: [rule] })];
      return { rule: rule.id, example: at + 1, expected, got, passes: got === expected };
    }),
  );
}

/** Runs every example against its rule alone; what is returned is wrong, and an empty list is good. */
export const runBaselineExamples = (rules: BaselineRules): ExampleFailure[] =>
  failuresOf(baselineExampleResults(rules));

export const failuresOf = (results: readonly ExampleResult[]): ExampleFailure[] =>
  results.filter(({ passes }) => !passes).map(({ passes: _, ...failure }) => failure);

function outcome(example: BaselineExample, rules: BaselineRules): string {
  const studies = example.studies.map(studyOf);
  const designated = example.studies.findIndex((study) => study.designated);
  const patient: Patient = {
    PatientID: 'EXAMPLE',
    tkiStart: example.therapyStart?.replaceAll('-', ''),
    designatedBaseline: studies[designated]?.StudyInstanceUID,
    optOut: false,
    listed: true,
  };
  const followUp = studyOf({ date: example.followUp, mask: true, contrast: false }, -1);
  const match = matchBaseline(followUp, studies, patient, rules);
  return match.kind === 'matched' ? nameOf(match, studies, example) : match.kind;
}

function nameOf(
  match: BaselineMatch & { kind: 'matched' },
  studies: readonly StudySummary[],
  example: BaselineExample,
): string {
  const at = studies.findIndex((study) => study.StudyInstanceUID === match.baseline.StudyInstanceUID);
  return example.studies[at]?.name ?? '';
}

type Sketch = Readonly<{ date: string | null; mask: boolean; contrast: boolean }>;

function studyOf({ date, mask, contrast }: Sketch, at: number): StudySummary {
  const StudyInstanceUID = `2.25.${at + 2}`;
  const SeriesInstanceUID = `${StudyInstanceUID}.1`;
  const header: Header = {
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    SOPClassUID: CT_IMAGE,
    SOPInstanceUID: `${SeriesInstanceUID}.1`,
    StudyInstanceUID,
    SeriesInstanceUID,
    hasContrastBolus: contrast,
  };
  const drawn = {
    kind: 'RTSTRUCT',
    SOPClassUID: RT_STRUCTURE_SET,
    SOPInstanceUID: `${StudyInstanceUID}.2.1`,
    SeriesInstanceUID: `${StudyInstanceUID}.2`,
    StudyInstanceUID,
    referencedSeries: [SeriesInstanceUID],
    referencedInstances: [],
    regions: [{ number: 1, name: 'GTV-1', typeCodes: [], contourOrFrameCount: 1 }],
  } as const;
  return {
    StudyInstanceUID,
    identity: { PatientID: 'EXAMPLE' },
    StudyDate: date?.replaceAll('-', ''),
    ctSeries: [{ SeriesInstanceUID, header, SOPInstanceUIDs: [header.SOPInstanceUID] }],
    masks: mask ? [drawn] : [],
  };
}
