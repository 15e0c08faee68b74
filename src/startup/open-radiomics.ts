import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { Config } from './config.ts';

/** The computing threads alone, for commands that need no service. */
export const openRadiomics = ({ limits }: Pick<Config, 'limits'>): RadiomicsPool =>
  startRadiomicsPool({ timeoutSeconds: limits.measureSeconds });
