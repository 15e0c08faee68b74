import type { Role } from '../api/operation.ts';
import type { Clock, Sql, Statement } from '../ports.ts';
import { date, dateOrNull, type Raw, text, textOrNull } from './values.ts';

export type UserRow = Readonly<{
  name: string;
  role: Role;
  /** null: an identity provider logs the person in */
  passwordHash: string | null;
  isDisabled: boolean;
  failures: number;
  lockedUntil: Date;
  createdAt: Date;
  createdBy: string;
  lastLoginAt: Date | null;
  /** who the person is at the identity provider; null: nobody there */
  issuer: string | null;
  subject: string | null;
}>;
/** Who somebody is at an identity provider: `iss` and `sub` of its ID tokens, to the letter. @see OpenID Connect Core 2 */
export type Identity = Readonly<{ issuer: string; subject: string }>;
type Changeable = Pick<UserRow, 'role' | 'passwordHash' | 'isDisabled'> & Identity;
/** What is undefined stays. */
type Change = Readonly<{ [Key in keyof Changeable]?: Changeable[Key] | undefined }>;

export type SessionRow = Readonly<{
  id: string;
  user: string;
  role: Role;
  address: string;
  createdAt: Date;
  seenAt: Date;
}>;

export type TokenRow = Readonly<{
  id: string;
  name: string;
  role: Role;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date;
  usedAt: Date | null;
}>;

const toUser = (row: Raw): UserRow => ({
  name: text(row['name']),
  role: text(row['role']) as Role,
  passwordHash: textOrNull(row['passwordHash']),
  isDisabled: Number(row['isDisabled']) === 1,
  failures: Number(row['failures']),
  lockedUntil: date(row['lockedUntil']),
  createdAt: date(row['createdAt']),
  createdBy: text(row['createdBy']),
  lastLoginAt: dateOrNull(row['lastLoginAt']),
  issuer: textOrNull(row['issuer']),
  subject: textOrNull(row['subject']),
});

const toSession = (row: Raw): SessionRow => ({
  id: text(row['id']),
  user: text(row['user']),
  role: text(row['role']) as Role,
  address: text(row['address']),
  createdAt: date(row['createdAt']),
  seenAt: date(row['seenAt']),
});

const toToken = (row: Raw): TokenRow => ({
  id: text(row['id']),
  name: text(row['name']),
  role: text(row['role']) as Role,
  createdAt: date(row['createdAt']),
  createdBy: text(row['createdBy']),
  expiresAt: date(row['expiresAt']),
  usedAt: dateOrNull(row['usedAt']),
});

/** Users, their sessions, and tokens of the API. Secrets come here as digests. */
export class Accounts {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  async user(name: string): Promise<UserRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "user" WHERE "name" = $1', [name]);
    return rows[0] && toUser(rows[0]);
  }

  async userOf({ issuer, subject }: Identity): Promise<UserRow | undefined> {
    const found = 'SELECT * FROM "user" WHERE "issuer" = $1 AND "subject" = $2';
    const rows = await this.sql.query<Raw>(found, [issuer, subject]);
    return rows[0] && toUser(rows[0]);
  }

  async users(): Promise<UserRow[]> {
    return (await this.sql.query<Raw>('SELECT * FROM "user" ORDER BY "name"')).map(toUser);
  }

  /** Whether somebody can administer: the link for the first administrator is good until then. */
  async hasAdministrator(): Promise<boolean> {
    const rows = await this.sql.query<Raw>(
      `SELECT "name" FROM "user" WHERE "role" = 'administrator' AND "isDisabled" = 0 LIMIT 1`,
    );
    return rows.length > 0;
  }

  /** A link under which the first administrator may be made: beside those of other processes, made since `othersSince`. */
  async offerFirst(digest: string, othersSince: Date): Promise<void> {
    await this.sql.batch([
      { text: 'DELETE FROM "firstLink" WHERE "madeAt" < $1', values: [othersSince.getTime()] },
      { text: 'INSERT INTO "firstLink" VALUES ($1, $2)', values: [digest, this.clock().getTime()] },
    ]);
  }

  /** Whether such a link was made then or later, and may still be used. */
  async isFirst(digest: string, since: Date): Promise<boolean> {
    const rows = await this.sql.query('SELECT 1 FROM "firstLink" WHERE "digest" = $1 AND "madeAt" >= $2', [
      digest,
      since.getTime(),
    ]);
    return rows.length > 0 && !(await this.hasAdministrator());
  }

  /** False when the name is taken. `isFirst`: also when there is an administrator already; else all links are used up. */
  add(
    user: Pick<UserRow, 'name' | 'role' | 'passwordHash' | 'createdBy'> & Partial<Identity>,
    isFirst = false,
  ): Promise<boolean> {
    const { name, role, passwordHash, createdBy, issuer = null, subject = null } = user;
    const noOther = `AND NOT EXISTS (SELECT 1 FROM "user" WHERE "role" = 'administrator' AND "isDisabled" = 0)`;
    return this.sql.batch([
      {
        mustChange: true,
        text: `INSERT INTO "user" SELECT $1, $2, $3, 0, 0, 0, $4, $5, NULL, $6, $7
          WHERE NOT EXISTS (SELECT 1 FROM "user" WHERE "name" = $1) ${isFirst ? noOther : ''}`,
        values: [name, role, passwordHash, this.clock().getTime(), createdBy, issuer, subject],
      },
      ...(isFirst ? [{ text: 'DELETE FROM "firstLink"' }] : []),
    ]);
  }

  /** A change of role, password, standing or identity ends the sessions of the user. False when it would leave no administrator. */
  change(name: string, change: Change, keepSession = ''): Promise<boolean> {
    const { role = null, passwordHash = null, isDisabled, issuer = null, subject = null } = change;
    const losing = (role !== null && role !== 'administrator') || isDisabled === true;
    return this.sql.batch([
      {
        mustChange: true,
        text: `UPDATE "user" SET "role" = COALESCE($2, "role"), "passwordHash" = COALESCE($3, "passwordHash"),
          "isDisabled" = COALESCE($4, "isDisabled"), "issuer" = COALESCE($5, "issuer"),
          "subject" = COALESCE($6, "subject"), "failures" = 0, "lockedUntil" = 0
          WHERE "name" = $1 ${losing ? OTHERS_ADMINISTER : ''}`,
        values: [
          name,
          role,
          passwordHash,
          isDisabled === undefined ? null : Number(isDisabled),
          issuer,
          subject,
        ],
      },
      {
        text: 'DELETE FROM "session" WHERE "user" = $1 AND "id" <> $2',
        values: [name, keepSession],
      },
    ]);
  }

  /** False when nobody would be left to administer. */
  remove(name: string): Promise<boolean> {
    return this.sql.batch([
      {
        mustChange: true,
        text: `DELETE FROM "user" WHERE "name" = $1 ${OTHERS_ADMINISTER}`,
        values: [name],
      },
      { text: 'DELETE FROM "session" WHERE "user" = $1', values: [name] },
    ]);
  }

  /**
   * A password is about to be tried: at the limit the name is locked until the time given. False: it is locked. A lock that lasts longer
   * than one that began now is of a time before the clock was set back, and counts no more.
   */
  countTry(name: string, maxFailures: number, lockedUntil: Date): Promise<boolean> {
    return this.sql.batch([
      {
        mustChange: true,
        text: `UPDATE "user" SET "failures" = CASE WHEN "failures" + 1 >= $2 THEN 0 ELSE "failures" + 1 END,
          "lockedUntil" = CASE WHEN "failures" + 1 >= $2 THEN $3 ELSE "lockedUntil" END
          WHERE "name" = $1 AND ("lockedUntil" <= $4 OR "lockedUntil" > $3)`,
        values: [name, maxFailures, lockedUntil.getTime(), this.clock().getTime()],
      },
    ]);
  }

  /** A session begins: `id` is the digest of what the browser gets. */
  async begin({
    id,
    user,
    role,
    address,
  }: Pick<SessionRow, 'id' | 'user' | 'role' | 'address'>): Promise<void> {
    const now = this.clock().getTime();
    await this.sql.batch([
      {
        text: 'INSERT INTO "session" VALUES ($1, $2, $3, $4, $5, $5)',
        values: [id, user, role, address, now],
      },
      {
        text: 'UPDATE "user" SET "failures" = 0, "lockedUntil" = 0, "lastLoginAt" = $2 WHERE "name" = $1',
        values: [user, now],
      },
    ]);
  }

  async session(id: string): Promise<SessionRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "session" WHERE "id" = $1', [id]);
    return rows[0] && toSession(rows[0]);
  }

  async see(id: string): Promise<void> {
    await this.sql.query('UPDATE "session" SET "seenAt" = $2 WHERE "id" = $1', [id, this.clock().getTime()]);
  }

  async end(id: string): Promise<void> {
    await this.sql.query('DELETE FROM "session" WHERE "id" = $1', [id]);
  }

  /** Sessions that began, or were last seen, before these times. */
  async endOld(begunBefore: Date, seenBefore: Date): Promise<void> {
    await this.sql.query('DELETE FROM "session" WHERE "createdAt" < $1 OR "seenAt" < $2', [
      begunBefore.getTime(),
      seenBefore.getTime(),
    ]);
  }

  async addToken(row: Omit<TokenRow, 'createdAt' | 'usedAt'>, digest: string): Promise<void> {
    await this.sql.query('INSERT INTO "apiToken" VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)', [
      row.id,
      digest,
      row.name,
      row.role,
      this.clock().getTime(),
      row.createdBy,
      row.expiresAt.getTime(),
    ]);
  }

  async tokens(): Promise<TokenRow[]> {
    return (await this.sql.query<Raw>('SELECT * FROM "apiToken" ORDER BY "createdAt"')).map(toToken);
  }

  async token(digest: string): Promise<TokenRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "apiToken" WHERE "digest" = $1', [digest]);
    return rows[0] && toToken(rows[0]);
  }

  async useToken(id: string): Promise<void> {
    await this.sql.query('UPDATE "apiToken" SET "usedAt" = $2 WHERE "id" = $1', [id, this.clock().getTime()]);
  }

  /** False when there is none. */
  removeToken(id: string): Promise<boolean> {
    const statement: Statement = {
      mustChange: true,
      text: 'DELETE FROM "apiToken" WHERE "id" = $1',
      values: [id],
    };
    return this.sql.batch([statement]);
  }
}

/** Of the user in the first parameter: somebody else is left who may administer, or the user never could. */
const OTHERS_ADMINISTER = `AND ("role" <> 'administrator' OR "isDisabled" = 1 OR EXISTS (
  SELECT 1 FROM "user" AS "other" WHERE "other"."name" <> $1 AND "other"."role" = 'administrator'
  AND "other"."isDisabled" = 0 AND ("other"."passwordHash" IS NOT NULL)))`;
