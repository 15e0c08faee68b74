import { startLabPool } from '../../adapters/threads/lab-pool.ts';

/** Threads that fit folds, until the signal ends them. */
export const openLab = startLabPool;
