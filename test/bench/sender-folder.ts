import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where a sender has its files: in memory where that can be had, for a sender's disk is not the receiver's. */
export const senderFolder = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
