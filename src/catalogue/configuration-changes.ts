import type { Section } from '../configuration/section.ts';
import type { Clock, Sql, Statement } from '../ports.ts';
import { date, dateOrNull, type Raw, text, textOrNull } from './values.ts';

type ChangeState = 'applied' | 'pending' | 'rejected';
export const CHANGE_SOURCES = [
  'file',
  'browser',
  'token',
  'import',
  'restore',
  /** models that changed places, changed back, or were put on trial */
  'promote',
  'rollback',
  'shadow',
] as const;
export type ChangeSource = (typeof CHANGE_SOURCES)[number];

/** A change as it is kept, with its secrets. */
export type ChangeRow = Readonly<{
  id: number;
  section: Section;
  /** null: there was nothing yet */
  before: string | null;
  after: string;
  author: string;
  /** or the number of a ticket */
  reason: string;
  madeAt: Date;
  state: ChangeState;
  decidedBy: string | null;
  decidedAt: Date | null;
  source: ChangeSource;
}>;

export type NewChange = Pick<ChangeRow, 'section' | 'before' | 'after' | 'author' | 'reason' | 'source'>;

/** What counts now of a section; `seedDigest` is of what the file last said. */
export type SectionRow = Readonly<{ section: Section; value: string; seedDigest: string; changedAt: Date }>;

/** What was changed of the configuration, by whom and why. Sections and changes are written in one transaction. */
export class ConfigurationChanges {
  readonly #sql: Sql;
  readonly #clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  async sections(): Promise<ReadonlyMap<Section, SectionRow>> {
    const rows = await this.#sql.query<Raw>('SELECT * FROM "configurationSection"');
    return new Map(rows.map((row) => [text(row['section']) as Section, toSection(row)]));
  }

  /** Whether a section is another than these, without reading the texts. */
  async isNewer(known: ReadonlyMap<Section, SectionRow>): Promise<boolean> {
    const rows = await this.#sql.query<Raw>(
      'SELECT "section", "changedAt", LENGTH("value") AS "length" FROM "configurationSection"',
    );
    return rows.some((row) => {
      const { value, changedAt } = known.get(text(row['section']) as Section) ?? {};
      return Number(row['changedAt']) !== changedAt?.getTime() || Number(row['length']) !== characters(value);
    });
  }

  async change(id: number): Promise<ChangeRow | undefined> {
    const rows = await this.#sql.query<Raw>('SELECT * FROM "configurationChange" WHERE "id" = $1', [id]);
    return rows[0] && toChange(rows[0]);
  }

  /** The newest first. */
  async history({
    section,
    limit,
    beforeId,
  }: Readonly<{ section?: Section | undefined; limit: number; beforeId?: number | undefined }>): Promise<
    ChangeRow[]
  > {
    const rows = await this.#sql.query<Raw>(
      `SELECT * FROM "configurationChange" WHERE "section" = COALESCE($1, "section") AND "id" < $2
       ORDER BY "id" DESC LIMIT $3`,
      [section ?? null, beforeId ?? Number.MAX_SAFE_INTEGER, limit],
    );
    return rows.map(toChange);
  }

  /** What waits for a second person, the oldest first. */
  async pending(): Promise<ChangeRow[]> {
    const rows = await this.#sql.query<Raw>(
      `SELECT * FROM "configurationChange" WHERE "state" = 'pending' ORDER BY "id"`,
    );
    return rows.map(toChange);
  }

  /** Id of the newest change; 0 before there is one. */
  async lastId(): Promise<number> {
    const rows = await this.#sql.query<Raw>(
      'SELECT COALESCE(MAX("id"), 0) AS "last" FROM "configurationChange"',
    );
    return Number(rows[0]?.['last'] ?? 0);
  }

  /** Fails its batch when that id is taken. */
  adding(id: number, change: NewChange, state: 'applied' | 'pending'): Statement {
    const { section, before, after, author, reason, source } = change;
    const now = this.#clock().getTime();
    const decidedAt = state === 'applied' ? now : null;
    return {
      mustChange: true,
      text: `INSERT INTO "configurationChange" ("id", "section", "before", "after", "author", "reason", "madeAt", "state",
        "decidedBy", "decidedAt", "source") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10)
        ON CONFLICT ("id") DO NOTHING`,
      values: [id, section, before, after, author, reason, now, state, decidedAt, source],
    };
  }

  /** Fails its batch when the change does not wait any more. */
  deciding(id: number, state: 'applied' | 'rejected', decidedBy: string): Statement {
    return {
      mustChange: true,
      text: `UPDATE "configurationChange" SET "state" = $2, "decidedBy" = $3, "decidedAt" = $4
        WHERE "id" = $1 AND "state" = 'pending'`,
      values: [id, state, decidedBy, this.#clock().getTime()],
    };
  }

  /** Why it was turned down stands after why it was made. */
  telling(id: number, why: string): Statement {
    const text = `UPDATE "configurationChange" SET "reason" = "reason" || $2 WHERE "id" = $1`;
    return { text, values: [id, why === '' ? '' : ` (rejected: ${why})`] };
  }

  /** Fails its batch when the section does not hold `before` any more. */
  setting({ section, before, after }: Pick<NewChange, 'section' | 'before' | 'after'>): Statement {
    return {
      mustChange: true,
      text: `UPDATE "configurationSection" SET "value" = $3, "changedAt" = $4 WHERE "section" = $1 AND "value" = $2`,
      values: [section, before, after, this.#clock().getTime()],
    };
  }

  /** What the file says now, taken or not. */
  seeding(section: Section, value: string, seedDigest: string): Statement {
    return {
      text: `INSERT INTO "configurationSection" ("section", "value", "seedDigest", "changedAt") VALUES ($1, $2, $3, $4)
        ON CONFLICT ("section") DO UPDATE SET "seedDigest" = $3, "value" = $2,
          "changedAt" = CASE WHEN "configurationSection"."value" = $2 THEN "configurationSection"."changedAt" ELSE $4 END`,
      values: [section, value, seedDigest, this.#clock().getTime()],
    };
  }

  /** False: something in it was not as believed, and nothing was written. */
  write(statements: readonly Statement[]): Promise<boolean> {
    return this.#sql.batch(statements);
  }
}

/** As SQL counts them: code points. */
const characters = (value = ''): number => [...value].length;

const toSection = (row: Raw): SectionRow => ({
  section: text(row['section']) as Section,
  value: text(row['value']),
  seedDigest: text(row['seedDigest']),
  changedAt: date(row['changedAt']),
});

const toChange = (row: Raw): ChangeRow => ({
  id: Number(row['id']),
  section: text(row['section']) as Section,
  before: textOrNull(row['before']),
  after: text(row['after']),
  author: text(row['author']),
  reason: text(row['reason']),
  madeAt: date(row['madeAt']),
  state: text(row['state']) as ChangeState,
  decidedBy: textOrNull(row['decidedBy']),
  decidedAt: dateOrNull(row['decidedAt']),
  source: text(row['source']) as ChangeSource,
});
