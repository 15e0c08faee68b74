import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.ts';

/** Writes a file that must not be there yet: what somebody may rely on is never written over. Faults: OUTPUT_FAILED. */
export function writeNewFile(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already, and is not written over' : code;
    throw new Fault('OUTPUT_FAILED', `${file}: ${why}`, { cause: thrown });
  }
}
