import { Fault } from '../../fault.ts';

const LONGEST_NAME = 80;

export const tableFault = (what: string): Fault => new Fault('TABLE_INVALID', what);

/** `of`: which table, when there are several. The value is never named: it may be a patient's. */
export const cellFault = (line: number, column: string, what: string, of = ''): Fault =>
  tableFault(`row ${line}${of && ` of the ${of}`}, column ${column.slice(0, LONGEST_NAME)}: ${what}`);
