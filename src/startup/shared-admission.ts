/** Lets the checks of one process use the DIMSE port of another: by leases, which those with a port read once a second. */
import { randomUUID } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { every } from '../../adapters/schedule/every.ts';
import { Fault } from '../fault.ts';
import type { Lease, Leases, Log, Node } from '../ports.ts';
import { comesWithin } from './arrivals.ts';
import type { Config } from './config.ts';
import type { Admission } from './doors.ts';
import { ownNode } from './own-node.ts';
import type { Processes } from './processes.ts';
import type { Machine, Opening } from './test-door.ts';

/** A port of ours that takes associations, in this process or in another one. */
export type OwnPort = Readonly<{ holder: string; node: Node }>;
type Expected = AsyncDisposable &
  Readonly<{ hasCome(withinMs: number, signal: AbortSignal): Promise<boolean> }>;

export type SharedAdmission = Readonly<{
  /** That of this process first. Faults: NO_RECEIVER. */
  ports(): Promise<readonly [OwnPort, ...OwnPort[]]>;
  /** Opens the door there until it is disposed of. Without a patient: for a C-ECHO. Faults: NO_RECEIVER. */
  open(port: OwnPort, PatientID?: string): Promise<AsyncDisposable>;
  /** An object that comes to any of our ports from now on. */
  expect(SOPInstanceUID: string): Promise<Expected>;
}>;

type Needs = Readonly<{
  admission: Admission;
  leases: Pick<Leases, 'holder' | 'take' | 'held'>;
  processes: Pick<Processes, 'own' | 'list' | 'tell'>;
}>;

/** What one process asks of the others. */
type Asked = Opening & Readonly<{ SOPInstanceUID?: string }>;

const ASKED = 'admission/';
const ARRIVED = 'arrived/';
/** Who has not read within three of its periods does not read. */
const READ_MS = 3000;
const LOOK_MS = 100;

/** The side of the checks. Where there is no other process nothing is written and nothing is waited for. */
export function shareAdmission({
  config,
  admission: { door, arrivals },
  leases,
  processes,
}: Needs & Readonly<{ config: () => Config }>): SharedAdmission {
  const elsewhere = async () =>
    (await processes.list()).filter(({ holder, dimsePort }) => holder !== leases.holder && dimsePort > 0);
  const isRead = async (id: string, by: readonly string[]): Promise<boolean> => {
    const end = performance.now() + READ_MS;
    while (performance.now() < end) {
      const reading = (await elsewhere()).filter(({ holder }) => by.includes(holder));
      if (reading.length > 0 && reading.every(({ admits }) => admits.includes(id))) return true;
      await pause(LOOK_MS);
    }
    return false;
  };
  const ask = async (asked: Asked): Promise<Readonly<{ id: string; lease: Lease }>> => {
    const id = randomUUID();
    const lease = await leases.take(`${ASKED}${id}`, JSON.stringify(asked));
    if (!lease) throw new Error('a random name is used twice');
    return { id, lease };
  };
  return {
    ports: async () => {
      const { holder, dimsePort } = processes.own();
      const here = dimsePort > 0 ? [{ holder, node: ownNode(config(), dimsePort) }] : [];
      const there = (await elsewhere()).map((each) => ({
        holder: each.holder,
        node: ownNode(config(), each.dimsePort, each.address),
      }));
      const [first, ...others] = [...here, ...there];
      if (!first) throw new Fault('NO_RECEIVER');
      return [first, ...others];
    },
    open: async ({ holder, node }, PatientID) => {
      if (holder === leases.holder) {
        const opened = door.open({ PatientID });
        return { [Symbol.asyncDispose]: async () => opened[Symbol.dispose]() };
      }
      const { id, lease } = await ask({ PatientID, from: thisMachine() });
      if (await isRead(id, [holder])) return lease;
      await lease[Symbol.asyncDispose]();
      throw new Fault('NO_RECEIVER', `the one at ${node.host} does not answer the other processes`);
    },
    expect: async (SOPInstanceUID) => {
      const here = arrivals.expect(SOPInstanceUID);
      const others = (await elsewhere()).map(({ holder }) => holder);
      const asking = others.length > 0 ? await ask({ SOPInstanceUID }) : undefined;
      if (asking) await isRead(asking.id, others);
      const over = new AbortController();
      const hasComeThere = async (id: string): Promise<void> => {
        while (!over.signal.aborted && (await leases.held(`${ARRIVED}${id}`)).length === 0)
          await pause(LOOK_MS);
      };
      return {
        hasCome: (withinMs, signal) => {
          // What cannot be read is not told.
          const there = asking
            ? [hasComeThere(asking.id).catch(() => new Promise<void>(() => undefined))]
            : [];
          return comesWithin(withinMs, Promise.race([here.come, ...there]), signal);
        },
        [Symbol.asyncDispose]: async () => {
          over.abort();
          here[Symbol.dispose]();
          await asking?.lease[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** The side of the port: does what other processes ask for, as long as they ask. Whatever is open is shut when they cannot be heard. */
export function startAdmitting({
  admission: { door, arrivals },
  leases,
  processes,
  log,
}: Needs & Readonly<{ log: Log }>): AsyncDisposable {
  const admitted = new Map<string, AsyncDisposable>();
  let told = '[]';

  const admit = (id: string, { SOPInstanceUID, ...opening }: Asked): AsyncDisposable => {
    if (SOPInstanceUID === undefined) {
      // Who does not say where it is, is nowhere.
      const opened = door.open({ from: { host: '', addresses: [] }, ...opening });
      return { [Symbol.asyncDispose]: async () => opened[Symbol.dispose]() };
    }
    const expected = arrivals.expect(SOPInstanceUID);
    let telling: Promise<Lease | undefined> | undefined;
    void expected.come.then(() => {
      telling = leases.take(`${ARRIVED}${id}`).catch(onError);
    });
    return {
      [Symbol.asyncDispose]: async () => {
        expected[Symbol.dispose]();
        await (await telling)?.[Symbol.asyncDispose]();
      },
    };
  };
  const keepOnly = async (ids: ReadonlySet<string>): Promise<void> => {
    for (const [id, each] of admitted) {
      if (ids.has(id)) continue;
      admitted.delete(id);
      await each[Symbol.asyncDispose]();
    }
  };
  const look = async (): Promise<void> => {
    const asked = (await leases.held(ASKED)).map(({ name, detail }) => ({
      id: name.slice(ASKED.length),
      asked: JSON.parse(detail) as Asked,
    }));
    await keepOnly(new Set(asked.map(({ id }) => id)));
    for (const { id, asked: one } of asked) if (!admitted.has(id)) admitted.set(id, admit(id, one));
    const admits = [...admitted.keys()];
    if (JSON.stringify(admits) === told) return;
    await processes.tell({ admits });
    told = JSON.stringify(admits);
  };
  const onError = (thrown: unknown): undefined => {
    log.warn('admission.notRead', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
    return undefined;
  };
  const cron = every(
    'second',
    () =>
      look().catch(async (thrown) => {
        told = '';
        await keepOnly(new Set());
        throw thrown;
      }),
    onError,
  );
  return {
    [Symbol.asyncDispose]: async () => {
      await cron[Symbol.asyncDispose]();
      await keepOnly(new Set());
    },
  };
}

const thisMachine = (): Machine => ({
  host: hostname(),
  addresses: Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .flatMap(({ internal, address }) => (internal ? [] : [address])),
});
