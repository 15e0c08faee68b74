import type { FaultCode } from '../../src/fault.ts';
import type { MeasureRequest } from '../../src/radiomics/measurement.ts';

/** What crosses into the computing thread: paths and settings, never voxels. */
export type Task =
  | Readonly<{ kind: 'measure'; request: MeasureRequest }>
  | Readonly<{ kind: 'describeMask'; file: string }>;

/** What comes back: plain numbers and texts, or a fault taken apart. */
export type Answer = Readonly<
  { value: unknown } | { fault: Readonly<{ code: FaultCode; detail: string; cause: string | undefined }> }
>;
