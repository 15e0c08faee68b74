/** How the features of a patient changed since an earlier time point. */
import { Fault } from '../../fault.ts';
import type { DEFINITIONS, REFERENCES } from '../../model/fitted-model.ts';
import { grouped } from '../../model/grouped.ts';
import {
  columnOf,
  type FeatureTable,
  type TableRow,
  withFeatures,
  withRows,
} from '../table/feature-table.ts';
import { cellFault, tableFault } from '../table/table-fault.ts';
import type { Exclusion } from './exclusions.ts';
import { daysBetween, timesOf } from './time-points.ts';

export type Change = Exclude<(typeof DEFINITIONS)[number], 'followUpAlone'>;
export type Reference = (typeof REFERENCES)[number];
/** One row a follow-up, with `days` since its reference; what has no delta stands in `excluded`. */
export type DeltaTable = FeatureTable &
  Readonly<{
    excluded: readonly Exclusion[];
    /** columns without a value in some row, where these are left out */
    undefinedColumns: readonly string[];
  }>;
/** What becomes of a column that has no relative change or log ratio in some row. */
type OnUndefined = 'refuse' | 'leaveOut';

const DAYS_PER_MONTH = 365.25 / 12;
const VOLUMES = ['original_shape_MeshVolume', 'original_shape_VoxelVolume'];

type Side = 'follow-ups' | 'baselines';
/** A row of one of the two tables; the baseline table counts as baseline whatever its visit says. */
type Point = Readonly<{ side: Side; i: number; row: TableRow }>;
type Pair = Readonly<{ followUp: Point; reference: Point; days: number | null }>;
type Tables = Readonly<Record<Side, FeatureTable>>;

/**
 * Follow-ups minus the reference of the same patient. `reference`: the baseline; the latest time point before; or, of those
 * before, the one with the smallest volume (nadir). `relativeChange`: (f - b) / |b|; `logRatio`: ln(f / b), of positive values only;
 * `changePerMonth`: a month is 365.25 / 12 days. A patient without a baseline, or a follow-up that is not after its reference,
 * is excluded. A change without a value is refused, or its column left out. Throws TABLE_INVALID with row and column, RECIPES_MIXED.
 */
export function deltasOf(
  followUps: FeatureTable,
  baselines: FeatureTable,
  definition: Change,
  reference: Reference,
  onUndefined: OnUndefined = 'refuse',
): DeltaTable {
  refuseOtherColumns(followUps, baselines);
  const tables: Tables = { 'follow-ups': followUps, baselines: withFeatures(baselines, followUps.features) };
  const recipeDigest = sameRecipe(followUps, baselines);
  const { pairs, excluded } = pair(tables, reference);
  if (definition === 'changePerMonth') refuseUndated(pairs);
  const n = pairs.length;
  const columns = followUps.features.flatMap((name, j) => {
    const sides = { 'follow-ups': columnOf(followUps, j), baselines: columnOf(tables.baselines, j) };
    const changes = pairs.map((each) => changeOf(each, sides, definition));
    const at = changes.findIndex((each) => !Number.isFinite(each));
    if (at < 0) return [{ name, changes }];
    if (onUndefined === 'refuse') throw noChange(pairs[at]!, sides, name, definition);
    return [];
  });
  const features = columns.map(({ name }) => name);
  const values = new Float64Array(features.length * n);
  columns.forEach(({ changes }, j) => {
    values.set(changes, j * n);
  });
  const isKept = new Set(features);
  return {
    rows: pairs.map(({ followUp, days }) => ({ ...followUp.row, days })),
    features,
    values,
    recipeDigest,
    notices: [...new Set([...followUps.notices, ...baselines.notices])],
    excluded,
    undefinedColumns: followUps.features.filter((name) => !isKept.has(name)),
  };
}

/** The same of one table whose column `visit` tells baselines from follow-ups. */
export function deltasWithin(
  table: FeatureTable,
  definition: Change,
  reference: Reference,
  onUndefined: OnUndefined = 'refuse',
): DeltaTable {
  const unknown = table.rows.find(({ visit }) => visit === null);
  if (unknown) throw cellFault(unknown.line, 'visit', 'is needed to tell baselines from follow-ups');
  const isBaseline = ({ visit }: TableRow) => visit === 'baseline';
  const followUps = withRows(table, (row) => !isBaseline(row));
  return deltasOf(followUps, withRows(table, isBaseline), definition, reference, onUndefined);
}

function refuseOtherColumns(followUps: FeatureTable, baselines: FeatureTable): void {
  const missing = (from: FeatureTable, to: FeatureTable) => {
    const there = new Set(to.features);
    return from.features.find((name) => !there.has(name));
  };
  const ofFollowUps = missing(followUps, baselines);
  const ofBaselines = missing(baselines, followUps);
  if (ofFollowUps !== undefined)
    throw tableFault(`column ${ofFollowUps.slice(0, 80)} is not in the table of the baselines`);
  if (ofBaselines !== undefined)
    throw tableFault(`column ${ofBaselines.slice(0, 80)} is not in the table of the follow-ups`);
}

function sameRecipe(followUps: FeatureTable, baselines: FeatureTable): string | null {
  const [one, other] = [followUps.recipeDigest, baselines.recipeDigest];
  if (one !== null && other !== null && one !== other)
    throw new Fault(
      'RECIPES_MIXED',
      'column diagnostics_RecipeDigest of the baselines differs from the follow-ups',
    );
  return one ?? other;
}

function pair(tables: Tables, reference: Reference): Readonly<{ pairs: Pair[]; excluded: Exclusion[] }> {
  const volumes = reference === 'nadir' ? volumesOf(tables) : undefined;
  const baselines = baselineByPatient(tables.baselines);
  const followUps = pointsOf(tables['follow-ups'], 'follow-ups');
  refuseSameVisit(followUps);
  const ofPatient = grouped([...baselines.values(), ...followUps], ({ row }) => row.patient);
  const times = reference === 'baseline' ? new Map<Point, number>() : allTimes([...ofPatient.values()]);
  const pairs: Pair[] = [];
  const excluded: Exclusion[] = [];
  for (const followUp of followUps) {
    const { line, caseName, patient } = followUp.row;
    const exclude = (reason: string, detail: string) =>
      excluded.push({ line, caseName, patient, reason, detail });
    const baseline = baselines.get(patient);
    if (baseline === undefined) {
      exclude('NO_BASELINE', 'The patient has no baseline.');
      continue;
    }
    const before = (ofPatient.get(patient) ?? []).filter((point) => times.get(point)! < times.get(followUp)!);
    const chosen = reference === 'baseline' ? baseline : pick(before, times, volumes);
    const days = chosen ? daysBetween(asBaseline(chosen), followUp.row) : null;
    if (chosen === undefined || (days !== null && days <= 0))
      exclude('NOT_AFTER_REFERENCE', 'The follow-up is not after its reference.');
    else pairs.push({ followUp, reference: chosen, days });
  }
  return { pairs, excluded };
}

function pointsOf({ rows }: FeatureTable, side: Side): Point[] {
  return rows.map((row, i) => {
    if (row.patient === '') throw cellFault(row.line, 'patient', 'is empty', side);
    return { side, i, row };
  });
}

const asBaseline = ({ side, row }: Point): TableRow =>
  side === 'baselines' ? { ...row, visit: 'baseline' } : row;

function baselineByPatient(table: FeatureTable): Map<string, Point> {
  const known = new Map<string, Point>();
  for (const point of pointsOf(table, 'baselines')) {
    const { line, patient, visit } = point.row;
    if (visit !== null && visit !== 'baseline') throw cellFault(line, 'visit', 'is no baseline', 'baselines');
    const before = known.get(patient);
    if (before)
      throw cellFault(line, 'patient', `the same patient as in row ${before.row.line}`, 'baselines');
    known.set(patient, point);
  }
  return known;
}

/** A patient has one FFT and one EAR. */
function refuseSameVisit(followUps: readonly Point[]): void {
  const known = new Map<string, number>();
  for (const { row } of followUps) {
    const { patient, visit, line } = row;
    if (visit === 'baseline') throw cellFault(line, 'visit', 'is a baseline', 'follow-ups');
    if (visit !== 'FFT' && visit !== 'EAR') continue;
    const key = JSON.stringify([patient, visit]);
    const before = known.get(key);
    if (before !== undefined)
      throw cellFault(line, 'visit', `the same patient and visit as in row ${before}`, 'follow-ups');
    known.set(key, line);
  }
}

function allTimes(patients: readonly (readonly Point[])[]): Map<Point, number> {
  const times = new Map<Point, number>();
  for (const points of patients) {
    const ofPatient = timesOf(points.map(asBaseline), 'follow-ups');
    points.forEach((point, i) => {
      times.set(point, ofPatient[i]!);
    });
  }
  return times;
}

type Volumes = Readonly<Record<Side, Float64Array>>;

function volumesOf(tables: Tables): Volumes {
  const { features } = tables['follow-ups'];
  const name = VOLUMES.find((each) => features.includes(each));
  if (name === undefined) throw tableFault(`the nadir needs a column ${VOLUMES.join(' or ')}`);
  const j = features.indexOf(name);
  return { 'follow-ups': columnOf(tables['follow-ups'], j), baselines: columnOf(tables.baselines, j) };
}

/** The latest; with volumes, the smallest, and of equal ones the first. */
function pick(
  before: readonly Point[],
  times: ReadonlyMap<Point, number>,
  volumes: Volumes | undefined,
): Point | undefined {
  const inTime = before.toSorted((a, b) => times.get(a)! - times.get(b)!);
  if (volumes === undefined) return inTime.at(-1);
  const volume = ({ side, i }: Point) => volumes[side][i]!;
  return inTime.toSorted((a, b) => volume(a) - volume(b))[0];
}

function refuseUndated(pairs: readonly Pair[]): void {
  const undated = pairs.find(({ days }) => days === null);
  if (undated)
    throw cellFault(
      undated.followUp.row.line,
      'date',
      'is needed for a change per month (or days)',
      'follow-ups',
    );
}

const valueAt = ({ side, i }: Point, columns: Volumes): number => columns[side][i]!;

/** Not finite where there is none. */
const changeOf = ({ followUp, reference, days }: Pair, columns: Volumes, definition: Change): number =>
  deltaOf(valueAt(followUp, columns), valueAt(reference, columns), definition, days);

/** Why there is none. */
function noChange(
  { followUp, reference }: Pair,
  columns: Volumes,
  column: string,
  definition: Change,
): Fault {
  const because = (point: Point, what: string) => cellFault(point.row.line, column, what, point.side);
  const [f, b] = [valueAt(followUp, columns), valueAt(reference, columns)];
  if (definition === 'relativeChange' && b === 0)
    return because(reference, 'is 0: a relative change has no value');
  if (definition === 'logRatio' && !(f > 0 && b > 0))
    return because(b > 0 ? followUp : reference, 'is not positive: a log ratio has no value');
  return because(followUp, 'the change is beyond the range of numbers');
}

function deltaOf(f: number, b: number, definition: Change, days: number | null): number {
  switch (definition) {
    case 'followUpMinusBaseline':
      return f - b;
    case 'relativeChange':
      return (f - b) / Math.abs(b);
    case 'logRatio':
      return f > 0 && b > 0 ? Math.log(f / b) : Number.NaN;
    case 'changePerMonth':
      return ((f - b) * DAYS_PER_MONTH) / days!;
  }
}
