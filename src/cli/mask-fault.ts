import { Fault } from '../fault.ts';
import type { Obstacle } from '../pipeline/pair-lesion.ts';

/** What stands between two folders and a lesion, as a fault: a person must choose, or there is nothing to choose from. */
export const maskFault = ({ event, reasons }: Obstacle): Fault =>
  new Fault(
    event === 'doubt' ? 'MASK_AMBIGUOUS' : 'MASK_NO_REGION',
    reasons.map(({ code, text }) => `${code} ${text}`).join('; '),
  );
