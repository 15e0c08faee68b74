/**
 * Earshot as a program of its own that can be killed, and what its peers were promised. With EARSHOT_BUILT it is what `npm run build`
 * made, which starts in half the time.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { validateReport } from '../../src/sr/validate.ts';
import type { StudyState } from '../../src/study/lifecycle.ts';
import { datasetOf } from './ct-slice.ts';
import { type EarshotProcess, type EarshotSettings, earshotProcess } from './earshot-process.ts';
import { freePort } from './free-port.ts';
import type { PhantomCase } from './phantom-case.ts';
import { NORMALISATION, PACS, type Pacs } from './running-service.ts';
import { sha256 } from './sha256.ts';
import { stow } from './stow.ts';
import { until } from './until.ts';

/** Objects of one Store request: what is killed in its middle is one of several. */
const REQUEST_OBJECTS = 6;

/** C-STORE, or STOW-RS. */
export type Door = 'dimse' | 'web';

type KillableOptions = Readonly<{
  quietPeriodSeconds?: number;
  /** nodes beside the PACS */
  nodes?: readonly Readonly<Record<string, unknown>>[];
  /** put over the defaults of tests */
  settings?: Readonly<Record<string, unknown>>;
  /** of the program, looked at with every start */
  env?: Readonly<Record<string, string>>;
  /** keeps configuration and data; default: one of its own */
  folder?: string;
  isStarted?: boolean;
}>;

export class Killable implements AsyncDisposable {
  readonly folder: string;
  /** SOP Instance UID and digest of the dataset: what a C-STORE-RSP with 0x0000 or a Store Instances Response promised to keep. */
  readonly promised = new Set<string>();
  #looked = 0;
  readonly pacsPort: number;
  readonly port: number;
  readonly httpPort: number;
  readonly earshot: EarshotProcess;

  private constructor(
    [port, httpPort, pacsPort]: readonly [number, number, number],
    { quietPeriodSeconds = 0.5, nodes = [], settings = {}, env = {}, folder }: KillableOptions,
  ) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'earshot-killed-'));
    this.port = port;
    this.httpPort = httpPort;
    this.pacsPort = pacsPort;
    const all: EarshotSettings & { log: unknown; limits: unknown } = {
      dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port },
      http: { host: '127.0.0.1', port: httpPort },
      completeness: { quietPeriodSeconds },
      nodes: [
        {
          name: 'pacs',
          aeTitle: PACS,
          host: '127.0.0.1',
          port: pacsPort,
          roles: ['source', 'destination'],
          sends: ['sr'],
        },
        ...nodes,
      ],
      model: { normalisation: NORMALISATION },
      delivery: { firstPauseSeconds: 0.1, maxPauseSeconds: 0.2, timeoutSeconds: 30 },
      limits: { minFreeMiB: 0 },
      log: { level: 'trace' },
      ...settings,
    };
    this.earshot = earshotProcess(this.folder, all, process.env['EARSHOT_BUILT'] ? 'built' : 'source', env);
  }

  static async start(options: KillableOptions = {}): Promise<Killable> {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const killable = new Killable(ports, options);
    if (options.isStarted !== false) await killable.earshot.start();
    return killable;
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  async kill(): Promise<void> {
    await this.earshot.stop('SIGKILL');
  }

  /**
   * Sends over one association and remembers what was acknowledged, also when the association breaks. The statuses of the
   * answers, null where none came.
   */
  async send(
    files: readonly Uint8Array[],
    onAnswer?: (answered: number) => void,
    callingAeTitle = PACS,
  ): Promise<(number | null)[]> {
    const node = { name: 'earshot', host: '127.0.0.1', port: this.port, aeTitle: 'EARSHOT', roles: [] };
    const answers = await sendFiles(node, files, { callingAeTitle, onAnswer });
    for (const [at, { SOPInstanceUID, status }] of answers.entries()) {
      if (status === 0) this.#remember(SOPInstanceUID, files[at]!);
    }
    return answers.map(({ status }) => status);
  }

  /** The same by STOW-RS, a few objects a request; the failure reasons take the place of statuses. */
  async stow(
    files: readonly Uint8Array[],
    onAnswer?: (answered: number) => void,
  ): Promise<(number | null)[]> {
    const statuses: (number | null)[] = [];
    for (let at = 0; at < files.length; at += REQUEST_OBJECTS) {
      const some = files.slice(at, at + REQUEST_OBJECTS);
      const answer = await stow(some, { port: this.httpPort }).catch(() => undefined);
      for (const file of some) {
        const SOPInstanceUID = String(readPart10(file)['SOPInstanceUID']);
        if (answer?.stored.includes(SOPInstanceUID)) {
          this.#remember(SOPInstanceUID, file);
          statuses.push(0);
        } else statuses.push(answer?.failed.find(([uid]) => uid === SOPInstanceUID)?.[1] ?? null);
        onAnswer?.(statuses.length);
      }
    }
    return statuses;
  }

  sendBy(
    door: Door,
    files: readonly Uint8Array[],
    onAnswer?: (answered: number) => void,
  ): Promise<(number | null)[]> {
    return door === 'web' ? this.stow(files, onAnswer) : this.send(files, onAnswer);
  }

  /** Sends what was not acknowledged before; the statuses of the answers. */
  async sendRest(files: readonly Uint8Array[]): Promise<(number | null)[]> {
    const isPromised = new Set([...this.promised].map((promise) => promise.split(' ')[1]));
    const rest = files.filter((file) => !isPromised.has(sha256(datasetOf(Buffer.from(file)))));
    return rest.length === 0 ? [] : this.send(rest);
  }

  async sendCase({ baseline, followUp }: PhantomCase): Promise<void> {
    await this.send(baseline.all);
    await this.send(followUp.all);
  }

  #remember(SOPInstanceUID: string, file: Uint8Array): void {
    this.promised.add(`${SOPInstanceUID} ${sha256(datasetOf(Buffer.from(file)))}`);
  }

  /** The catalogue as it is on disk, read beside the program. */
  query<Row>(text: string, ...values: string[]): Row[] {
    const database = this.#open();
    try {
      return database.prepare(text).all(...values) as Row[];
    } finally {
      database.close();
    }
  }

  #open(): Database.Database {
    return new Database(join(this.dataDir, 'catalogue.sqlite'), { readonly: true, timeout: 5000 });
  }

  state(StudyInstanceUID: string): StudyState | undefined {
    return this.query<{ state: StudyState }>(
      'SELECT "state" FROM "study" WHERE "StudyInstanceUID" = ?',
      StudyInstanceUID,
    )[0]?.state;
  }

  #told(StudyInstanceUID: string): string {
    const row = this.query(
      'SELECT "state", "reasons" FROM "study" WHERE "StudyInstanceUID" = ?',
      StudyInstanceUID,
    );
    const story = this.query(
      'SELECT "at", "kind", "detail" FROM "event" WHERE "StudyInstanceUID" = ?',
      StudyInstanceUID,
    );
    return `${JSON.stringify(row)}\n${story.map((event) => JSON.stringify(event)).join('\n')}`;
  }

  /** Waits for a state; asked so often that short ones are seen. */
  async inState(StudyInstanceUID: string, ...states: StudyState[]): Promise<void> {
    const here = async () => states.find((state) => state === this.state(StudyInstanceUID));
    await until(states.join(' or '), here, { everyMs: 1, withinMs: 60_000 }).catch((thrown) => {
      throw new Error(`it is ${this.#told(StudyInstanceUID)}\n${this.earshot.log().slice(-3000)}`, {
        cause: thrown,
      });
    });
  }

  /** What was acknowledged and is not in the catalogue with its digest, or not in the file that the catalogue names. */
  lost(promised: Iterable<string> = this.promised): string[] {
    const database = this.#open();
    try {
      const rowsOf = database.prepare<[{ uid: string; digest: string }], { file: string }>(
        ['instance', 'conflict', 'superseded']
          .map(
            (table) => `SELECT "file" FROM "${table}" WHERE "SOPInstanceUID" = @uid AND "digest" = @digest`,
          )
          .join(' UNION ALL '),
      );
      const isHere = (promise: string): boolean => {
        const [uid = '', digest = ''] = promise.split(' ');
        return rowsOf.all({ uid, digest }).some(({ file }) => this.#digestIn(file) === digest);
      };
      return [...promised].filter((promise) => !isHere(promise));
    } finally {
      database.close();
    }
  }

  #digestIn(file: string): string | undefined {
    try {
      return sha256(datasetOf(readFileSync(join(this.dataDir, file))));
    } catch {
      return undefined;
    }
  }

  /** Of the reports that arrived all of the follow-up are one object with the same bytes, and it is one that we may send. */
  expectOneReport({ reports }: Pick<Pacs, 'reports'>, { followUp }: PhantomCase): void {
    const arrived = reports.filter((one) => one.StudyInstanceUID === followUp.StudyInstanceUID);
    expect(
      new Set(arrived.map(({ SOPInstanceUID, bytes }) => `${SOPInstanceUID} ${sha256(bytes)}`)).size,
    ).toBe(1);
    for (const { bytes } of arrived) expect(() => validateReport(bytes)).not.toThrow();
  }

  expectNothingLost(): void {
    expect(this.promised.size).toBeGreaterThan(0);
    expect(this.lost()).toEqual([]);
  }

  /** Of what was acknowledged since this was asked last: as long as there is little of it, and not of what was there before. */
  expectNothingNewLost(): void {
    const since = [...this.promised].slice(this.#looked);
    this.#looked = this.promised.size;
    expect(this.lost(since)).toEqual([]);
  }

  /** Of a program that was stopped: SQLite's own check, and every line of the audit trail in its place. */
  async expectSound(): Promise<void> {
    expect(this.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    const sql = openSqlite(join(this.dataDir, 'catalogue.sqlite'), { isReadOnly: true });
    try {
      const chain = await new AuditTrail(sql, () => new Date(), false).verify();
      expect(chain).toMatchObject({ isWhole: true, brokenAt: undefined });
      expect(chain.rows).toBeGreaterThan(0);
    } finally {
      await sql.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.earshot.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
