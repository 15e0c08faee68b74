import type { CheckOperationNeeds } from '../api/check-operations.ts';
import type { SetupOperationNeeds } from '../api/setup-operations.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, InstanceFiles, Log, Radiomics, Sql } from '../ports.ts';
import type { Config } from './config.ts';
import type { LiveConfiguration } from './live-configuration.ts';

/** What pages, API, notifications and audit trail are given. */
export type Administered = Readonly<{
  sql: Sql;
  world: () => World;
  configuration: LiveConfiguration;
  clock: Clock;
  log: Log;
  radiomics: Radiomics;
  files: InstanceFiles;
  /** the one that counts now */
  config: () => Config;
  checking: CheckOperationNeeds & SetupOperationNeeds;
}>;
