/** Which codes a slot of a report template may give: asked of the slots themselves, over every kind of report. */
import type { Code } from '../../src/dicom/header.ts';
import type { Category, ScoreResult } from '../../src/model/score-result.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { CODES, sameCode } from '../../src/sr/codes.ts';
import type { ReportContent } from '../../src/sr/report.ts';
import { CODE_SLOTS, type CodeSlot, REPEATS, SLOTS_OF, type SlotContext } from '../../src/sr/slots.ts';
import { reportCases, reportContent } from './report-content.ts';
import { NORMALISED } from './report-parts.ts';

/** Slots that pass on what a sender wrote: a list of codes cannot be complete. */
const OPEN: Readonly<Record<string, string>> = {
  'study.procedure': 'or the first ProcedureCodeSequence item of the follow-up CT',
};

const CATEGORIES: readonly (Category | null)[] = [
  'positive',
  'negative',
  'indeterminate',
  'notEvaluable',
  null,
];
const KINDS: readonly ScoreResult['normalisation']['kind'][] = ['none', 'supplied', 'local'];
const OUTCOMES = ['pass', 'warn', 'hold'] as const;
const FEATURES = [NORMALISED.feature, 'original_glcm_Contrast'];

/** Reports that differ in everything that a code may depend on. */
function variations(): readonly ReportContent[] {
  const { followUp } = reportContent();
  const scored = CATEGORIES.flatMap((category) =>
    KINDS.flatMap((kind) =>
      FEATURES.map((feature) =>
        reportContent({
          score: { ...NORMALISED, category, feature, normalisation: { ...NORMALISED.normalisation, kind } },
        }),
      ),
    ),
  );
  const judged = OUTCOMES.map((outcome) =>
    reportContent({ findings: [{ id: 'QC-00', check: 'any', values: 'any', outcome }] }),
  );
  const lesionCodes = Object.values(CODES).filter(
    ({ CodingSchemeDesignator }) => CodingSchemeDesignator === 'SCT',
  );
  const drawn = lesionCodes.map((code) =>
    reportContent({ followUp: { ...followUp, region: { ...followUp.region, typeCodes: [code] } } }),
  );
  const { measurement } = followUp;
  const bare = reportContent({
    settings: { ...EAR_2023, binCount: null, resampledPixelSpacing: null },
    followUp: { ...followUp, measurement: { ...measurement, features: {} } },
  });
  return [...scored, ...judged, ...drawn, bare, ...Object.values(reportCases())];
}

/** Undefined where the slot does not belong: a time point slot outside of its repeat says so by a fault. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** A context, and those of every repeat below it, to the depth to which templates nest them. */
function* within(context: SlotContext, depth: number): Generator<SlotContext> {
  yield context;
  if (depth === 0) return;
  for (const repeat of Object.values(REPEATS))
    for (const element of attempt(() => repeat(context)) ?? []) yield* within(element, depth - 1);
}

const contexts: readonly SlotContext[] = variations().flatMap((content) => [...within({ content }, 2)]);

type ValueSet = Readonly<{ codes: readonly Code[]; more: string | undefined }>;

function valueSet(slot: string): ValueSet {
  const codes: Code[] = [];
  for (const context of slot in CODE_SLOTS ? contexts : []) {
    const code = attempt(() => CODE_SLOTS[slot as CodeSlot](context));
    if (code && !codes.some((known) => sameCode(known, code))) codes.push(code);
  }
  codes.sort((a, b) => (a.CodeValue < b.CodeValue ? -1 : 1));
  return { codes, more: OPEN[slot] };
}

type AnySlot = (context: SlotContext) => unknown;

function isEverEmpty(slot: string): boolean {
  const tables: readonly Readonly<Record<string, AnySlot>>[] = Object.values(SLOTS_OF);
  const ask = tables.map((table) => table[slot]).find((found) => found !== undefined);
  if (!ask) return true;
  const answers = contexts.map((context) => attempt(() => [ask(context)]));
  return answers.some((answer) => answer !== undefined && answer[0] === undefined);
}

/** Asked once: every answer takes all reports. */
function remembered<T>(ask: (slot: string) => T): (slot: string) => T {
  const answers = new Map<string, T>();
  return (slot) => {
    const answer = answers.get(slot) ?? ask(slot);
    answers.set(slot, answer);
    return answer;
  };
}

/** The codes in a fixed order, and what else may come. */
export const valueSetOf = remembered(valueSet);

/** Whether a slot, where it belongs, gives nothing in one of these reports. */
export const mayBeEmpty = remembered(isEverEmpty);
