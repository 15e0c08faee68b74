/** All operations, by area, with what each is given. */
import { auditOperations } from '../api/audit-operations.ts';
import { configurationOperations } from '../api/configuration-operations.ts';
import { nodeOperations } from '../api/node-operations.ts';
import { userOperations } from '../api/user-operations.ts';
import type { Accounts } from '../catalogue/accounts.ts';
import type { Logins } from '../users/logins.ts';
import type { Administered } from './administered.ts';
import type { startAuditing } from './auditing.ts';

type Needs = Administered &
  Readonly<{ accounts: Accounts; logins: Logins; auditing: Awaited<ReturnType<typeof startAuditing>> }>;

export type Areas = ReturnType<typeof operationsOf>;

export const operationsOf = ({ configuration, accounts, logins, auditing, clock }: Needs) =>
  ({
    nodes: nodeOperations(configuration),
    configuration: configurationOperations(configuration),
    users: userOperations({ accounts, logins, clock }),
    audit: auditOperations({ ...auditing, clock }),
  }) as const;
