/** All operations, by area, with what each is given. */

import { auditOperations } from '../api/audit-operations.ts';
import { type CaseOperationNeeds, caseOperations } from '../api/case-operations.ts';
import { checkOperations } from '../api/check-operations.ts';
import { configurationOperations } from '../api/configuration-operations.ts';
import { healthOperations } from '../api/health-operations.ts';
import { modelOperations } from '../api/model-operations.ts';
import { nodeOperations } from '../api/node-operations.ts';
import { notificationOperations } from '../api/notification-operations.ts';
import { orderOperations } from '../api/order-operations.ts';
import { patientOperations } from '../api/patient-operations.ts';
import { patientTableOperations } from '../api/patient-table-operations.ts';
import { type RuleOperationNeeds, ruleOperations } from '../api/rule-operations.ts';
import { setupOperations } from '../api/setup-operations.ts';
import { userOperations } from '../api/user-operations.ts';
import type { Accounts } from '../catalogue/accounts.ts';
import type { PatientDirectory } from '../catalogue/patient-directory.ts';
import { Worklist } from '../catalogue/worklist.ts';
import { pictureAsPng } from '../demo/picture-png.ts';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { retryCase } from '../pipeline/retry-case.ts';
import type { Logins } from '../users/logins.ts';
import type { Administered } from './administered.ts';
import type { startAuditing } from './auditing.ts';
import { ownLicence, readDependencies } from './dependencies.ts';
import { modelNeeds } from './model-needs.ts';
import { VERSION } from './version.ts';
import type { Watching } from './watching.ts';

type Needs = Administered &
  Readonly<{
    watching: Watching;
    directory: PatientDirectory;
    /** describes a mask object that is no file of ours */
    dropped: RuleOperationNeeds['files'];
    accounts: Accounts;
    logins: Logins;
    /** what the identity provider calls itself; undefined: there is none */
    issuer: (() => Promise<string>) | undefined;
    auditing: Awaited<ReturnType<typeof startAuditing>>;
  }>;

export type Areas = ReturnType<typeof operationsOf>;

export const operationsOf = (needs: Needs) => {
  const { configuration, accounts, logins, auditing, clock, world } = needs;
  return {
    cases: caseOperations(caseNeeds(needs)),
    orders: orderOperations(world),
    nodes: { ...nodeOperations(configuration), ...checkOperations(needs.checking) },
    setup: setupOperations(needs.checking),
    rules: ruleOperations(ruleNeeds(needs)),
    patients: {
      ...patientOperations({ world: world(), directory: needs.directory }),
      ...patientTableOperations({ world: world() }),
    },
    health: healthOperations(needs.watching.health, about(needs)),
    notifications: notificationOperations({
      ...needs.watching.notifying,
      change: (section, text, by) => configuration.propose(section, text, by),
    }),
    models: modelOperations(modelNeeds(needs)),
    configuration: configurationOperations(configuration),
    users: userOperations({ accounts, logins, clock, issuer: needs.issuer }),
    audit: auditOperations({ ...auditing, clock }),
  } as const;
};

/** Read once: libraries do not change while the service runs. */
const about = ({ world, config }: Needs) => {
  const dependencies = readDependencies();
  const licence = ownLicence();
  return () => {
    const { value, sha256 } = world().model;
    const model = { id: value.id, sha256 };
    const name = config().report.installation;
    return { name, version: VERSION, nodeVersion: process.version, licence, model, dependencies };
  };
};

const caseNeeds = ({ world, sql, files, config }: Needs): CaseOperationNeeds => ({
  list: new Worklist(sql, () => config().waiting.expireDays),
  sql,
  get world() {
    return world();
  },
  reports: world().reports,
  files,
  pngOf: pictureAsPng,
  namesOf: (name) => {
    const { aeTitle } = config().nodes.find((node) => node.name === name) ?? {};
    return aeTitle === undefined ? [] : [aeTitle];
  },
  retryCase: async (StudyInstanceUID, by) => (await retryCase(world(), StudyInstanceUID, by)).join(', '),
});

/** Rules are read and changed as they count now, also those of a dry run. */
const ruleNeeds = ({ world, configuration, dropped }: Needs): RuleOperationNeeds => ({
  get world() {
    return world();
  },
  rules: () => world().rules,
  texts: () => ({
    baseline: configuration.section('rules/baseline').text,
    eligibility: configuration.section('rules/eligibility').text,
    roi: configuration.section('rules/roi').text,
  }),
  change: async (which, text, { author, reason, source, basedOn }) => {
    const inUse = configuration.section(`rules/${which}`);
    if (digestOf(inUse.text) !== basedOn) throw new Fault('CHANGE_CONFLICT');
    const proposal = { author, reason, source, basedOn: inUse.digest };
    const { state } = await configuration.propose(`rules/${which}`, text, proposal);
    return { state: state === 'applied' ? 'inUse' : 'waitsForApproval' };
  },
  files: dropped,
});
