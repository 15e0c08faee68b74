/** What would become of one DICOM file, were it sent: nothing is kept. */
import type { Header } from '../dicom/header.ts';
import { readFileMeta } from '../dicom/parse-part10.ts';
import { sopClass, transferSyntaxesFor } from '../dicom/sop-class.ts';
import { transferSyntax } from '../dicom/transfer-syntax.ts';
import { type ExplainedRule, explainEligibility } from '../eligibility/explain.ts';
import { maskFacts } from '../eligibility/facts.ts';
import { factsOfHeader } from '../eligibility/known-facts.ts';
import { asFault, Fault } from '../fault.ts';
import { explainRegions, type RegionVerdict } from '../masks/explain-roi.ts';
import type { MaskDescription } from '../masks/region.ts';
import { disqualification } from '../matching/series.ts';
import { isQuickOn } from '../rules/rule-limits.ts';
import type { DryRunRules } from './dry-run-study.ts';
import { requirePatient } from './receive.ts';

export type DryRunFileNeeds = Readonly<{
  /** Both in a thread that may be ended: the file is hostile. */
  readHeader(bytes: Uint8Array, signal: AbortSignal): Promise<Header>;
  describeMask(bytes: Uint8Array, signal: AbortSignal): Promise<MaskDescription>;
}>;

type DryRunFile = Readonly<{
  /** names of ours; null: none that we know */
  sopClass: string | null;
  transferSyntax: string | null;
  role: 'image' | 'mask' | 'report' | 'other' | null;
  /** kept: stored and used; ignored: answered with success and dropped; refused: answered with an error */
  outcome: 'kept' | 'ignored' | 'refused';
  /** why it is not kept */
  problems: readonly Readonly<{ code: string; text: string }>[];
  /** attributes without which it cannot be measured */
  missing: readonly string[];
  /** why its header alone rules the series out as a baseline; null: nothing does */
  seriesRuledOut: string | null;
  /** of rules about one time point, as far as this object decides them */
  eligibility: readonly ExplainedRule[];
  /** null: it is no mask that can be read */
  regions: readonly RegionVerdict[] | null;
}>;

/** As large as a slice or a mask is: to take it from the text of a request keeps associations waiting. */
export const MAX_DROPPED_BYTES = 64 * 1024 * 1024;
const MOST_REGIONS_SHOWN = 1000;

/** Never a Fault of the file: what is wrong with it is the answer. Faults: INPUT_INVALID for what is too large to be tried. */
export async function dryRunFile(
  needs: DryRunFileNeeds,
  bytes: Uint8Array,
  rules: Pick<DryRunRules, 'eligibility' | 'roi'>,
  signal: AbortSignal,
): Promise<DryRunFile> {
  if (bytes.length > MAX_DROPPED_BYTES) throw new Fault('INPUT_INVALID', 'the file has more than 64 MiB');
  const syntax = transferSyntaxIn(bytes);
  let header: Header;
  try {
    header = await needs.readHeader(bytes, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { ...UNREADABLE, transferSyntax: transferSyntax(syntax)?.name ?? null, problems: [told(thrown)] };
  }
  const known = sopClass(header.SOPClassUID);
  const about = {
    sopClass: known?.name ?? null,
    transferSyntax: transferSyntax(syntax)?.name ?? null,
    role: known?.role ?? null,
  };
  const problems = problemsOf(header, syntax);
  if (problems.length > 0) return { ...UNREADABLE, ...about, problems };
  if (known?.action !== 'keep') return { ...UNREADABLE, ...about, outcome: 'ignored' };
  const kept = { ...UNREADABLE, ...about, outcome: 'kept' } as const;
  if (known.role === 'mask') return maskOf(needs, bytes, { header, kept, rules }, signal);
  return {
    ...kept,
    missing: missingOf(header),
    seriesRuledOut: disqualification({ header }) ?? null,
    eligibility: decided(explainEligibility(rules.eligibility.value, factsOfHeader(header))),
  };
}

const UNREADABLE: DryRunFile = {
  sopClass: null,
  transferSyntax: null,
  role: null,
  outcome: 'refused',
  problems: [],
  missing: [],
  seriesRuledOut: null,
  eligibility: [],
  regions: null,
};

/** Sentence of ours and detail without the file's own text. */
function told(thrown: unknown): DryRunFile['problems'][number] {
  const { code, message } = asFault(thrown);
  return { code, text: message };
}

/** The file meta information of a file that is none of an attacker's has some hundred bytes. */
const MAX_META_BYTES = 256 * 1024;

function transferSyntaxIn(bytes: Uint8Array): string {
  try {
    return readFileMeta(bytes.subarray(0, MAX_META_BYTES))?.TransferSyntaxUID ?? '';
  } catch {
    return '';
  }
}

/** What the listener would answer with an error, in the order in which it looks. */
function problemsOf(header: Header, syntax: string): DryRunFile['problems'] {
  const accepted = transferSyntaxesFor(header.SOPClassUID);
  if (accepted.length === 0) return [told(new Fault('SOP_CLASS_UNSUPPORTED'))];
  if (!accepted.includes(syntax)) return [told(new Fault('TRANSFER_SYNTAX_UNSUPPORTED'))];
  if (sopClass(header.SOPClassUID)?.action !== 'keep') return [];
  try {
    requirePatient(header);
    return [];
  } catch (thrown) {
    return [told(thrown)];
  }
}

async function maskOf(
  { describeMask }: DryRunFileNeeds,
  bytes: Uint8Array,
  given: Readonly<{ header: Header; kept: DryRunFile; rules: Pick<DryRunRules, 'eligibility' | 'roi'> }>,
  signal: AbortSignal,
): Promise<DryRunFile> {
  const { header, kept, rules } = given;
  try {
    const mask = await describeMask(bytes, signal);
    const roi = rules.roi.value;
    const regions = mask.regions.slice(0, MOST_REGIONS_SHOWN);
    const isQuick = isQuickOn(
      roi,
      regions.map(({ name }) => name),
    );
    if (!isQuick) throw new Fault('INPUT_INVALID', 'the patterns would take too long on these names');
    return {
      ...kept,
      regions: explainRegions(regions, roi),
      eligibility: decided(
        explainEligibility(rules.eligibility.value, { followUp: maskFacts(header, mask) }),
      ),
    };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    // It would be kept, and its case be held for it.
    return { ...kept, problems: [told(thrown)] };
  }
}

/** Rules that something is said about. */
const decided = (rules: readonly ExplainedRule[]): ExplainedRule[] =>
  rules.filter(({ clauses }) => clauses.some(({ answer }) => answer !== 'notMeasured'));

const NEEDED = [
  'ImagePositionPatient',
  'ImageOrientationPatient',
  'PixelSpacing',
  'Rows',
  'Columns',
  'BitsAllocated',
  'RescaleSlope',
  'RescaleIntercept',
] as const satisfies readonly (keyof Header)[];
/** Multi-frame images have the rest in their frames. */
const NEEDED_OF_ALL: ReadonlySet<string> = new Set(['Rows', 'Columns', 'BitsAllocated']);

const missingOf = (header: Header): string[] =>
  NEEDED.filter((keyword) => header.NumberOfFrames === undefined || NEEDED_OF_ALL.has(keyword)).filter(
    (keyword) => header[keyword] === undefined,
  );
