import type { Header } from '../dicom/header.ts';
import type { SopClassRole } from '../dicom/sop-class.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { Clock, Sql, Statement } from '../ports.ts';
import type { StudyState } from '../study/lifecycle.ts';
import { correcting, doubting } from './corrections.ts';
import { locked } from './locked.ts';
import { lookingAgain } from './look-again.ts';
import { droppingConflict, underCurrentIdentity } from './merges.ts';
import { IDENTITY, openStudy } from './open-study.ts';
import { seenAgain } from './retention.ts';
import type { Conflict, InstanceRow, MaskRow, NewInstance, Reason, SeriesRow, StudyRow } from './rows.ts';
import { Seldom } from './seldom.ts';
import { toStudy } from './study-row.ts';
import { OF_NO_TEST_PATIENT } from './test-patients.ts';
import { Turns } from './turns.ts';
import { date, json, type Raw, text } from './values.ts';

const toInstance = (row: Raw): InstanceRow => ({
  SOPInstanceUID: text(row['SOPInstanceUID']),
  SOPClassUID: text(row['SOPClassUID']),
  SeriesInstanceUID: text(row['SeriesInstanceUID']),
  StudyInstanceUID: text(row['StudyInstanceUID']),
  TransferSyntaxUID: text(row['TransferSyntaxUID']),
  role: text(row['role']) as SopClassRole,
  file: text(row['file']),
  digest: text(row['digest']),
  bytes: Number(row['bytes']),
});

/** A mask object as it was read. */
type ReadMask = Pick<MaskRow, 'SOPInstanceUID' | 'digest'>;
const STILL_THESE_BYTES = `EXISTS (SELECT 1 FROM "instance"
  WHERE "instance"."SOPInstanceUID" = $1 AND "instance"."digest" = $2)`;

/** A study that comes again is noted so often, not with each of its objects. */
const NOTED_EVERY_MS = 5 * 60_000;

/** What Earshot holds: studies, series, instances, masks and the story of each study. Reports have a file of their own. */
export class Catalogue {
  readonly sql: Sql;
  readonly clock: Clock;
  #sequence = 0;
  readonly turns = new Turns();
  readonly #seen: Seldom;
  readonly #toldStale: Seldom;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
    this.#seen = new Seldom(clock, NOTED_EVERY_MS);
    this.#toldStale = new Seldom(clock, NOTED_EVERY_MS);
  }

  async instance(SOPInstanceUID: string): Promise<InstanceRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "instance" WHERE "SOPInstanceUID" = $1', [
      SOPInstanceUID,
    ]);
    return rows[0] && toInstance(rows[0]);
  }

  /**
   * An object that is here came again: its study counts as seen now, for retention only. False when the object is not here
   * any more. From then on its patient is not retired for a while, so that what is said about it still holds when it is said.
   */
  async seeAgain({ SOPInstanceUID, StudyInstanceUID }: InstanceRow): Promise<boolean> {
    if (!this.#seen.isDue(StudyInstanceUID)) return true;
    const isHere = await this.sql.batch(seenAgain({ SOPInstanceUID, StudyInstanceUID }, this.clock()));
    if (isHere) this.#seen.done(StudyInstanceUID);
    return isHere;
  }

  /** The story of a study tells, once in a while, that bytes came again which their sender had corrected. */
  async tellStale({ SOPInstanceUID, StudyInstanceUID }: InstanceRow, from: string): Promise<void> {
    if (!this.#toldStale.isDue(StudyInstanceUID)) return;
    await this.sql.batch([this.event(StudyInstanceUID, 'instance.stale', { SOPInstanceUID, from })]);
    this.#toldStale.done(StudyInstanceUID);
  }

  /**
   * Runs tasks of one key one after the other, in all processes of this catalogue, so that what a task looked up still holds when it
   * writes. A task whose hold was lost (`Sql.locked`) goes on: what it writes must bear that.
   */
  exclusively<T>(key: string, task: () => Promise<T>): Promise<T> {
    return this.turns.run(key, () => locked(this.sql, key, task));
  }

  async study(StudyInstanceUID: string): Promise<StudyRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "study" WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    return rows[0] && toStudy(rows[0]);
  }

  /** Every study under this Patient ID, whatever its issuer: telling people apart is matching's work. */
  async studiesOfPatient(PatientID: string): Promise<StudyRow[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "study" WHERE "PatientID" = $1 ORDER BY "StudyDate", "StudyTime", "StudyInstanceUID"',
      [PatientID],
    );
    return rows.map(toStudy);
  }

  async studiesIn(state: StudyState): Promise<StudyRow[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "study" WHERE "state" = $1 ORDER BY "lastReceivedAt"',
      [state],
    );
    return rows.map(toStudy);
  }

  /** Without test patients. */
  async countByState(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.sql.query<Raw>(
      `SELECT "state", COUNT(*) AS "n" FROM "study" WHERE ${OF_NO_TEST_PATIENT} GROUP BY "state"`,
    );
    return new Map(rows.map((row) => [text(row['state']), Number(row['n'])]));
  }

  async seriesOf(StudyInstanceUID: string): Promise<SeriesRow[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "series".*, (SELECT COUNT(*) FROM "instance" WHERE "instance"."SeriesInstanceUID" = "series"."SeriesInstanceUID"
         AND "instance"."StudyInstanceUID" = "series"."StudyInstanceUID") AS "n"
       FROM "series" WHERE "StudyInstanceUID" = $1 ORDER BY "SeriesInstanceUID"`,
      [StudyInstanceUID],
    );
    return rows.map((row) => ({
      SeriesInstanceUID: text(row['SeriesInstanceUID']),
      StudyInstanceUID: text(row['StudyInstanceUID']),
      role: text(row['role']) as SopClassRole,
      header: json<Header>(row['header']),
      instanceCount: Number(row['n']),
    }));
  }

  /** In SOPInstanceUID order, so that digests over a series do not depend on the order of arrival. */
  async instancesOfSeries(StudyInstanceUID: string, SeriesInstanceUID: string): Promise<InstanceRow[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT * FROM "instance" WHERE "StudyInstanceUID" = $1 AND "SeriesInstanceUID" = $2 ORDER BY "SOPInstanceUID"`,
      [StudyInstanceUID, SeriesInstanceUID],
    );
    return rows.map(toInstance);
  }

  /** The mask objects of one study, described or not. */
  async masksOf(StudyInstanceUID: string): Promise<MaskRow[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "mask".*, "instance"."file", "instance"."digest", "instance"."bytes", "instance"."receivedAt" FROM "mask"
       JOIN "instance" ON "instance"."SOPInstanceUID" = "mask"."SOPInstanceUID"
       WHERE "mask"."StudyInstanceUID" = $1 ORDER BY "mask"."SOPInstanceUID"`,
      [StudyInstanceUID],
    );
    return rows.map((row) => ({
      SOPInstanceUID: text(row['SOPInstanceUID']),
      StudyInstanceUID: text(row['StudyInstanceUID']),
      file: text(row['file']),
      digest: text(row['digest']),
      bytes: Number(row['bytes']),
      receivedAt: date(row['receivedAt']),
      description: row['description'] == null ? null : json<MaskDescription>(row['description']),
      fault: row['fault'] == null ? null : text(row['fault']),
    }));
  }

  /** What the bytes of this digest were found to be; nothing when others have taken their place. */
  async describeMask({ SOPInstanceUID, digest }: ReadMask, found: MaskDescription | string): Promise<void> {
    const isFault = typeof found === 'string';
    await this.sql.query(
      `UPDATE "mask" SET "description" = $3, "fault" = $4 WHERE "SOPInstanceUID" = $1 AND ${STILL_THESE_BYTES}`,
      [SOPInstanceUID, digest, isFault ? null : JSON.stringify(found), isFault ? found : null],
    );
  }

  /**
   * A new instance with its series and study; image and mask objects (re-)open the study. One transaction; false, and nothing is
   * done, when there is an instance of this UID.
   */
  async addInstance(
    { received, role, file, from }: NewInstance,
    also: readonly Statement[] = [],
  ): Promise<boolean> {
    const { digest, bytes } = received;
    const header = await underCurrentIdentity(this.sql, received.header);
    const now = this.clock().getTime();
    const statements: Statement[] = [
      {
        mustChange: true,
        text: `INSERT INTO "instance" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          ON CONFLICT ("SOPInstanceUID") DO NOTHING`,
        values: [
          header.SOPInstanceUID,
          header.SOPClassUID,
          header.SeriesInstanceUID,
          header.StudyInstanceUID,
          header.TransferSyntaxUID,
          role,
          file,
          digest,
          bytes,
          now,
          from,
        ],
      },
      {
        text: 'INSERT INTO "series" VALUES ($1, $2, $3, $4) ON CONFLICT ("SeriesInstanceUID", "StudyInstanceUID") DO NOTHING',
        values: [header.SeriesInstanceUID, header.StudyInstanceUID, role, JSON.stringify(header)],
      },
    ];
    if (isOpening(role)) statements.push(openStudy(header, now));
    if (role === 'mask') {
      statements.push({
        text: 'INSERT INTO "mask" ("SOPInstanceUID", "StudyInstanceUID", "attempts") VALUES ($1, $2, 0)',
        values: [header.SOPInstanceUID, header.StudyInstanceUID],
      });
    }
    return this.sql.batch([...statements, ...also]);
  }

  /** A mask object that could not be read, for a reason that may pass: how often so far. */
  async countMaskAttempt({ SOPInstanceUID, digest }: ReadMask): Promise<number> {
    const rows = await this.sql.query<Raw>(
      `UPDATE "mask" SET "attempts" = "attempts" + 1 WHERE "SOPInstanceUID" = $1 AND ${STILL_THESE_BYTES}
       RETURNING "attempts"`,
      [SOPInstanceUID, digest],
    );
    return Number(rows[0]?.['attempts'] ?? 0);
  }

  /**
   * Other bytes under a known UID: kept apart, never used. The study that they name and the one that holds the known
   * instance are opened again: which bytes are right, a person must say. `because`: why they were not compared; '' when they were.
   */
  async addConflict(
    { received, role, file, from }: NewInstance,
    known: Pick<InstanceRow, 'StudyInstanceUID'>,
    because: '' | 'tooLarge' = '',
  ): Promise<void> {
    const { digest } = received;
    const header = await underCurrentIdentity(this.sql, received.header);
    const now = this.clock().getTime();
    const reopen: Statement = {
      text: `UPDATE "study" SET "state" = 'receiving', "reasons" = '[]', "lastReceivedAt" = $2, "stateChangedAt" = $2
        WHERE "StudyInstanceUID" = $1`,
      values: [known.StudyInstanceUID, now],
    };
    await this.sql.batch([
      ...(isOpening(role) ? [openStudy(header, now), reopen] : []),
      {
        text: `INSERT INTO "conflict"
          ("SOPInstanceUID", "digest", "StudyInstanceUID", "file", "receivedAt", "receivedFrom", "because")
          VALUES ($1, $2, $3, $4, $5, $6, $7)
          ON CONFLICT ("SOPInstanceUID", "digest") DO UPDATE SET "because" = $7`,
        values: [header.SOPInstanceUID, digest, header.StudyInstanceUID, file, now, from, because],
      },
      this.event(header.StudyInstanceUID, 'instance.conflict', {
        SOPInstanceUID: header.SOPInstanceUID,
        ...(because === '' ? {} : { because }),
      }),
    ]);
  }

  /** What the sender of a known instance has corrected takes its place. `changed`: keywords, for the story of the study. */
  async correct(
    corrected: NewInstance,
    known: InstanceRow,
    changed: readonly string[],
    also: readonly Statement[] = [],
  ): Promise<boolean> {
    const header = await underCurrentIdentity(this.sql, corrected.received.header);
    const { SOPInstanceUID, StudyInstanceUID } = header;
    const mapped = { ...corrected, received: { ...corrected.received, header } };
    return this.sql.batch([
      ...correcting(mapped, known, this.clock().getTime()),
      droppingConflict({ SOPInstanceUID, digest: corrected.received.digest }),
      // Until all objects of the study have come again they may disagree; the look at the complete study says.
      ...(IDENTITY.some((keyword) => changed.includes(keyword)) ? [doubting(StudyInstanceUID)] : []),
      this.event(StudyInstanceUID, 'instance.corrected', { SOPInstanceUID, changed }),
      ...also,
    ]);
  }

  /** What was kept apart turned out to be the object that is here: the cases of its patient are looked at again. */
  async explainConflict({ SOPInstanceUID, StudyInstanceUID }: InstanceRow, digest: string): Promise<void> {
    const study = await this.study(StudyInstanceUID);
    const conflict = { SOPInstanceUID, digest };
    await this.sql.batch([
      { ...droppingConflict(conflict), mustChange: true },
      ...(study ? lookingAgain(study.PatientID, this.clock()) : []),
    ]);
  }

  /** Whether other bytes arrived under known UIDs of a study. */
  async conflictOf(StudyInstanceUID: string): Promise<Conflict> {
    const rows = await this.sql.query<Raw>(
      `SELECT "because" FROM "conflict" WHERE "StudyInstanceUID" = $1 OR "SOPInstanceUID" IN (
         SELECT "SOPInstanceUID" FROM "instance" WHERE "StudyInstanceUID" = $1) ORDER BY "because" DESC LIMIT 1`,
      [StudyInstanceUID],
    );
    const [row] = rows;
    if (!row) return 'none';
    return row['because'] === '' ? 'compared' : 'uncompared';
  }

  async hasConflict(StudyInstanceUID: string): Promise<boolean> {
    return (await this.conflictOf(StudyInstanceUID)) !== 'none';
  }

  /** After a clock that was set back: quiet counts from now. */
  async restartQuiet(StudyInstanceUID: string): Promise<void> {
    await this.sql.query('UPDATE "study" SET "lastReceivedAt" = $2 WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
      this.clock().getTime(),
    ]);
  }

  /** The patient's record changed: every case of the patient is looked at again, and masks that failed are read again. */
  async lookAgain(PatientID: string): Promise<void> {
    await this.sql.batch(lookingAgain(PatientID, this.clock()));
  }

  /** Fails the batch it is put in when a study of the patient is arriving, or an object came after `asOf`. */
  nothingNewer({ StudyInstanceUID, PatientID }: StudyRow, asOf: Date): Statement {
    return {
      mustChange: true,
      text: `UPDATE "study" SET "attempts" = "attempts" WHERE "StudyInstanceUID" = $1 AND NOT EXISTS (
        SELECT 1 FROM "study" AS "other" WHERE "other"."PatientID" = $2
        AND ("other"."state" = 'receiving' OR "other"."lastReceivedAt" > $3))`,
      values: [StudyInstanceUID, PatientID, asOf.getTime()],
    };
  }

  /** Moves a case, only from the state it is believed to be in: false when something arrived meanwhile. */
  async move(
    study: Pick<StudyRow, 'StudyInstanceUID' | 'state'>,
    next: { state: StudyState; reasons?: readonly Reason[]; decision?: unknown; attempts?: number },
    also: readonly Statement[] = [],
  ): Promise<boolean> {
    const now = this.clock().getTime();
    const changed = next.state !== study.state;
    const reasons = JSON.stringify(next.reasons ?? []);
    return this.sql.batch([
      {
        mustChange: true,
        text: `UPDATE "study" SET "state" = $3, "reasons" = $4, "decision" = COALESCE($5, "decision"), "attempts" = $6,
                 "stateChangedAt" = CASE WHEN "state" = $3 THEN "stateChangedAt" ELSE $7 END
               WHERE "StudyInstanceUID" = $1 AND "state" = $2`,
        values: [
          study.StudyInstanceUID,
          study.state,
          next.state,
          reasons,
          next.decision === undefined ? null : JSON.stringify(next.decision),
          next.attempts ?? 0,
          now,
        ],
      },
      ...(changed
        ? [this.event(study.StudyInstanceUID, `state.${next.state}`, { reasons: next.reasons ?? [] })]
        : []),
      ...also,
    ]);
  }

  event(StudyInstanceUID: string, kind: string, detail: unknown): Statement {
    this.#sequence = (this.#sequence + 1) % 1_000_000;
    return {
      text: 'INSERT INTO "event" VALUES ($1, $2, $3, $4, $5)',
      values: [
        this.clock().getTime(),
        `${String(this.#sequence).padStart(6, '0')}-${crypto.randomUUID().slice(0, 8)}`,
        StudyInstanceUID,
        kind,
        JSON.stringify(detail),
      ],
    };
  }

  async eventsOf(StudyInstanceUID: string): Promise<{ at: Date; kind: string; detail: unknown }[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "event" WHERE "StudyInstanceUID" = $1 ORDER BY "at", "sequence"',
      [StudyInstanceUID],
    );
    return rows.map((row) => ({ at: date(row['at']), kind: text(row['kind']), detail: json(row['detail']) }));
  }

  async setting(name: string, initial: string): Promise<string> {
    await this.sql.query('INSERT INTO "setting" VALUES ($1, $2) ON CONFLICT DO NOTHING', [name, initial]);
    const rows = await this.sql.query<Raw>('SELECT "value" FROM "setting" WHERE "name" = $1', [name]);
    return text(rows[0]?.['value']);
  }
}

/** Images and masks open a study: they change what can be scored. */
const isOpening = (role: SopClassRole): boolean => role === 'image' || role === 'mask';
