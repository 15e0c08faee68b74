import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { validateReport } from '../../src/sr/validate.ts';
import type { StudyState } from '../../src/study/lifecycle.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { type EarshotProcess, type EarshotSettings, earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, PACS, type Pacs, startPacs } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Earshot as a program of its own that can be killed, and what its peers were promised. */
class Killable implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'earshot-killed-'));
  /** SOP Instance UID and digest of the dataset: what a C-STORE-RSP with status 0x0000 promised to keep. */
  readonly promised = new Set<string>();
  readonly pacsPort: number;
  readonly port: number;
  readonly earshot: EarshotProcess;

  private constructor(port: number, httpPort: number, pacsPort: number, quietPeriodSeconds: number) {
    this.port = port;
    this.pacsPort = pacsPort;
    const settings: EarshotSettings & { log: unknown; limits: unknown } = {
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
      ],
      model: { normalisation: NORMALISATION },
      delivery: { firstPauseSeconds: 0.1, maxPauseSeconds: 0.2, timeoutSeconds: 30 },
      limits: { minFreeMiB: 0 },
      log: { level: 'trace' },
    };
    this.earshot = earshotProcess(this.folder, settings);
  }

  static async start(quietPeriodSeconds = 0.5): Promise<Killable> {
    const killable = new Killable(await freePort(), await freePort(), await freePort(), quietPeriodSeconds);
    await killable.earshot.start();
    return killable;
  }

  async kill(): Promise<void> {
    await this.earshot.stop('SIGKILL');
  }

  /** Sends over one association and remembers what was acknowledged, also when the association breaks. */
  async send(files: readonly Uint8Array[], onAnswer?: (answered: number) => void): Promise<void> {
    const node = { name: 'earshot', host: '127.0.0.1', port: this.port, aeTitle: 'EARSHOT', roles: [] };
    const answers = await sendFiles(node, files, { callingAeTitle: PACS, onAnswer });
    for (const [at, { SOPInstanceUID, status }] of answers.entries()) {
      if (status === 0) this.promised.add(`${SOPInstanceUID} ${sha256(datasetOf(Buffer.from(files[at]!)))}`);
    }
  }

  async sendCase({ baseline, followUp }: PhantomCase): Promise<void> {
    await this.send(baseline.all);
    await this.send(followUp.all);
  }

  /** The catalogue as it is on disk, read beside the program. */
  query<Row>(text: string, ...values: string[]): Row[] {
    const database = new Database(join(this.folder, 'data/catalogue.sqlite'), {
      readonly: true,
      timeout: 5000,
    });
    try {
      return database.prepare(text).all(...values) as Row[];
    } finally {
      database.close();
    }
  }

  state(StudyInstanceUID: string): StudyState | undefined {
    return this.query<{ state: StudyState }>(
      'SELECT "state" FROM "study" WHERE "StudyInstanceUID" = ?',
      StudyInstanceUID,
    )[0]?.state;
  }

  /** Waits for a state; asked so often that short ones are seen. */
  async inState(StudyInstanceUID: string, ...states: StudyState[]): Promise<void> {
    const here = async () => states.find((state) => state === this.state(StudyInstanceUID));
    await until(states.join(' or '), here, { everyMs: 1 }).catch((thrown) => {
      throw new Error(`it is ${this.state(StudyInstanceUID)}\n${this.earshot.log().slice(-3000)}`, {
        cause: thrown,
      });
    });
  }

  /** Every acknowledged object: in the catalogue with its digest, and its bytes in the file that the catalogue names. */
  expectNothingLost(): void {
    const rows = this.query<{ SOPInstanceUID: string; file: string; digest: string }>(
      `SELECT "SOPInstanceUID", "file", "digest" FROM "instance"
       UNION ALL SELECT "SOPInstanceUID", "file", "digest" FROM "conflict"
       UNION ALL SELECT "SOPInstanceUID", "file", "digest" FROM "superseded"`,
    );
    const kept = rows.filter(
      ({ file, digest }) => sha256(datasetOf(readFileSync(join(this.folder, 'data', file)))) === digest,
    );
    const here = new Set(kept.map(({ SOPInstanceUID, digest }) => `${SOPInstanceUID} ${digest}`));
    expect(this.promised.size).toBeGreaterThan(0);
    const lost = [...this.promised].filter((promise) => !here.has(promise));
    expect(lost).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.earshot.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('Earshot that is killed and started again', () => {
  let run: Killable;
  let pacs: Pacs | undefined;
  beforeAll(async () => {
    run = await Killable.start();
  });
  afterAll(() => run[Symbol.asyncDispose]());
  afterEach(() => stopPacs());

  const openPacs = async (): Promise<void> => {
    pacs = await startPacs(run.pacsPort);
  };
  const stopPacs = async (): Promise<void> => {
    await pacs?.[Symbol.asyncDispose]();
    pacs = undefined;
  };
  const reportsOf = (study: string) =>
    (pacs?.reports ?? []).filter(({ StudyInstanceUID }) => StudyInstanceUID === study);

  /** After the restart: the case is delivered, exactly one report is at the archive, and stays the only one. */
  async function expectOneReport(study: string): Promise<string> {
    await run.inState(study, 'delivered');
    await pause(1100);
    const arrived = reportsOf(study);
    const uids = new Set(arrived.map(({ SOPInstanceUID }) => SOPInstanceUID));
    expect(uids.size).toBe(1);
    const made = 'SELECT "SOPInstanceUID" FROM "report" WHERE "StudyInstanceUID" = ?';
    expect(run.query(made, study)).toHaveLength(1);
    expect(() => validateReport(arrived[0]!.bytes)).not.toThrow();
    run.expectNothingLost();
    return arrived[0]!.SOPInstanceUID;
  }

  it('in the middle of an association keeps what it acknowledged; sent again, there is one report', async () => {
    await openPacs();
    const phantom = phantomCase('killed-receiving');
    await run.send(phantom.baseline.all);
    const half = Math.floor(phantom.followUp.all.length / 2);
    let killing: Promise<void> | undefined;
    await run
      .send(phantom.followUp.all, (answered) => {
        if (answered === half) killing = run.kill();
      })
      .catch(() => undefined);
    await killing;
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('receiving');

    run.expectNothingLost();
    await run.earshot.start();
    run.expectNothingLost();
    await run.send(phantom.followUp.all);
    await expectOneReport(phantom.followUp.StudyInstanceUID);
  });

  it('while the studies are arriving closes them by itself afterwards', async () => {
    await openPacs();
    const phantom = phantomCase('killed-quiet');
    await run.sendCase(phantom);
    await run.kill();
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('receiving');
    run.expectNothingLost();
    await run.earshot.start();
    await expectOneReport(phantom.followUp.StudyInstanceUID);
  });

  for (const states of [['complete', 'ready'], ['scoring']] as const) {
    it(`while the case is ${states.join(' or ')} scores it afterwards`, async () => {
      await openPacs();
      const phantom = phantomCase(`killed-${states[0]}`);
      await run.sendCase(phantom);
      await run.inState(phantom.followUp.StudyInstanceUID, ...states);
      await run.kill();
      // The case may have moved on between the look and the signal, but not as far as a report.
      expect(['complete', 'ready', 'scoring']).toContain(run.state(phantom.followUp.StudyInstanceUID));
      expect(reportsOf(phantom.followUp.StudyInstanceUID)).toEqual([]);
      run.expectNothingLost();
      await run.earshot.start();
      await expectOneReport(phantom.followUp.StudyInstanceUID);
    });
  }

  it('after the report was made, while the archive is away, delivers that very report afterwards', async () => {
    const phantom = phantomCase('killed-undelivered');
    await run.sendCase(phantom);
    await run.inState(phantom.followUp.StudyInstanceUID, 'delivering', 'reported');
    await run.kill();
    const [made] = run.query<{ SOPInstanceUID: string; file: string }>(
      'SELECT * FROM "report" WHERE "StudyInstanceUID" = ?',
      phantom.followUp.StudyInstanceUID,
    );
    await run.earshot.start();
    await openPacs();
    const uid = await expectOneReport(phantom.followUp.StudyInstanceUID);
    expect(uid).toBe(made!.SOPInstanceUID);
    const file = readFileSync(join(run.folder, 'data', made!.file));
    expect(sha256(datasetOf(file))).toBe(
      sha256(datasetOf(Buffer.from(reportsOf(phantom.followUp.StudyInstanceUID)[0]!.bytes))),
    );
  });

  it('in the middle of its C-STORE to the archive sends the same report again, as one object', async () => {
    const arrivals: string[] = [];
    const deaf = await deafArchive(arrivals);
    const phantom = phantomCase('killed-c-store');
    await run.sendCase(phantom);
    await until('the report at an archive that does not answer', async () => arrivals[0]);
    await run.kill();
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('delivering');
    await deaf[Symbol.asyncDispose]();
    await openPacs();
    await run.earshot.start();
    expect(await expectOneReport(phantom.followUp.StudyInstanceUID)).toBe(arrivals[0]);
  });

  /** Takes the whole object, and its answer never comes. */
  async function deafArchive(arrivals: string[]): Promise<AsyncDisposable> {
    const files = await openInstanceFiles(join(run.folder, 'deaf'));
    const release: (() => void)[] = [];
    const archive = await startReceivingArchive({
      aeTitle: PACS,
      host: '127.0.0.1',
      port: run.pacsPort,
      files: {
        receive: (meta) => {
          const incoming = files.receive(meta);
          return {
            ...incoming,
            write: (chunk) => incoming.write(chunk),
            drained: () => incoming.drained(),
            finish: () => incoming.finish(),
            content: () => incoming.content(),
            discard: () => incoming.discard(),
            keep: async (place, elsewhere) => {
              const lasting = await incoming.keep(place, elsewhere);
              arrivals.push(meta.SOPInstanceUID);
              await new Promise<void>((done) => release.push(done));
              return lasting;
            },
          };
        },
      },
    });
    return {
      [Symbol.asyncDispose]: async () => {
        for (const done of release) done();
        await archive[Symbol.asyncDispose]();
      },
    };
  }

  it('says nothing of the patient in its log or its metrics, even at its most talkative', async () => {
    await openPacs();
    const phantom = phantomCase('log');
    await run.sendCase(phantom);
    await expectOneReport(phantom.followUp.StudyInstanceUID);
    await run.send([phantom.objects('followUp', { ct: { PatientSex: 'O' } }).ct[0]!]);
    await run.inState(phantom.followUp.StudyInstanceUID, 'held');
    const log = run.earshot.log();
    expect(log).toContain('case.reported');
    const { PatientID, PatientName, PatientBirthDate, IssuerOfPatientID } = phantom.patient;
    for (const secret of [PatientID, PatientName, 'SECRETNAME', PatientBirthDate, IssuerOfPatientID]) {
      expect(log).not.toContain(secret);
    }
    const metrics = await run.earshot.metrics();
    expect(metrics).toMatch(/earshot_cases\{state="delivered"\} [1-9]/);
    for (const secret of [PatientID, 'SECRETNAME', PatientBirthDate, '2.25.']) {
      expect(metrics).not.toContain(secret);
    }
  });
});
