/** A catalogue full of cases in every state, from a seed: rows as the service writes them, without its work. */
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Reason, StudyRow } from '../../src/catalogue/rows.ts';
import { digestOf } from '../../src/dicom/uid.ts';
import { type Random, seededRandom } from '../../src/model/random.ts';
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';
import type { StudyState } from '../../src/study/lifecycle.ts';

/** How many of a hundred cases are in a state, and why. */
const SHARES: readonly (readonly [StudyState, number, readonly string[]])[] = [
  ['delivered', 62, []],
  ['notEligible', 14, ['FETCHED_AS_PRIOR', 'IS_BASELINE', 'NOT_ENROLLED', 'NO_CT']],
  ['waitingForMask', 8, ['MASK_MISSING']],
  ['waitingForBaseline', 5, ['BASELINE_MISSING', 'PRIOR_NOT_FOUND']],
  ['held', 5, ['OUT_OF_SCOPE', 'BASELINE_AMBIGUOUS', 'IDENTITY_CONFLICT', 'SERIES_INCOMPLETE']],
  ['deliveryFailed', 2, ['PEER_REFUSED', 'PEER_UNREACHABLE']],
  ['reported', 1, ['NODE_OFF']],
  ['delivering', 1, []],
  ['failed', 1, ['WORKER_DIED']],
  ['receiving', 1, []],
];
const NODES = ['pacs', 'archive', 'tumour-board'] as const;
const SENDERS = ['SCANNER_1', 'SCANNER_2', 'ROUTER'] as const;
const DAY_MS = 86_400_000;

export type Seeded = Readonly<{
  study: Pick<StudyRow, 'StudyInstanceUID' | 'PatientID' | 'StudyDate' | 'state' | 'reasons'> &
    Readonly<{ stateChangedAt: number; lastReceivedAt: number }>;
  sender: string;
  images: number;
  destinations: readonly string[];
  annotators: readonly string[];
  delta: number | null;
}>;

const pick = <T>(random: Random, from: readonly T[]): T => from[random.index(from.length)] as T;

function stateOf(random: Random): { state: StudyState; codes: readonly string[] } {
  let at = random.uniform() * 100;
  for (const [state, share, codes] of SHARES) {
    at -= share;
    if (at < 0) return { state, codes };
  }
  return { state: 'delivered', codes: [] };
}

const uidOf = (number: number, part = 0): string => `2.25.${700_000_000 + number}.${part}`;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

function caseOf(random: Random, number: number, now: number, imagesEach: number): Seeded {
  const { state, codes } = stateOf(random);
  const stateChangedAt = now - Math.floor(random.uniform() * 90 * DAY_MS);
  const lastReceivedAt = stateChangedAt - Math.floor(random.uniform() * 3_600_000);
  const reasons: Reason[] = codes.length === 0 ? [] : [reasonOf(pick(random, codes))];
  if (reasons.length > 0 && random.uniform() < 0.1) reasons.push(reasonOf('COMPANION_MISSING'));
  const isScored = ['delivered', 'deliveryFailed', 'reported', 'delivering'].includes(state);
  const patient = Math.floor(number / 2);
  return {
    study: {
      StudyInstanceUID: uidOf(number),
      PatientID: random.uniform() < 0.01 ? `EARSHOT-TEST-${patient}` : `P${String(patient).padStart(7, '0')}`,
      StudyDate: random.uniform() < 0.01 ? '' : dayOf(lastReceivedAt),
      state,
      reasons,
      stateChangedAt,
      lastReceivedAt,
    },
    sender: pick(random, SENDERS),
    images: Math.max(1, Math.round(imagesEach * (0.5 + random.uniform()))),
    destinations: isScored ? NODES.slice(0, 1 + random.index(3)) : [],
    annotators: state === 'waitingForMask' && random.uniform() < 0.7 ? ['contouring'] : [],
    delta: isScored ? random.normal() : null,
  };
}

/** A text that could be mistaken for another reason. */
const reasonOf = (code: string): Reason => ({
  code,
  text: `Because "code":"NO_CT" says so: ${code.toLowerCase()}.`,
});

const insert = (table: string, row: Readonly<Record<string, SqlValue>>): Statement => ({
  text: `INSERT INTO "${table}" (${Object.keys(row)
    .map((column) => `"${column}"`)
    .join(', ')}) VALUES (${Object.keys(row)
    .map((_, at) => `$${at + 1}`)
    .join(', ')})`,
  values: Object.values(row),
});

function studyRows({ study, sender, images }: Seeded, catalogue: Catalogue): Statement[] {
  const { StudyInstanceUID, state, reasons, lastReceivedAt } = study;
  const decision = JSON.stringify({
    baseline: uidOf(0),
    baselineBecause: 'Baseline by rule earliest-with-mask: it is the earliest study with a mask.',
    baselineRejected: Array.from({ length: 4 }, (_, at) => ({
      StudyInstanceUID: uidOf(at),
      because: 'It is later than another study with a mask.',
    })),
  });
  const rows: Statement[] = [
    insert('study', {
      ...study,
      IssuerOfPatientID: '',
      PatientBirthDate: '19600101',
      PatientSex: 'F',
      StudyTime: '101500',
      reasons: JSON.stringify(reasons),
      decision,
      identityConflict: 0,
      firstReceivedAt: lastReceivedAt - 60_000,
      attempts: 0,
    }),
    insert('series', {
      SeriesInstanceUID: `${StudyInstanceUID}.1`,
      StudyInstanceUID,
      role: 'image',
      header: '{}',
    }),
    ...['receiving', 'complete', state].map((each) =>
      catalogue.event(StudyInstanceUID, `state.${each}`, { reasons }),
    ),
  ];
  for (let at = 0; at <= images; at++) {
    const isMask = at === images;
    rows.push(
      insert('instance', {
        SOPInstanceUID: `${StudyInstanceUID}.1.${at}`,
        SOPClassUID: isMask ? '1.2.840.10008.5.1.4.1.1.481.3' : '1.2.840.10008.5.1.4.1.1.2',
        SeriesInstanceUID: `${StudyInstanceUID}.1`,
        StudyInstanceUID,
        TransferSyntaxUID: '1.2.840.10008.1.2.1',
        role: isMask ? 'mask' : 'image',
        file: `instances/${StudyInstanceUID}/${at}.dcm`,
        digest: `${at}`.padStart(64, '0'),
        bytes: 525_000,
        receivedAt: lastReceivedAt - images + at,
        receivedFrom: sender,
      }),
    );
  }
  return rows;
}

const DELIVERY_STATE: Readonly<Partial<Record<StudyState, string>>> = {
  deliveryFailed: 'gaveUp',
  reported: 'waiting',
  delivering: 'taken',
};

function reportRows({ study, destinations, delta }: Seeded, now: number): Statement[] {
  const { StudyInstanceUID, state, stateChangedAt } = study;
  if (delta === null) return [];
  const findings = Array.from({ length: 20 }, (_, at) => ({
    id: `QC-${at}`,
    check: 'slice thickness',
    values: 'baseline 3.0 mm, follow-up 3.0 mm',
    outcome: 'pass',
  }));
  const score = {
    delta,
    probability: 1 / (1 + Math.exp(-delta)),
    category: delta > 0 ? 'positive' : 'negative',
  };
  const reports = [stateChangedAt - 1000, stateChangedAt].map((createdAt, at) =>
    insert('report', {
      SOPInstanceUID: `${StudyInstanceUID}.9.${at}`,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      SeriesInstanceUID: `${StudyInstanceUID}.9`,
      StudyInstanceUID,
      file: `reports/${StudyInstanceUID}/${at}.dcm`,
      digest: '0'.repeat(64),
      inputs: '0'.repeat(64),
      // the one before said something else
      result: JSON.stringify({
        outcome: 'scored',
        score: { ...score, delta: at === 0 ? 99 : delta },
        findings,
      }),
      ContentDate: '20260101',
      createdAt,
    }),
  );
  const sent = destinations.map((destination) =>
    insert('delivery', {
      SOPInstanceUID: `${StudyInstanceUID}.9.1`,
      destination,
      StudyInstanceUID,
      state: DELIVERY_STATE[state] ?? 'delivered',
      attempts: 1,
      refusals: 0,
      nextAttemptAt: now + 60_000,
      status: 0,
      comment: null,
      fault: null,
      warning: 0,
      updatedAt: stateChangedAt,
    }),
  );
  return [...reports, ...sent];
}

function waitRows({ study, annotators }: Seeded, now: number): Statement[] {
  const { StudyInstanceUID, state, stateChangedAt } = study;
  const fetch = insert('fetch', {
    StudyInstanceUID,
    attempts: 0,
    firstAskedAt: stateChangedAt,
    startedAt: null,
    answeredAt: stateChangedAt,
    nextAttemptAt: now + 3_600_000,
    reasons: '[]',
  });
  const requests = annotators.map((annotator) =>
    insert('maskRequest', {
      StudyInstanceUID,
      annotator,
      objects: 'o',
      state: 'sent',
      attempts: 1,
      nextAttemptAt: stateChangedAt,
      requestedAt: stateChangedAt,
      sentAt: stateChangedAt + 5000,
      fault: null,
    }),
  );
  return [...(state.startsWith('waiting') ? [fetch] : []), ...requests];
}

/** All rows of one case. */
export const rowsOfCase = (each: Seeded, catalogue: Catalogue, now: number): Statement[] => [
  ...studyRows(each, catalogue),
  ...reportRows(each, now),
  ...waitRows(each, now),
];

/** So many cases, two a patient; `imagesEach`: half to one and a half of it. What was written is the answer. */
export async function seedCatalogue(
  { sql, catalogue }: Readonly<{ sql: Sql; catalogue: Catalogue }>,
  { cases, imagesEach, now }: Readonly<{ cases: number; imagesEach: number; now: Date }>,
): Promise<readonly Seeded[]> {
  const random = seededRandom(digestOf('a worklist'));
  const time = now.getTime();
  const seeded = Array.from({ length: cases }, (_, number) => caseOf(random, number, time, imagesEach));
  for (let at = 0; at < cases; at += 100) {
    const some = seeded.slice(at, at + 100);
    await sql.batch(
      some.flatMap((each) => [
        ...studyRows(each, catalogue),
        ...reportRows(each, time),
        ...waitRows(each, time),
      ]),
    );
  }
  return seeded;
}
