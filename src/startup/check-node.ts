/** Checks of one node, for an administrator who wants to know whether it works, and what to do when it does not. */

import { dicomWebArchive } from '../../adapters/dicomweb/archive.ts';
import { probeDicomWeb } from '../../adapters/dicomweb/probe.ts';
import type { CheckKind, CheckResult } from '../catalogue/node-checks.ts';
import { asFault, Fault } from '../fault.ts';
import { TEST_PATIENT_PREFIX } from '../patients/test-patient.ts';
import type { Clock, Node, PeerAnswer, WebProbe } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import { archiveOf } from './archives.ts';
import { type Ends, type Finding, failedBecause, passed, skipped } from './check-advice.ts';
import { judgeCertificate } from './check-certificate.ts';
import { type MoveNeeds, moveOne } from './check-move.ts';
import type { Config } from './config.ts';
import { destinationOf } from './destinations.ts';
import { echoNode, findNobody } from './echo-node.ts';
import { inspectNode } from './inspect-node.ts';
import type { TestReports } from './test-reports.ts';
import { nodeOf } from './tls.ts';

export type ConfiguredNode = Config['nodes'][number];
export type CheckNeeds = Readonly<{
  config: Pick<Config, 'dimse' | 'delivery' | 'priors' | 'report'>;
  clock: Clock;
  /** where our listener really is, when the configuration says any port */
  ownPort?: number | undefined;
  /** what only a running service has: without it nothing can be moved or stored */
  service?: (Omit<MoveNeeds, 'clock'> & Readonly<{ reports: TestReports }>) | undefined;
}>;

/** Seconds until a check is given up. */
const LIMITS: Readonly<Record<CheckKind, number>> = {
  echo: 20,
  find: 30,
  move: 90,
  store: 60,
  web: 30,
  certificate: 20,
};

/** One check; it never throws: what went wrong is the result. Nothing of it is recorded here. */
export async function checkNode(
  node: ConfiguredNode,
  kind: CheckKind,
  needs: CheckNeeds,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> {
  const startedAt = needs.clock();
  const started = performance.now();
  const finding = await findingOf(node, kind, needs, signal);
  return {
    node: node.name,
    kind,
    startedAt,
    milliseconds: Math.round(performance.now() - started),
    ...finding,
  };
}

async function findingOf(
  node: ConfiguredNode,
  kind: CheckKind,
  needs: CheckNeeds,
  signal: AbortSignal,
): Promise<Finding> {
  const why = whyNot(node, kind);
  if (why !== undefined) return skipped(why);
  const limit = AbortSignal.timeout(LIMITS[kind] * 1000);
  const both = AbortSignal.any([signal, limit]);
  try {
    return await orAborted(CHECKS[kind](node, needs, both), both);
  } catch (thrown) {
    if (signal.aborted) return { outcome: 'skipped', code: '', text: 'The check was called off.' };
    const fault = limit.aborted ? new Fault('PEER_TIMEOUT', `${LIMITS[kind]} s`) : asFault(thrown);
    return failedBecause(fault, endsOf(node, kind, needs));
  }
}

/** Whatever a peer or an adapter does, the check ends in time. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Fault('PEER_TIMEOUT', 'called off'));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function endsOf({ aeTitle, host, port, dicomWeb }: ConfiguredNode, kind: CheckKind, needs: CheckNeeds): Ends {
  const { dimse } = needs.config;
  const ownPort = needs.ownPort ?? (dimse.plain ? dimse.port : (dimse.tls?.port ?? dimse.port));
  const peer = dicomWeb === undefined ? `${aeTitle} at ${host}:${port}` : new URL(dicomWeb).host;
  return { kind, ownAeTitle: dimse.aeTitle, ownPort, peer };
}

/** Why a check means nothing for a node; undefined: it can be tried. */
export function whyNot(node: ConfiguredNode, kind: CheckKind): string | undefined {
  const { roles, dicomWeb, host, port, tls, disabled } = node;
  const isWeb = dicomWeb !== undefined;
  if (!isWeb && (host === undefined || port === undefined))
    return 'The node has no host and port: it calls us, and we do not call it.';
  if ((kind === 'find' || kind === 'move') && !roles.includes('archive')) return 'The node is no archive.';
  if (kind === 'move' && disabled) return 'The node is disabled: what it sends is refused.';
  if (kind === 'store' && !roles.includes('destination')) return 'The node is no destination.';
  if (kind === 'web' && !isWeb) return 'The node is a DIMSE node.';
  const isSecured = isWeb ? dicomWeb.startsWith('https:') : tls !== undefined;
  if (kind === 'certificate' && !isSecured) return 'The node is reached without TLS.';
  return undefined;
}

type Check = (node: ConfiguredNode, needs: CheckNeeds, signal: AbortSignal) => Promise<Finding>;

const CHECKS: Readonly<Record<CheckKind, Check>> = {
  echo: async (node, { config }, signal) => {
    if (node.dicomWeb !== undefined) return searchOnce(nodeOf(node), config, signal);
    await echoNode(node, config, signal);
    return passed('The node answered a C-ECHO.');
  },
  find: async (node, { config }, signal) => {
    await findNobody(node, config, signal);
    const asked = node.dicomWeb === undefined ? 'C-FIND' : 'QIDO-RS';
    return passed(`The archive answered ${asked} for a patient that does not exist with no study.`);
  },
  move: async (node, { config, service, clock }, signal) => {
    if (!service) return skipped('Only a running service can receive what the archive sends.');
    const archive = archiveOf(nodeOf(node), config.dimse.aeTitle, config.priors);
    const { arrivalSeconds } = config.priors;
    return moveOne(
      { archive, from: node.aeTitle ?? node.name, arrivalSeconds },
      { ...service, clock },
      signal,
    );
  },
  store: storeTestReport,
  web: async (node, _needs, signal) => judgeProbes((await probeDicomWeb(nodeOf(node), signal)).probes, node),
  certificate: async (node, { config, clock }) => judgeCertificate(await inspectNode(node, config), clock()),
};

/** The small request that stands for a C-ECHO. */
async function searchOnce(
  node: Node,
  { priors }: CheckNeeds['config'],
  signal: AbortSignal,
): Promise<Finding> {
  const StudyDate = '19000101';
  try {
    await dicomWebArchive(node, priors).findStudies(
      { PatientID: `${TEST_PATIENT_PREFIX}ECHO`, StudyDate },
      signal,
    );
    return passed('The server answered a search (QIDO-RS).');
  } catch (thrown) {
    const { code, detail } = asFault(thrown);
    const isOffered = node.roles.includes('archive') || code !== 'QUERY_REFUSED';
    if (isOffered || !/HTTP (40[0456]|415|422)/.test(detail)) throw thrown;
    return passed(`The server answered (${detail}): it has no search, which a destination need not have.`);
  }
}

/** The report of the last self-test, by the way that reports take, in the form that the node prefers or the next. */
async function storeTestReport(
  node: ConfiguredNode,
  { config, service }: CheckNeeds,
  signal: AbortSignal,
): Promise<Finding> {
  const destination = destinationOf(node, config);
  const { srSopClasses = [], language = config.report.language } = destination;
  const wanted = [...srSopClasses, SR_SOP_CLASSES[config.report.srSopClass]];
  const files = (await service?.reports.files(wanted, [language, config.report.language])) ?? [];
  if (files.length === 0)
    return skipped('There is no test report yet: let the test patient run through the whole path first.');
  let refusal: unknown;
  for (const file of files) {
    try {
      return stored(await destination.send(file, signal));
    } catch (thrown) {
      if (signal.aborted || asFault(thrown).code !== 'PEER_NO_CONTEXT') throw thrown;
      refusal = thrown;
    }
  }
  throw refusal;
}

function stored({ status, comment, warning }: PeerAnswer): Finding {
  // A DIMSE status is 0 or a warning beyond the statuses of HTTP; 0x0111 says that the peer has it already.
  const isHttp = status >= 200 && status < 300 && status !== 0x0111;
  const said = isHttp ? `HTTP ${status}` : `status 0x${status.toString(16).toUpperCase().padStart(4, '0')}`;
  const more = [warning ? 'with a warning' : '', comment ?? ''].filter(Boolean).join(': ');
  return passed(
    `The test report (patient EARSHOT^TEST) was taken, ${said}${more ? `, ${more}` : ''}. It may be deleted at the peer.`,
  );
}

/** What the roles of the node need must be offered; what nobody needs may be missing. */
export function judgeProbes(probes: readonly WebProbe[], { roles }: Pick<ConfiguredNode, 'roles'>): Finding {
  const text = probes.map((probe) => `${probe.service}: ${probe.text}`).join('; ');
  const isNeeded = ({ service }: WebProbe): boolean =>
    service === 'STOW-RS' ? roles.includes('destination') : roles.includes('archive');
  const missing = probes.filter((probe) => isNeeded(probe) && probe.isOffered === false);
  const isRefused = probes.some(({ status }) => status === 401 || status === 403);
  if (missing.length === 0 && !isRefused) return passed(`${text}.`);
  const advice = isRefused
    ? 'The server refuses our login: check auth of the node.'
    : `The server does not offer what the node is configured for (${missing.map(({ service }) => service).join(', ')}): check the address (dicomWeb), and enable it there.`;
  return { outcome: 'failed', code: 'PEER_REFUSED', text: `${advice} ${text}.` };
}
