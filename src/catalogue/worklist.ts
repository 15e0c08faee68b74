/** Pages of the worklist: cases by state, with what each waits for. A few queries a page, however many cases there are. */
import type { Sql } from '../ports.ts';
import { STUDY_STATES, type StudyState } from '../study/lifecycle.ts';
import type { Reason } from './rows.ts';
import { OF_NO_TEST_PATIENT } from './test-patients.ts';
import { date, dateOrNull, json, type Raw, text } from './values.ts';
import {
  beside,
  type Deliveries,
  type ListedStudy,
  type MaskAsked,
  type NextLook,
  type Outcome,
} from './worklist-beside.ts';
import {
  type Cursor,
  cursorColumn,
  pageQuery,
  WORKLIST_SORTS,
  type WorklistFilter,
  type WorklistSort,
} from './worklist-query.ts';

export type WorklistRow = Readonly<{
  StudyInstanceUID: string;
  PatientID: string;
  IssuerOfPatientID: string;
  StudyDate: string;
  state: StudyState;
  /** the first of them; null: there is none */
  reason: Reason | null;
  /** how many there are beside it */
  moreReasons: number;
  /** since when it is in this state */
  since: Date;
  lastReceivedAt: Date;
  images: number;
  masks: number;
  /** what time alone will move, the earliest; null: nothing */
  next: NextLook | null;
  maskRequests: readonly MaskAsked[];
  /** of the newest report; null: there is none */
  result: Outcome | null;
  deliveries: Deliveries;
}>;

export type WorklistPage = Readonly<{
  rows: readonly WorklistRow[];
  /** for the page that follows; null: this is the last one. No patient data. */
  after: string | null;
}>;

export type WorklistQuery = WorklistFilter & Readonly<{ sort?: WorklistSort; after?: string | undefined }>;

/** Of one state. */
export type StateCount = Readonly<{ state: StudyState; count: number; oldest: Date | null }>;

const WORKLIST_PAGE = 50;

/** What is waiting, held or under way, and what is done. */
export class Worklist {
  readonly #sql: Sql;
  readonly #expireDays: () => number;

  /** `expireDays`: how long cases wait for a baseline or a mask */
  constructor(sql: Sql, expireDays: () => number) {
    this.#sql = sql;
    this.#expireDays = expireDays;
  }

  /** An `after` that is none of ours is the first page. */
  async page({ sort = 'oldest', after, ...filter }: WorklistQuery): Promise<WorklistPage> {
    const query = pageQuery(filter, sort, cursorOf(sort, after), WORKLIST_PAGE + 1);
    const found = await this.#sql.query<Raw>(query.text, query.values);
    const shown = found.slice(0, WORKLIST_PAGE).map(toRow);
    const besides = await beside(this.#sql, shown, this.#expireDays());
    const last = found.length > WORKLIST_PAGE ? shown.at(-1) : undefined;
    return {
      rows: shown.map(({ reasons, ...row }) => ({
        ...row,
        reason: reasons[0] ?? null,
        moreReasons: Math.max(0, reasons.length - 1),
        ...besides(row.StudyInstanceUID),
      })),
      after: last ? cursorText(sort, last) : null,
    };
  }

  /** Every state, also those that no case is in, in the order of a case's life. */
  async counts(hideTestPatients = true): Promise<readonly StateCount[]> {
    const rows = await this.#sql.query<Raw>(
      `SELECT "state", COUNT(*) AS "n", MIN("stateChangedAt") AS "oldest" FROM "study"
       ${hideTestPatients ? `WHERE ${OF_NO_TEST_PATIENT}` : ''} GROUP BY "state"`,
    );
    const of = new Map(rows.map((row) => [text(row['state']), row]));
    return STUDY_STATES.map((state) => ({
      state,
      count: Number(of.get(state)?.['n'] ?? 0),
      oldest: dateOrNull(of.get(state)?.['oldest']),
    }));
  }
}

const toRow = (row: Raw): ListedStudy => ({
  StudyInstanceUID: text(row['StudyInstanceUID']),
  PatientID: text(row['PatientID']),
  IssuerOfPatientID: text(row['IssuerOfPatientID']),
  StudyDate: text(row['StudyDate']),
  state: text(row['state']) as StudyState,
  reasons: json<Reason[]>(row['reasons']),
  since: date(row['stateChangedAt']),
  lastReceivedAt: date(row['lastReceivedAt']),
});

/** `sort~value~StudyInstanceUID`: a cursor of another order means nothing. */
function cursorText(sort: WorklistSort, row: ListedStudy): string {
  const values = {
    stateChangedAt: row.since.getTime(),
    lastReceivedAt: row.lastReceivedAt.getTime(),
    StudyDate: row.StudyDate,
  };
  const column = cursorColumn(sort);
  return `${sort}~${column ? values[column] : ''}~${row.StudyInstanceUID}`;
}

function cursorOf(sort: WorklistSort, after = ''): Cursor | undefined {
  const [of = '', value = '', StudyInstanceUID = ''] = after.split('~');
  const column = cursorColumn(sort);
  if (!isSort(of) || of !== sort || StudyInstanceUID === '') return undefined;
  if (!column) return { value: undefined, StudyInstanceUID };
  return { value: column === 'StudyDate' ? value : Number(value) || 0, StudyInstanceUID };
}

const isSort = (name: string): name is WorklistSort => (WORKLIST_SORTS as readonly string[]).includes(name);
