import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { digestOf } from '../../src/dicom/uid.ts';
import { seededRandom } from '../../src/model/random.ts';
import { type Arrival, receive } from '../../src/pipeline/receive.ts';
import { removeFiles } from '../../src/pipeline/retire.ts';
import { type OpenedCatalogue, openCatalogue } from '../../src/startup/open-catalogue.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { keptLog } from '../support/log.ts';
import { silentMeter } from '../support/silent-meter.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';

type Receiver = OpenedCatalogue & Readonly<{ store(file: Buffer, uid: string): Promise<Arrival> }>;

describe.skipIf(postgresMissing())(
  'two receivers that get objects of the same UID at the same moments',
  () => {
    let dataDir: string;
    let database: string;
    const closing: (() => Promise<void>)[] = [];
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'earshot-receivers-'));
      database = await newDatabase();
    });
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
      await rm(dataDir, { recursive: true, force: true });
    });

    /** `hasLocks` false: one whose locks do not hold, as after its connection was lost. */
    async function receiver(hasLocks: boolean): Promise<Receiver> {
      const place = { dataDir, database, databaseConnections: 4 };
      const opened = await openCatalogue(place, () => new Date());
      closing.push(() => opened.sql.close());
      if (!hasLocks) Object.assign(opened.sql, { locked: undefined });
      const files = await openInstanceFiles(dataDir, { isBeside: true });
      const limits = { minFreeBytes: 0, maxComparedBytes: 2 ** 20 };
      const { catalogue } = opened;
      const store = (file: Buffer, SOPInstanceUID: string) => {
        const incoming = files.receive({
          SOPClassUID: CT,
          SOPInstanceUID,
          TransferSyntaxUID: '1.2.840.10008.1.2.1',
        });
        incoming.write(datasetOf(file));
        const world = { catalogue, files, log: keptLog(), meter: silentMeter, limits };
        return receive(world, incoming, { SOPClassUID: CT, SOPInstanceUID, from: 'SCANNER' });
      };
      return { ...opened, store };
    }

    const onDisk = async (file: string) => digestOf(datasetOf(await readFile(join(dataDir, file))));
    const filesOnDisk = async () => {
      const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).length;
    };

    /** Every row has its file with the bytes that it names; what is refused is sent again, as archives do. */
    async function storeAll(hasLocks: boolean, { objects, seed }: { objects: number; seed: number }) {
      const random = seededRandom(`receivers ${seed}`);
      const receivers = [await receiver(hasLocks), await receiver(hasLocks)] as const;
      const [{ catalogue, sql }] = receivers;
      const arrivals: Arrival[] = [];
      const patient = async (one: Receiver, file: Buffer, uid: string): Promise<void> => {
        for (let tries = 0; ; tries += 1) {
          try {
            arrivals.push(await one.store(file, uid));
            return;
          } catch (thrown) {
            if (tries === 5) throw thrown;
          }
        }
      };
      for (let index = 0; index < objects; index += 1) {
        const uid = `2.25.1.2.${index + 1}`;
        const sent = Array.from({ length: 4 }, () => ctSlice({ size: 16, index, seed: 1 + random.index(2) }));
        await Promise.all(sent.map((file, at) => patient(receivers[at % 2] as Receiver, file, uid)));
        const row = await catalogue.instance(uid);
        const digests = new Set(sent.map((file) => digestOf(datasetOf(file))));
        expect(digests).toContain(row?.digest);
        expect(await onDisk(row?.file ?? '')).toBe(row?.digest);
        const conflicts = await sql.query<{ digest: string; file: string }>(
          'SELECT * FROM "conflict" WHERE "SOPInstanceUID" = $1',
          [uid],
        );
        expect(new Set([row?.digest, ...conflicts.map(({ digest }) => digest)])).toEqual(digests);
        for (const { digest, file } of conflicts) expect(await onDisk(file)).toBe(digest);
      }
      const [counts] = await sql.query<{ instances: number; conflicts: number }>(
        `SELECT (SELECT COUNT(*) FROM "instance") AS "instances", (SELECT COUNT(*) FROM "conflict") AS "conflicts"`,
      );
      const files = await openInstanceFiles(dataDir, { isBeside: true });
      await removeFiles({ catalogue, files, log: keptLog() });
      return { arrivals, counts };
    }

    test('keep one row with its own bytes, and the others apart', async () => {
      const { arrivals, counts } = await storeAll(true, { objects: 60, seed: 1 });
      expect(arrivals.filter((each) => each === 'added')).toHaveLength(60);
      expect(arrivals).toHaveLength(240);
      expect(counts?.instances).toBe(60);
      expect(counts?.conflicts).toBeGreaterThan(30);
      expect(await filesOnDisk()).toBe(60 + (counts?.conflicts ?? 0));
    });

    test('do so too when neither holds a lock any more', async () => {
      const { arrivals, counts } = await storeAll(false, { objects: 60, seed: 2 });
      expect(arrivals.filter((each) => each === 'added')).toHaveLength(60);
      expect(counts?.instances).toBe(60);
      expect(await filesOnDisk()).toBe(60 + (counts?.conflicts ?? 0));
    });
  },
);
