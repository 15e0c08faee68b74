import { asFault, type FaultCode } from '../fault.ts';
import type { FileMeasurement, Measurement } from '../radiomics/measurement.ts';
import { spreadOf } from '../radiomics/perturb.ts';
import { ENGINE } from '../radiomics/recipe.ts';
import { VERSION } from '../startup/version.ts';
import { writeWhole } from '../startup/whole-files.ts';
import { csvLine } from '../tables/csv.ts';
import type { ExtractCase, ExtractOptions } from './extract-request.ts';
import { writing } from './writing.ts';

/** What came of one case: features and where they come from, or the fault. */
export type Outcome = Readonly<{
  case: ExtractCase;
  features: Readonly<Record<string, number | null>>;
  diagnostics: Readonly<Record<string, unknown>>;
  fault?: Readonly<{ code: FaultCode; detail: string }>;
}>;

const MIB = 1024;

export function measuredOutcome(
  each: ExtractCase,
  measured: Measurement | FileMeasurement,
  { settings, repeat, isStabilityWanted }: ExtractOptions,
): Outcome {
  const { features, perturbed, seconds, resampled, grid, ...facts } = measured;
  const { undefinedBecause, recipeDigest, pixelPath, imageDigest, maskDigest, refinedVoxels, roi } = facts;
  const stability = Object.fromEntries(
    Object.entries(perturbed).map(([name, values]) => [
      name,
      { ...spreadOf(features[name] ?? null, values), values },
    ]),
  );
  return {
    case: each,
    features,
    diagnostics: {
      version: VERSION,
      engine: ENGINE,
      recipeDigest,
      pixelPath,
      settings,
      loadSeconds: seconds.load,
      extractionSeconds: seconds.extraction,
      coldExtractionSeconds: seconds.cold,
      repeat,
      // maxRSS is in KiB: of the whole process, which several cases share
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / MIB),
      grid,
      roi,
      resampled,
      refinedVoxels,
      imageDigest,
      maskDigest,
      ...('findings' in facts ? { findings: facts.findings, geometry: facts.geometry } : {}),
      undefinedBecause,
      ...(isStabilityWanted ? { stability } : {}),
    },
  };
}

export function failed(each: ExtractCase, thrown: unknown): Outcome {
  const { code, detail } = asFault(thrown);
  return { case: each, features: {}, diagnostics: {}, fault: { code, detail } };
}

export function oneJson({ features, diagnostics }: Outcome): string {
  return `${JSON.stringify({ features, diagnostics }, null, 2)}\n`;
}

export function tableJson(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ case: { columns }, features, diagnostics, fault }) =>
    fault ? { ...columns, fault } : { ...columns, features, diagnostics },
  );
  return `${JSON.stringify(rows, null, 2)}\n`;
}

type Columns = Pick<ExtractOptions, 'features' | 'isStabilityWanted'>;

const SPREAD = ['minimum', 'maximum', 'standardDeviation'] as const;
type Spreads = Readonly<Record<string, Partial<Record<(typeof SPREAD)[number], number | null>>>>;

/**
 * One row a case: its own columns in their order, what the numbers depend on, the fault if any, the features and, if asked for,
 * their spread under perturbed masks; an undefined feature is an empty cell.
 */
export function table(outcomes: readonly Outcome[], { features, isStabilityWanted }: Columns): string {
  const own = [...new Set(outcomes.flatMap((outcome) => Object.keys(columnsOf(outcome.case))))];
  const spreads = isStabilityWanted
    ? features.flatMap((name) => SPREAD.map((of) => [name, of] as const))
    : [];
  const header = [
    ...own,
    'diagnostics_RecipeDigest',
    'diagnostics_Fault',
    ...features,
    ...spreads.map(([name, of]) => `${name}_${of}`),
  ];
  const rows = outcomes.map(({ case: each, features: values, diagnostics, fault }) => {
    const stability = (diagnostics['stability'] ?? {}) as Spreads;
    return [
      ...own.map((name) => columnsOf(each)[name] ?? ''),
      String(diagnostics['recipeDigest'] ?? ''),
      fault ? `${fault.code}: ${fault.detail}` : '',
      ...features.map((name) => String(values[name] ?? '')),
      ...spreads.map(([name, of]) => String(stability[name]?.[of] ?? '')),
    ];
  });
  return [header, ...rows].map(csvLine).join('');
}

/** Of a table the columns as they came, else image and mask. */
const columnsOf = ({ image, mask, columns }: ExtractCase): Readonly<Record<string, string>> =>
  'Image' in columns ? columns : { Image: image, Mask: mask };

/** To standard output, or to a file, whole or not at all. Faults: OUTPUT_FAILED. */
export function emit(text: string, out: string | undefined): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writing(() => writeWhole(out, text));
}
