import { randomUUID } from 'node:crypto';
import type { AuditLine } from '../api/perform.ts';
import { Fault } from '../fault.ts';
import type { Clock, Sql, SqlValue, Statement } from '../ports.ts';
import { type AuditRow, chainOf, firstIdAt, nextId, rowOf, toAuditRow } from './audit-row.ts';
import { type AuditPage, type AuditQuery, searchAudit } from './audit-search.ts';
import { locked } from './locked.ts';
import { type Raw, text } from './values.ts';

/** `at`: when it happened, where that was not just now. */
export type AuditEntry = AuditLine & Readonly<{ at?: Date | undefined }>;

/** Whether every row is as it was written, none is missing, and none was added. `brokenAt`: id of the first that is not. */
export type ChainState = Readonly<{ isWhole: boolean; rows: number; brokenAt: string | undefined }>;

/** In the table "setting": chain of the newest row, and of the last that was pruned. */
const HEAD = 'audit.head';
const PRUNED = 'audit.pruned';
const PAGE = 2000;
/** Hashed in a few milliseconds. */
const VERIFIED_AT_ONCE = 500;
const DAY_MS = 86_400_000;
/** By which processes write one after the other. */
const LOCK = 'audit trail';
/** Another process may write at the same time, where nothing keeps it from that; each of its lines costs one more try. */
const TRIES = 20;

const COLUMNS = [
  'id',
  'at',
  'actor',
  'role',
  'via',
  'address',
  'action',
  'outcome',
  'subjectKind',
  'subjectId',
  'reason',
  'fault',
  'previous',
  'chain',
  'sentAt',
] as const satisfies readonly (keyof AuditRow)[];

/**
 * Who did or saw what: append-only, chained by hashes. The chain shows what was changed behind our back by somebody who does
 * not know of it; whoever can write the database can also write a new chain, so a collector elsewhere is the stronger proof.
 */
export class AuditTrail {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #isCollected: boolean;
  readonly #holder: string;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * `isCollected`: there is a collector, to which every new line is to be sent. `holder`: which process this is, among all that ever
   * write here.
   */
  constructor(sql: Sql, clock: Clock, isCollected: boolean, holder: string = randomUUID()) {
    this.#sql = sql;
    this.#clock = clock;
    this.#isCollected = isCollected;
    this.#holder = holder;
  }

  /** Resolves when the line is durable. */
  write(line: AuditEntry): Promise<void> {
    return this.writeAll([line]);
  }

  /** All of them and `also` in one transaction, in this order, one call after the other. */
  writeAll(lines: readonly AuditEntry[], also: readonly Statement[] = []): Promise<void> {
    return this.#alone(() => this.#append(lines, also));
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => locked(this.#sql, LOCK, task));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when it is durable that these are about to be done; the answer tells what came of them. */
  async begin(lines: readonly AuditEntry[]): Promise<(lines: readonly AuditEntry[]) => Promise<void>> {
    const id = randomUUID();
    const values = [id, this.#clock().getTime(), JSON.stringify(lines), this.#holder];
    const begun = 'INSERT INTO "auditBegun" ("id", "at", "lines", "holder") VALUES ($1, $2, $3, $4)';
    await this.#sql.query(begun, values);
    // What came of it, in one transaction with forgetting that it was begun.
    return (came) => this.writeAll(came, [forgetting(id)]);
  }

  /**
   * Of processes that ended in between: whether it was done is unknown. `isAlive`: whether a process still runs, of which this one need
   * not be asked. Any process may do this at any time.
   */
  async settleLeft(isAlive: (holder: string) => Promise<boolean> = async () => false): Promise<void> {
    const gone = new Map<string, boolean>([[this.#holder, false]]);
    for (const row of await this.#sql.query<Raw>('SELECT * FROM "auditBegun" ORDER BY "at"')) {
      const holder = text(row['holder']);
      if (!gone.has(holder)) gone.set(holder, holder === '' || !(await isAlive(holder)));
      if (gone.get(holder)) await this.#alone(() => this.#settleUnknown(text(row['id'])));
    }
  }

  /** Unless another process has done so. */
  async #settleUnknown(id: string): Promise<void> {
    const [row] = await this.#sql.query<Raw>('SELECT * FROM "auditBegun" WHERE "id" = $1', [id]);
    if (!row) return;
    const at = new Date(Number(row['at']));
    const lines = JSON.parse(text(row['lines'])) as AuditLine[];
    const unknown = lines.map((line) => ({ ...line, outcome: 'unknown' as const, at }));
    await this.#append(unknown, [forgetting(id)]);
  }

  async #append(lines: readonly AuditEntry[], also: readonly Statement[]): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const rows = this.#chained(lines, await this.#head());
      const head = rows.at(-1);
      const statements = [...rows.map(inserting), ...(head ? [setting(HEAD, head.chain)] : []), ...also];
      if (statements.length === 0 || (await this.#sql.batch(statements))) return;
    }
    throw new Fault('DATABASE_FAILED', 'audit trail');
  }

  #chained(lines: readonly AuditEntry[], head: { id: string; chain: string }): AuditRow[] {
    const sentAt = this.#isCollected ? null : 0;
    const now = this.#clock();
    let last = head;
    return lines.map((line) => {
      // By now, not by when it happened: what is told late is written after what was told before.
      const id = nextId(last.id, now.getTime());
      const row = rowOf(line, id, (line.at ?? now).getTime(), last.chain, sentAt);
      last = row;
      return row;
    });
  }

  async #head(): Promise<{ id: string; chain: string }> {
    const rows = await this.#sql.query<Raw>('SELECT "id", "chain" FROM "audit" ORDER BY "id" DESC LIMIT 1');
    if (rows[0]) return { id: text(rows[0]['id']), chain: text(rows[0]['chain']) };
    return { id: '', chain: await this.#setting(PRUNED) };
  }

  search(query: AuditQuery, page: { before?: string | undefined; limit: number }): Promise<AuditPage> {
    return searchAudit(this.#sql, query, page.before, page.limit);
  }

  async row(id: string): Promise<AuditRow | undefined> {
    const rows = await this.#sql.query<Raw>('SELECT * FROM "audit" WHERE "id" = $1', [id]);
    return rows[0] && toAuditRow(rows[0]);
  }

  /** Everything that matches, the newest first, a page at a time. */
  async *pages(query: AuditQuery): AsyncGenerator<readonly AuditRow[]> {
    let before: string | undefined;
    do {
      const { rows, next } = await this.search(query, { before, limit: PAGE });
      if (rows.length > 0) yield rows;
      before = next;
    } while (before !== undefined);
  }

  /** Looks at every row, with a pause for others after each page. Throws when it is aborted. */
  async verify(signal?: AbortSignal): Promise<ChainState> {
    for (;;) {
      const begin = await this.#setting(PRUNED);
      const found = await this.#verifyFrom(begin, signal);
      // Another process may have taken old lines away meanwhile.
      if (found.isWhole || begin === (await this.#setting(PRUNED))) return found;
    }
  }

  async #verifyFrom(begin: string, signal: AbortSignal | undefined): Promise<ChainState> {
    let previous = begin;
    let [last, rows] = ['', 0];
    for (;;) {
      const page = await this.#sql.query<Raw>(
        'SELECT * FROM "audit" WHERE "id" > $1 ORDER BY "id" LIMIT $2',
        [last, VERIFIED_AT_ONCE],
      );
      for (const row of page.map(toAuditRow)) {
        if (row.previous !== previous || row.chain !== chainOf(row)) {
          return { isWhole: false, rows, brokenAt: row.id };
        }
        [previous, last] = [row.chain, row.id];
        rows += 1;
      }
      if (page.length < VERIFIED_AT_ONCE) break;
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return this.#isHead(previous, last, rows);
  }

  /** The newest rows were not cut off. A line that was written meanwhile is no reason to say so. */
  async #isHead(previous: string, last: string, rows: number): Promise<ChainState> {
    const whole = { isWhole: true, rows, brokenAt: undefined };
    const head = await this.#setting(HEAD);
    if (head === previous || (head === '' && rows === 0)) return whole;
    const newer = await this.#sql.query('SELECT "id" FROM "audit" WHERE "id" > $1 LIMIT 1', [last]);
    return newer.length > 0 ? whole : { isWhole: false, rows, brokenAt: last || undefined };
  }

  /**
   * Takes lines away that are older than so many days, but none that the collector has not got, and none after such a one; the
   * chain of the last stays, so that the rest can be verified. How many went.
   */
  prune(keepDays: number): Promise<number> {
    return this.#alone(() => this.#prune(keepDays));
  }

  async #prune(keepDays: number): Promise<number> {
    const unsent = (await this.unsent(1))[0];
    const old = firstIdAt(this.#clock().getTime() - keepDays * DAY_MS);
    const end = unsent && unsent.id < old ? unsent.id : old;
    let pruned = 0;
    for (;;) {
      const rows = await this.#sql.query<Raw>(
        'SELECT "id", "chain" FROM "audit" WHERE "id" < $1 ORDER BY "id" LIMIT $2',
        [end, PAGE],
      );
      const last = rows.at(-1);
      if (!last) return pruned;
      await this.#sql.batch([
        { text: 'DELETE FROM "audit" WHERE "id" <= $1', values: [text(last['id'])], mustChange: true },
        setting(PRUNED, text(last['chain'])),
      ]);
      pruned += rows.length;
    }
  }

  /** What the collector has not got, the oldest first. */
  async unsent(limit: number): Promise<AuditRow[]> {
    const rows = await this.#sql.query<Raw>(
      'SELECT * FROM "audit" WHERE "sentAt" IS NULL ORDER BY "id" LIMIT $1',
      [limit],
    );
    return rows.map(toAuditRow);
  }

  async markSent(ids: readonly string[]): Promise<void> {
    const now = this.#clock().getTime();
    const mark = 'UPDATE "audit" SET "sentAt" = $1 WHERE "id" = $2 AND "sentAt" IS NULL';
    await this.#sql.batch(ids.map((id) => ({ text: mark, values: [now, id] })));
  }

  /** How many lines wait for the collector, and since when the oldest. */
  async backlog(): Promise<{ count: number; oldest: Date | undefined }> {
    const rows = await this.#sql.query<Raw>('SELECT COUNT(*) AS "n" FROM "audit" WHERE "sentAt" IS NULL');
    const oldest = (await this.unsent(1))[0];
    return { count: Number(rows[0]?.['n']), oldest: oldest && new Date(oldest.at) };
  }

  async #setting(name: string): Promise<string> {
    const rows = await this.#sql.query<Raw>('SELECT "value" FROM "setting" WHERE "name" = $1', [name]);
    return text(rows[0]?.['value']);
  }
}

/** Changes nothing, and so undoes the batch, when another process went on from the same row. */
const inserting = (row: AuditRow): Statement => ({
  text: `INSERT INTO "audit" (${COLUMNS.map((name) => `"${name}"`).join(', ')})
    VALUES (${COLUMNS.map((_, index) => `$${index + 1}`).join(', ')}) ON CONFLICT DO NOTHING`,
  values: COLUMNS.map((name): SqlValue => row[name]),
  mustChange: true,
});

const forgetting = (id: string): Statement => ({
  text: 'DELETE FROM "auditBegun" WHERE "id" = $1',
  values: [id],
});

const setting = (name: string, value: string): Statement => ({
  text: 'INSERT INTO "setting" VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "value" = $2',
  values: [name, value],
});
