/** Which cases a page of the worklist shows, as SQL. */
import type { SqlValue } from '../ports.ts';
import type { StudyState } from '../study/lifecycle.ts';
import { OF_NO_TEST_PATIENT } from './test-patients.ts';

export const WORKLIST_SORTS = ['oldest', 'newest', 'received', 'studyDate', 'patient'] as const;
export type WorklistSort = (typeof WORKLIST_SORTS)[number];

export type WorklistFilter = Readonly<{
  /** none: every state */
  states?: readonly StudyState[] | undefined;
  /** code of a reason that the case has */
  reason?: string | undefined;
  /** names that a node goes by: its name, its AE title. A case has to do with it when it sent, is asked, or is to get something. */
  node?: readonly string[] | undefined;
  /** beginning of a Patient ID, or a whole StudyInstanceUID */
  text?: string | undefined;
  /** StudyDate, YYYYMMDD, both included */
  from?: string | undefined;
  to?: string | undefined;
  /** default true */
  hideTestPatients?: boolean | undefined;
}>;

/** The last case of the page before: its place in the order; by patient its place is looked up, so that no Patient ID is in a URL. */
export type Cursor = Readonly<{ value: number | string | undefined; StudyInstanceUID: string }>;

type Order = Readonly<{ column: string; direction: 'ASC' | 'DESC' }>;
const ORDERS: Readonly<Record<WorklistSort, Order>> = {
  oldest: { column: 'stateChangedAt', direction: 'ASC' },
  newest: { column: 'stateChangedAt', direction: 'DESC' },
  received: { column: 'lastReceivedAt', direction: 'DESC' },
  studyDate: { column: 'StudyDate', direction: 'DESC' },
  patient: { column: 'PatientID', direction: 'ASC' },
};

/** Of a sort, the column whose value a cursor has; undefined: it has none. */
export const cursorColumn = (
  sort: WorklistSort,
): 'stateChangedAt' | 'lastReceivedAt' | 'StudyDate' | undefined =>
  sort === 'patient' ? undefined : (ORDERS[sort].column as 'stateChangedAt' | 'lastReceivedAt' | 'StudyDate');

/** Collects conditions and their parameters. */
class Where {
  readonly conditions: string[] = [];
  readonly values: SqlValue[] = [];

  /** The placeholder of a value. */
  put(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  list(values: readonly SqlValue[]): string {
    return values.map((value) => this.put(value)).join(', ');
  }

  add(condition: string): void {
    this.conditions.push(condition);
  }
}

/** `%`, `_` and `!` as they are, in a LIKE with ESCAPE '!'. */
const literally = (text: string): string => text.replace(/[%_!]/g, (character) => `!${character}`);

function addFilter(where: Where, filter: WorklistFilter): void {
  const { states = [], reason, node = [], text = '', from, to, hideTestPatients = true } = filter;
  if (states.length > 0) where.add(`"state" IN (${where.list(states)})`);
  // Quotes within a text are escaped in JSON: this cannot be found in one.
  if (reason) where.add(`"reasons" LIKE ${where.put(`%"code":"${literally(reason)}"%`)} ESCAPE '!'`);
  if (from) where.add(`"StudyDate" >= ${where.put(from)}`);
  if (to) where.add(`"StudyDate" <= ${where.put(to)}`);
  // They are cases like any other, and seldom what a person looks for.
  if (hideTestPatients) where.add(OF_NO_TEST_PATIENT);
  if (text.trim() !== '') addText(where, text.trim());
  if (node.length > 0) addNode(where, where.list(node));
}

function addText(where: Where, text: string): void {
  const given = `CAST(${where.put(text)} AS TEXT)`;
  where.add(`("StudyInstanceUID" = ${given} OR SUBSTR("PatientID", 1, LENGTH(${given})) = ${given})`);
}

/**
 * It sent the object that is looked at first (a study comes from one sender, as a rule, and has hundreds of objects), is to get
 * something, or was asked for something.
 */
function addNode(where: Where, names: string): void {
  const ofStudy = (table: string, column: string, key = 'StudyInstanceUID') =>
    `"study"."StudyInstanceUID" IN (SELECT "${table}"."${key}" FROM "${table}" WHERE "${table}"."${column}" IN (${names}))`;
  where.add(
    `(${[
      ofStudy('delivery', 'destination'),
      ofStudy('maskRequest', 'annotator'),
      ofStudy('prior', 'archive', 'followUp'),
      `(SELECT "receivedFrom" FROM "instance" WHERE "instance"."StudyInstanceUID" = "study"."StudyInstanceUID" LIMIT 1)
      IN (${names})`,
    ].join(' OR ')})`,
  );
}

function addCursor(where: Where, { column, direction }: Order, { value, StudyInstanceUID }: Cursor): void {
  const uid = where.put(StudyInstanceUID);
  const from =
    value === undefined
      ? `(SELECT "last"."${column}" FROM "study" AS "last" WHERE "last"."StudyInstanceUID" = ${uid})`
      : where.put(value);
  where.add(`("${column}", "StudyInstanceUID") ${direction === 'ASC' ? '>' : '<'} (${from}, ${uid})`);
}

/** All but the decision, which only the case page needs. */
const COLUMNS = [
  'StudyInstanceUID',
  'PatientID',
  'IssuerOfPatientID',
  'StudyDate',
  'state',
  'reasons',
  'lastReceivedAt',
  'stateChangedAt',
];

export function pageQuery(
  filter: WorklistFilter,
  sort: WorklistSort,
  after: Cursor | undefined,
  limit: number,
): { text: string; values: readonly SqlValue[] } {
  const where = new Where();
  const order = ORDERS[sort];
  addFilter(where, filter);
  if (after) addCursor(where, order, after);
  const conditions = where.conditions.length > 0 ? `WHERE ${where.conditions.join(' AND ')}` : '';
  const { column, direction } = order;
  return {
    text: `SELECT ${COLUMNS.map((each) => `"${each}"`).join(', ')} FROM "study" ${conditions}
      ORDER BY "${column}" ${direction}, "StudyInstanceUID" ${direction} LIMIT ${where.put(limit)}`,
    values: where.values,
  };
}
