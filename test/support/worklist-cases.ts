/** Sixteen phantom cases in states that stay as they are, as a worklist of a Monday morning shows them. */
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { StudyState } from '../../src/study/lifecycle.ts';
import { REASON_CODES, type ReasonCode } from '../../src/study/reasons.ts';
import { rowsOfCase, type Seeded } from './seeded-catalogue.ts';

const HOUR_MS = 3_600_000;
const HOSTILE = '<script>alert(1)</script>\u202eevil\u0007';

type Line = readonly [
  state: StudyState,
  hours: number,
  code: ReasonCode | 'PEER_UNREACHABLE' | null,
  delta: number | null,
  PatientID?: string,
];
const LINES: readonly Line[] = [
  ['held', 3, 'IDENTITY_CONFLICT', null],
  ['held', 26, 'OUT_OF_SCOPE', null],
  ['held', 50, 'BASELINE_CHANGED', 0.41],
  ['failed', 7, 'SERIES_INCOMPLETE', null],
  ['deliveryFailed', 12, 'PEER_UNREACHABLE', 0.93],
  ['waitingForMask', 5, 'MASK_MISSING', null],
  ['waitingForMask', 71, 'MASK_MISSING', null],
  ['waitingForBaseline', 30, 'BASELINE_MISSING', null],
  ['notEligible', 120, 'IS_BASELINE', null],
  ['notEligible', 96, 'NOT_ENROLLED', null],
  ['delivered', 4, null, 1.12],
  ['delivered', 6, null, -0.35],
  ['delivered', 9, null, 0.02],
  ['delivered', 28, null, -1.4],
  ['delivered', 52, 'COMPANION_MISSING', 0.7],
  ['held', 1, 'LESION_UNMATCHED', null],
];

const textOf = (code: string): string =>
  code in REASON_CODES ? REASON_CODES[code as ReasonCode] : 'tumour-board did not answer for 12 hours.';

function caseOf([state, hours, code, delta, PatientID]: Line, index: number, now: number): Seeded {
  const stateChangedAt = now - hours * HOUR_MS;
  const day = new Date(stateChangedAt).toISOString().slice(0, 10).replaceAll('-', '');
  const reasons = code === null ? [] : [{ code, text: textOf(code) }];
  return {
    study: {
      StudyInstanceUID: `2.25.81000${index}`,
      PatientID: PatientID ?? `PHANTOM-${String(index + 1).padStart(4, '0')}`,
      StudyDate: day,
      state,
      reasons,
      stateChangedAt,
      lastReceivedAt: stateChangedAt - 60_000,
    },
    sender: 'SCANNER_1',
    images: 3,
    destinations: delta === null ? [] : ['pacs', 'tumour-board'],
    annotators: state === 'waitingForMask' ? ['contouring'] : [],
    delta,
  };
}

/** One more, whose Patient ID and reason mean no good. */
export function seedHostile(catalogue: Catalogue): Promise<boolean> {
  const now = Date.now();
  const { study, ...others } = caseOf(['held', 1, 'LESION_UNMATCHED', null, HOSTILE], 99, now);
  const reasons = [{ code: 'LESION_UNMATCHED', text: `<img src=x onerror=alert(2)>${'x'.repeat(65_536)}` }];
  return catalogue.sql.batch(rowsOfCase({ ...others, study: { ...study, reasons } }, catalogue, now));
}

/** Into the catalogue of a service that runs. */
export async function seedWorklist(catalogue: Catalogue): Promise<void> {
  const now = Date.now();
  for (const [index, line] of LINES.entries()) {
    await catalogue.sql.batch(rowsOfCase(caseOf(line, index, now), catalogue, now));
  }
  // One delivery that is tried again later, and within the longest pause: else it would be due at once.
  await catalogue.sql.query(
    `UPDATE "delivery" SET "state" = 'waiting', "attempts" = 4, "nextAttemptAt" = $1 WHERE "destination" = 'pacs' AND "StudyInstanceUID" = $2`,
    [now + 4 * 60_000, '2.25.810004'],
  );
}
