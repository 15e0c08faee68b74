/**
 * Every failure has a code, a disposition and a sentence that says what to do. The table is the truth;
 * `docs/FAULTS.md` documents each row, and a test keeps the two equal both ways.
 */
import { ADMINISTRATION_FAULTS } from './fault-tables/administration.ts';
import { LAB_FAULTS } from './fault-tables/lab.ts';
import { NETWORK_FAULTS } from './fault-tables/network.ts';
import { PIPELINE_FAULTS } from './fault-tables/pipeline.ts';
import type { Disposition } from './fault-tables/row.ts';

export type { Disposition };

/** Codes are never reused for another meaning. `detail` of a fault must not carry patient data. */
export const FAULTS = { ...PIPELINE_FAULTS, ...NETWORK_FAULTS, ...ADMINISTRATION_FAULTS, ...LAB_FAULTS };

export type FaultCode = keyof typeof FAULTS;

/** An error with a code. `detail` is shown to people and logged: values of patients never belong in it. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail = '', options?: ErrorOptions) {
    const { sentence, remedy } = FAULTS[code];
    const said = detail && `${detail.replace(/\.$/, '')}.`;
    super([`${code}: ${sentence}`, said, remedy].filter(Boolean).join(' '), options);
    this.name = 'Fault';
    this.code = code;
    this.detail = detail;
  }

  get disposition(): Disposition {
    return FAULTS[this.code].disposition;
  }
}

/** Any thrown value as a Fault; what is not one already becomes INTERNAL (its text is kept as the cause only). */
export function asFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('INTERNAL', '', { cause: thrown });
}
