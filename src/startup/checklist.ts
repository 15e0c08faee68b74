/** The first run: what must be in order before a case can come through, each with the reason when it is not. */
import type { CheckKind, NodeCheck } from '../catalogue/node-checks.ts';
import { asFault, FAULTS } from '../fault.ts';
import type { Config } from './config.ts';
import type { EchoedPort } from './echo-ourselves.ts';
import type { SelfTestProgress } from './self-test-steps.ts';

type ChecklistState = 'ok' | 'warning' | 'failed' | 'unknown';
export type ChecklistItem = Readonly<{
  id: string;
  title: string;
  state: ChecklistState;
  text: string;
  /** what to do; empty when there is nothing to do */
  remedy: string;
}>;

/** Every function may throw: its item then says so, and the others stand. */
export type ChecklistNeeds = Readonly<{
  config: Config;
  now: Date;
  httpPort: number;
  /** a C-ECHO to each of our ports under our own title */
  echoOurselves(): Promise<readonly EchoedPort[]>;
  newestChecks(): Promise<readonly NodeCheck[]>;
  model: Readonly<{ id: string; version: string }>;
  /** local: learnt from `n` cases of this site */
  normalisation: Readonly<{ kind: 'none' | 'supplied' | 'local'; n?: number | undefined }>;
  /** reads the rule files again; throws RULES_INVALID */
  readRules(): void;
  freeBytes(): Promise<number>;
  /** what the first DICOMweb node says that the time is; undefined: there is none, or it does not say */
  peerDate(): Promise<Date | undefined>;
  hasAdministrator: boolean;
  lastSelfTest(): Promise<SelfTestProgress | undefined>;
}>;

type Found = Pick<ChecklistItem, 'state' | 'text'> & Readonly<{ remedy?: string }>;
type Look = Readonly<{ id: string; title: string; look: (needs: ChecklistNeeds) => Found | Promise<Found> }>;

export const setupChecklist = (needs: ChecklistNeeds): Promise<ChecklistItem[]> =>
  Promise.all(
    LOOKS.map(async ({ id, title, look }) => {
      try {
        return { id, title, remedy: '', ...(await look(needs)) };
      } catch (thrown) {
        const { code, message } = asFault(thrown);
        return { id, title, state: 'failed', text: message.slice(code.length + 2), remedy: 'See the log.' };
      }
    }),
  );

const ok = (text: string): Found => ({ state: 'ok', text });

const LOOKS: readonly Look[] = [
  { id: 'dimse', title: 'AE title and port', look: listening },
  { id: 'http', title: 'Address of these pages', look: address },
  { id: 'administrator', title: 'First administrator', look: administrator },
  { id: 'source', title: 'A node that sends', look: (needs) => nodesWith(needs, 'source') },
  {
    id: 'archive',
    title: 'An archive that is asked for priors',
    look: (needs) => nodesWith(needs, 'archive'),
  },
  { id: 'destination', title: 'A destination for reports', look: (needs) => nodesWith(needs, 'destination') },
  { id: 'model', title: 'Model', look: ({ model }) => ok(`${model.id}, version ${model.version}`) },
  { id: 'normalisation', title: 'Normalisation', look: normalised },
  { id: 'rules', title: 'Rules', look: rulesValid },
  { id: 'disk', title: 'Disk', look: diskFree },
  { id: 'clock', title: 'Clock', look: clockPlausible },
  { id: 'notifications', title: 'Notifications', look: notified },
  { id: 'testPatient', title: 'A test patient through the whole path', look: testPatient },
];

async function listening({ config: { dimse }, echoOurselves }: ChecklistNeeds): Promise<Found> {
  let ports: readonly EchoedPort[];
  try {
    ports = await echoOurselves();
  } catch (thrown) {
    const { sentence, remedy } = FAULTS[asFault(thrown).code];
    return { state: 'failed', text: sentence, remedy };
  }
  const text = ports.map((each) => echoed(dimse.aeTitle, each)).join('; ');
  const silent = ports.filter((each) => 'code' in each).length;
  if (silent === 0) return ok(text);
  return {
    state: silent < ports.length ? 'warning' : 'failed',
    text,
    remedy: 'Check dimse in the configuration, and whether another program or a firewall is in the way.',
  };
}

const echoed = (aeTitle: string, { host, port, ...answer }: EchoedPort): string =>
  'code' in answer
    ? `${aeTitle} does not answer on port ${port} (${host}): ${answer.code}`
    : `${aeTitle} answers on port ${port} (${host}), C-ECHO after ${answer.milliseconds.toFixed(0)} ms`;

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host);

function address({ config: { http }, httpPort }: ChecklistNeeds): Found {
  const where = `${http.tls ? 'https' : 'http'}://${http.host}:${httpPort}`;
  if (http.tls || isLoopback(http.host)) return ok(where);
  return {
    state: 'warning',
    text: `${where}: passwords travel unencrypted`,
    remedy: 'Set http.tls, or bind to 127.0.0.1 behind a proxy with TLS.',
  };
}

function administrator({ hasAdministrator }: ChecklistNeeds): Found {
  return hasAdministrator
    ? ok('There is one.')
    : {
        state: 'failed',
        text: 'There is none.',
        remedy: 'Open the one-time link that was printed at start, or run `earshot user add`.',
      };
}

type Role = 'source' | 'archive' | 'destination';
/** Of the checks of a node those that tell whether it does what its role is for; the first that exists counts. */
const TELLING: Readonly<Record<Role, readonly CheckKind[]>> = {
  source: ['echo'],
  archive: ['move', 'find', 'echo'],
  destination: ['store', 'echo'],
};
const MISSING: Readonly<Record<Role, Found>> = {
  source: {
    state: 'failed',
    text: 'No node may send.',
    remedy: 'Add the PACS as a node with the role source, and have it route chest CTs here.',
  },
  archive: {
    state: 'warning',
    text: 'No archive is asked: earlier studies must be sent by hand.',
    remedy: 'Give a node the role archive, with host and port or a dicomWeb address.',
  },
  destination: {
    state: 'failed',
    text: 'No node gets reports.',
    remedy: 'Give a node the role destination; its mode must not be off.',
  },
};

async function nodesWith({ config, newestChecks }: ChecklistNeeds, role: Role): Promise<Found> {
  const nodes = config.nodes.filter(
    ({ roles, mode, disabled }) => !disabled && roles.includes(role) && isUsed(role, mode),
  );
  if (nodes.length === 0) return MISSING[role];
  const checks = await newestChecks();
  const found = nodes.map((node) => stateOfNode(node, role, checks));
  const text = found.map((each) => each.text).join('; ');
  if (found.some(({ state }) => state === 'ok')) {
    const isAll = found.every(({ state }) => state === 'ok' || state === 'unknown');
    return {
      state: isAll ? 'ok' : 'warning',
      text,
      ...(isAll ? {} : { remedy: 'See the checks of the node.' }),
    };
  }
  const isFailed = found.some(({ state }) => state === 'failed');
  const remedy = isFailed ? 'See the checks of the node.' : 'Run the checks of the node.';
  return { state: isFailed ? 'failed' : 'unknown', text, remedy };
}

const isUsed = (role: Role, mode: Config['nodes'][number]['mode']): boolean =>
  role !== 'destination' || mode !== 'off';

function stateOfNode(
  { name, host, dicomWeb }: Config['nodes'][number],
  role: Role,
  checks: readonly NodeCheck[],
): Found {
  if (host === undefined && dicomWeb === undefined)
    return role === 'source'
      ? ok(`${name} only calls us`)
      : { state: 'unknown', text: `${name} has no address` };
  const own = checks.filter((check) => check.node === name && check.outcome !== 'skipped');
  const kind = TELLING[role].find((each) => own.some((check) => check.kind === each));
  const check = own.find((each) => each.kind === kind);
  if (!check) return { state: 'unknown', text: `${name} was not checked yet` };
  const at = check.startedAt.toISOString().slice(0, 16).replace('T', ' ');
  return check.outcome === 'passed'
    ? ok(`${name}: ${check.kind} passed at ${at} UTC`)
    : { state: 'failed', text: `${name}: ${check.kind} failed at ${at} UTC. ${check.text}` };
}

/** Cases from which on a local normalisation gives probabilities, and is not provisional any more. */
const FEWEST_CASES = 20;
const ENOUGH_CASES = 50;

function normalised({ normalisation: { kind, n = 0 } }: ChecklistNeeds): Found {
  if (kind === 'supplied') return ok(`Supplied, from ${n} cases.`);
  if (kind === 'local' && n >= ENOUGH_CASES) return ok(`From ${n} cases of this site.`);
  const text = kind === 'local' ? `${n} of ${ENOUGH_CASES} cases of this site.` : 'None.';
  return {
    state: 'warning',
    text: `${text} ${n < FEWEST_CASES ? 'Reports give the delta without a probability.' : 'Probabilities are provisional.'}`,
    remedy: 'Supply mean and SD in model.normalisation, or wait for cases of this site.',
  };
}

function rulesValid({ readRules }: ChecklistNeeds): Found {
  try {
    readRules();
    return ok('All rule files are valid.');
  } catch (thrown) {
    return { state: 'failed', text: asFault(thrown).message, remedy: 'Correct the rule at the place named.' };
  }
}

const MIB = 2 ** 20;

async function diskFree({ config: { limits, dataDir }, freeBytes }: ChecklistNeeds): Promise<Found> {
  const free = Math.floor((await freeBytes()) / MIB);
  const text = `${free} MiB free in ${dataDir}; below ${limits.minFreeMiB} MiB nothing is accepted`;
  const remedy = 'Free space, or set retention.days.';
  if (free < limits.minFreeMiB) return { state: 'failed', text, remedy };
  return free < 4 * limits.minFreeMiB ? { state: 'warning', text, remedy } : ok(text);
}

/** No clock of a machine on which this runs is earlier. */
const FIRST_YEAR = 2025;
const LAST_YEAR = 2100;
const MOST_SECONDS_OFF = 60;

async function clockPlausible({ now, peerDate }: ChecklistNeeds): Promise<Found> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const text = `${now.toISOString().slice(0, 19).replace('T', ' ')} UTC, time zone ${zone}`;
  const remedy = 'Set the clock of this machine, and have it follow a time server.';
  if (now.getUTCFullYear() < FIRST_YEAR || now.getUTCFullYear() > LAST_YEAR)
    return { state: 'failed', text, remedy };
  const there = await peerDate().catch(() => undefined);
  if (!there) return { state: 'unknown', text: `${text}; no DICOMweb node says what time it has` };
  const seconds = Math.round((there.getTime() - now.getTime()) / 1000);
  const both = `${text}; ${Math.abs(seconds)} s from the clock of a DICOMweb node`;
  return Math.abs(seconds) > MOST_SECONDS_OFF ? { state: 'warning', text: both, remedy } : ok(both);
}

function notified({ config: { notifications } }: ChecklistNeeds): Found {
  const ways = [notifications.email && 'e-mail', notifications.webhook && 'webhook'].filter(Boolean);
  if (ways.length > 0) return ok(`By ${ways.join(' and ')}.`);
  return {
    state: 'warning',
    text: 'Nobody is told when a case is held or a node is down.',
    remedy: 'Set notifications.email or notifications.webhook.',
  };
}

async function testPatient({ lastSelfTest }: ChecklistNeeds): Promise<Found> {
  const last = await lastSelfTest();
  if (!last) return { state: 'unknown', text: 'It was not tried yet.', remedy: 'Start the test patient.' };
  const at = last.startedAt.slice(0, 16).replace('T', ' ');
  if (last.state === 'running') return { state: 'unknown', text: 'It is under way.' };
  if (last.state === 'passed')
    return ok(`It came through at ${at} UTC, in ${(last.milliseconds / 1000).toFixed(1)} s.`);
  const step = last.steps.find(({ state }) => state === 'failed');
  return {
    state: 'failed',
    text: `It did not come through at ${at} UTC. ${step?.title}: ${step?.text}`,
    remedy: 'Correct what the step says, and start the test patient again.',
  };
}
