/** Joins the checks of nodes, the checklist and the test patient to the running service. */
import { probeDicomWeb } from '../../adapters/dicomweb/probe.ts';
import type { CheckOperationNeeds, Standing } from '../api/check-operations.ts';
import type { SetupOperationNeeds } from '../api/setup-operations.ts';
import { Accounts } from '../catalogue/accounts.ts';
import { CHECK_KINDS, type CheckKind, type NodeCheck, NodeChecks } from '../catalogue/node-checks.ts';
import { Fault } from '../fault.ts';
import type { Leases } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import type { Administered } from './administered.ts';
import { type CheckNeeds, type ConfiguredNode, checkNode, whyNot } from './check-node.ts';
import { setupChecklist } from './checklist.ts';
import type { Duties } from './duties.ts';
import { echoOurselves } from './echo-ourselves.ts';
import { startEchoing } from './echoing.ts';
import { loadRules } from './load.ts';
import type { Processes } from './processes.ts';
import { createSelfTest } from './self-test.ts';
import type { SharedAdmission } from './shared-admission.ts';
import { testReports } from './test-reports.ts';
import { nodeOf } from './tls.ts';

type Needs = Pick<Administered, 'sql' | 'world' | 'config' | 'files' | 'clock' | 'log'> &
  Readonly<{
    admission: SharedAdmission;
    leases: Pick<Leases, 'take' | 'held'>;
    processes: Pick<Processes, 'own'>;
    duties: Pick<Duties, 'only'>;
  }>;

export type Checking = Readonly<{
  needs: CheckOperationNeeds & SetupOperationNeeds;
  /** When the doors are open: nodes are looked at by themselves from then on. Disposing ends whatever is under way. */
  begin(): AsyncDisposable;
}>;

const PEER_DATE_MS = 5000;

export function createChecking(needs: Needs): Checking {
  const { sql, world, config, admission, processes, files, clock, log, duties } = needs;
  const stopping = new AbortController();
  const checks = new NodeChecks(sql);
  const accounts = new Accounts(sql, clock);
  const kept = testReports(files);
  const selfTest = createSelfTest({
    get world() {
      return world();
    },
    admission,
    leases: needs.leases,
    kept,
  });
  const check = async (node: ConfiguredNode, kind: CheckKind, author: string): Promise<NodeCheck> => {
    const service = { catalogue: world().catalogue, files, admission, reports: kept };
    const ownPort = processes.own().dimsePort || undefined;
    const now: CheckNeeds = { config: config(), clock, ownPort, service };
    const result = await checkNode(node, kind, now, stopping.signal);
    if (stopping.signal.aborted) throw new Fault('ACTION_NOT_POSSIBLE', 'the service stops');
    return checks.add(result, author);
  };
  return {
    needs: {
      check: async (name, kind, author) => {
        const node = config().nodes.find((each) => each.name === name);
        if (!node) throw new Fault('NODE_UNKNOWN');
        return check(node, kind, author);
      },
      history: async (name, limit) => {
        const history = await checks.historyOf(name, limit);
        if (history.length === 0 && !config().nodes.some((each) => each.name === name))
          throw new Fault('NODE_UNKNOWN');
        return history;
      },
      standing: async () => {
        const newest = await checks.newest();
        return Promise.all(
          config().nodes.map(async (node) => standingOf(node, newest, await checks.lastSuccess(node.name))),
        );
      },
      checklist: async () =>
        setupChecklist({
          config: config(),
          now: clock(),
          httpPort: processes.own().httpPort,
          echoOurselves: () => echoOurselves(admission),
          newestChecks: () => checks.newest(),
          model: world().model.value,
          normalisation: world().normalisation,
          readRules: () => void loadRules(config()),
          freeBytes: () => files.freeBytes(),
          peerDate: async () => {
            const peer = config().nodes.find(({ dicomWeb, disabled }) => dicomWeb !== undefined && !disabled);
            return peer && (await probeDicomWeb(nodeOf(peer), AbortSignal.timeout(PEER_DATE_MS))).date;
          },
          hasAdministrator: await accounts.hasAdministrator(),
          lastSelfTest: () => selfTest.status(),
        }),
      startSelfTest: (author) => selfTest.start(author),
      selfTest: () => selfTest.status(),
      testReport: () => {
        const { srSopClass, language } = config().report;
        return kept.read({ SOPClassUID: SR_SOP_CLASSES[srSopClass], language });
      },
    },
    begin: () => {
      const echoing = startEchoing({
        nodes: () => config().nodes,
        mayAskNow: async (name, now) => (await world().pace.mayAskNow(name, now)).mayAsk,
        echo: (node) =>
          check(node, 'echo', 'service').catch((thrown: unknown) => {
            if (!stopping.signal.aborted) throw thrown;
          }),
        log,
        clock,
        duties,
      });
      return {
        [Symbol.asyncDispose]: async () => {
          stopping.abort();
          await echoing[Symbol.asyncDispose]();
          await selfTest[Symbol.asyncDispose]();
        },
      };
    },
  };
}

function standingOf(
  node: ConfiguredNode,
  checks: readonly NodeCheck[],
  lastSuccess: Date | undefined,
): Standing {
  const own = checks.filter((each) => each.node === node.name);
  return {
    node: node.name,
    state: node.disabled ? 'disabled' : node.mode,
    kinds: CHECK_KINDS.map((kind) => ({
      kind,
      whyNot: whyNot(node, kind),
      newest: own.find((each) => each.kind === kind),
    })),
    lastSuccess,
  };
}
