import type { DiskFact, Facts, FailingDelivery, HeldCase, NodeFailures } from './facts.ts';
import { groupedBy } from './grouped-by.ts';
import { type Matter, matter } from './matter.ts';
import type { MatterKind, Thresholds } from './settings.ts';

const MINUTE_MS = 60_000;
const GIB = 2 ** 30;
/** A disk that will be full so soon is told of; it is over when it lasts two days longer. */
const FULL_WITHIN_DAYS = 7;
const FULL_AFTER_DAYS = 9;
/** Free space must grow so far above the threshold before the matter is over: it swings with every study. */
const ENOUGH_FACTOR = 1.1;
/** The peer did not answer at all, or not in DICOM: what its deliveries say of the node. */
const SILENT = new Set(['PEER_UNREACHABLE', 'PEER_TIMEOUT', 'PEER_TLS', 'PEER_REJECTED', 'PEER_PROTOCOL']);

export type Matters = Readonly<{
  matters: readonly Matter[];
  /** kinds of which nothing is known now: what stands goes on standing */
  unknown: ReadonlySet<MatterKind>;
}>;

/** What a person should know of now. `standing`: ids of what stood a moment ago; what stands ends a little later than it begins. */
export function mattersOf(facts: Facts, thresholds: Thresholds, standing: ReadonlySet<string>): Matters {
  const { held, deliveries, disk, nodes, drift, now } = facts;
  const found: Record<MatterKind, readonly Matter[] | undefined> = {
    caseHeld: held && heldMatters(held, thresholds, now, standing),
    deliveryFailing: deliveries && deliveryMatters(deliveries, thresholds, standing),
    disk: disk && diskMatters(disk, thresholds, now, standing),
    nodeDown: nodes && deliveries && nodeMatters(nodes, deliveries, thresholds),
    drift: drift && driftMatters(drift),
  };
  const kinds = Object.keys(found) as MatterKind[];
  return {
    matters: kinds.flatMap((kind) => found[kind] ?? []),
    unknown: new Set(kinds.filter((kind) => found[kind] === undefined)),
  };
}

/** A case that is looked at again stays the same matter, however short it has been held again. */
const heldMatters = (
  held: readonly HeldCase[],
  { heldMinutes }: Thresholds,
  now: Date,
  standing: ReadonlySet<string>,
): Matter[] =>
  held
    .map(({ StudyInstanceUID, since, codes }) =>
      matter('caseHeld', StudyInstanceUID, since, { codes: codes.slice(0, 5).join(' ') }),
    )
    .filter(
      ({ id, since }) => standing.has(id) || now.getTime() - since.getTime() >= heldMinutes * MINUTE_MS,
    );

/** One matter a destination, however many reports wait for it; one a case of what was given up: somebody must act. */
function deliveryMatters(
  deliveries: readonly FailingDelivery[],
  { deliveryAttempts }: Thresholds,
  standing: ReadonlySet<string>,
): Matter[] {
  const waiting = groupedBy(
    deliveries.filter(({ hasGivenUp }) => !hasGivenUp),
    ({ destination }) => destination,
  );
  const failing = [...waiting].flatMap(([destination, rows]) => {
    const attempts = Math.max(...rows.map((row) => row.attempts));
    const id = `deliveryFailing ${destination}`;
    if (attempts < deliveryAttempts && !standing.has(id)) return [];
    const fault = rows.find((row) => row.attempts === attempts)?.fault ?? null;
    const detail = { destination, waiting: rows.length, attempts, fault, hasGivenUp: false };
    return [matter('deliveryFailing', destination, earliest(rows), detail)];
  });
  const givenUp = groupedBy(
    deliveries.filter(({ hasGivenUp }) => hasGivenUp),
    ({ destination, StudyInstanceUID }) => `${destination} ${StudyInstanceUID}`,
  );
  return [
    ...failing,
    ...[...givenUp].flatMap(([what, rows]) => {
      const [first] = rows;
      if (!first) return [];
      const { destination, StudyInstanceUID, attempts, fault } = first;
      const detail = { destination, waiting: rows.length, attempts, fault, hasGivenUp: true };
      return [matter('deliveryFailing', StudyInstanceUID, earliest(rows), detail, what)];
    }),
  ];
}

function diskMatters(
  { freeBytes, fullInDays }: DiskFact,
  { diskFreeGiB }: Thresholds,
  now: Date,
  standing: ReadonlySet<string>,
): Matter[] {
  const detail = { freeGiB: freeBytes / GIB, fullInDays, thresholdGiB: diskFreeGiB };
  const low = matter('disk', 'low', now, detail);
  const filling = matter('disk', 'filling', now, detail);
  const isLow = freeBytes < diskFreeGiB * GIB * (standing.has(low.id) ? ENOUGH_FACTOR : 1);
  const limit = standing.has(filling.id) ? FULL_AFTER_DAYS : FULL_WITHIN_DAYS;
  // A disk that is low is told of as such alone; what was foretold is not over by it.
  const isFilling = isLow ? standing.has(filling.id) : fullInDays !== null && fullInDays < limit;
  return [...(isLow ? [low] : []), ...(isFilling ? [filling] : [])];
}

/** By its checks, or by deliveries that it does not answer. */
function nodeMatters(
  nodes: readonly NodeFailures[],
  deliveries: readonly FailingDelivery[],
  { nodeFailures }: Thresholds,
): Matter[] {
  const found = new Map<string, Matter>();
  for (const { destination, attempts, hasGivenUp, since, fault } of deliveries) {
    if (hasGivenUp || attempts < nodeFailures || !SILENT.has(fault ?? '')) continue;
    const before = found.get(destination);
    if (before && Number(before.detail['failures']) >= attempts) continue;
    const detail = { failures: attempts, fault, of: 'deliveries' };
    found.set(destination, matter('nodeDown', destination, since, detail));
  }
  for (const { node, failures, lastText, since } of nodes) {
    if (failures < nodeFailures) continue;
    // Of what a peer says only our own code of it goes on: its words may hold anything.
    const fault = /^[A-Z][A-Z_]{2,39}(?=$|[: ])/.exec(lastText)?.[0] ?? null;
    found.set(node, matter('nodeDown', node, since, { failures, fault, of: 'checks' }));
  }
  return [...found.values()];
}

const driftMatters = ({ verdict }: NonNullable<Facts['drift']>): Matter[] =>
  verdict ? [matter('drift', 'model', verdict.since, { text: verdict.text })] : [];

const earliest = (rows: readonly Readonly<{ since: Date }>[]): Date =>
  new Date(Math.min(...rows.map(({ since }) => since.getTime())));
