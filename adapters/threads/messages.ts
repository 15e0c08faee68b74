import type { FaultCode } from '../../src/fault.ts';
import type { MaskDescription } from '../../src/masks/region.ts';
import type { Measurement, MeasureRequest } from '../../src/radiomics/measurement.ts';

/** What goes to a computing thread: paths in. */
export type Question =
  | Readonly<{ kind: 'measure'; request: MeasureRequest }>
  | Readonly<{ kind: 'describeMask'; file: string }>;

/** What comes back: numbers, or a fault taken apart, because an Error loses its code between threads. */
export type Answer =
  | Readonly<{ kind: 'ready' }>
  | Readonly<{ kind: 'done'; value: Measurement | MaskDescription }>
  | Readonly<{ kind: 'fault'; code: FaultCode; detail: string; cause: string }>;
