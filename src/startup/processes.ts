/** Which processes of this installation run, and where. */
import { hostname, networkInterfaces } from 'node:os';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { keepLease } from '../pipeline/kept-lease.ts';
import type { Leases } from '../ports.ts';
import type { Config } from './config.ts';
import { ROLES, type Role } from './role.ts';
import { VERSION } from './version.ts';

type ProcessCard = Readonly<{
  /** as in Leases */
  holder: string;
  role: Role;
  version: string;
  host: string;
  pid: number;
  startedAt: string;
  /** digest of its configuration file, but for where it listens */
  file: string;
  /** address under which other processes reach its DIMSE port */
  address: string;
  /** 0: it has none, or has not opened it yet */
  dimsePort: number;
  httpPort: number;
  /** what it has read of what other processes ask of its DIMSE port */
  admits: readonly string[];
}>;

export type Processes = AsyncDisposable &
  Readonly<{
    own(): ProcessCard;
    /** Says something else of this one from now on. */
    tell(changes: Partial<Pick<ProcessCard, 'dimsePort' | 'httpPort' | 'admits'>>): Promise<void>;
    list(): Promise<readonly ProcessCard[]>;
    isAlive(holder: string): Promise<boolean>;
  }>;

const PREFIX = 'process/';

/** Puts this process on the list, and again should its lease be lost. */
export async function joinProcesses(
  leases: Leases,
  { role, config, now }: Readonly<{ role: Role; config: Config; now: Date }>,
): Promise<Processes> {
  let card: ProcessCard = {
    holder: leases.holder,
    role,
    version: VERSION,
    host: hostname(),
    pid: process.pid,
    startedAt: now.toISOString(),
    file: fileDigestOf(config),
    address: addressOf(config.dimse.host),
    dimsePort: 0,
    httpPort: 0,
    admits: [],
  };
  const lease = await keepLease(leases, `${PREFIX}${leases.holder}`, JSON.stringify(card));
  const cards = async (prefix: string): Promise<ProcessCard[]> =>
    (await leases.held(prefix)).map(({ detail }) => JSON.parse(detail) as ProcessCard);
  return {
    own: () => card,
    tell: async (changes) => {
      card = { ...card, ...changes };
      await lease.tell(JSON.stringify(card));
    },
    list: () => cards(PREFIX),
    isAlive: async (holder) => (await cards(`${PREFIX}${holder}`)).length > 0,
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

/** Of all that must be the same for every process. */
const fileDigestOf = ({ dimse, http, ...rest }: Config): string => {
  const same = { ...rest, dimse: { ...dimse, host: '', port: 0 }, http: { ...http, host: '', port: 0 } };
  return digestOf(canonicalJson(same)).slice(0, 16);
};

/** How many there are of each role, also of those of which there is none. */
export function countByRole(cards: readonly Pick<ProcessCard, 'role'>[]): ReadonlyMap<string, number> {
  return new Map(ROLES.map((role) => [role, cards.filter((each) => each.role === role).length]));
}

/** What is listened on; of a listener on all addresses the first that other machines may reach. */
function addressOf(host: string): string {
  if (!['0.0.0.0', '::'].includes(host)) return host;
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
