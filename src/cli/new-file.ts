import { Fault } from '../fault.ts';
import { writeNew } from '../startup/whole-files.ts';

/** Writes a file that must not be there yet: what somebody may rely on is never written over. Whole or not at all. Faults: OUTPUT_FAILED. */
export function writeNewFile(file: string, text: string): void {
  try {
    writeNew(file, text);
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already, and is not written over' : code;
    throw new Fault('OUTPUT_FAILED', `${file}: ${why}`, { cause: thrown });
  }
}
