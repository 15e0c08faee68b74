import type { Header } from '../../src/dicom/header.ts';
import type { RenderedObject } from '../../src/dicom/rendered-object.ts';
import type { MaskDescription } from '../../src/masks/region.ts';
import type { KeyView } from '../../src/picture/key-view.ts';
import type { Radiomics } from '../../src/ports.ts';
import type { FileMeasurement, Measurement } from '../../src/radiomics/measurement.ts';
import type { Question, Value } from './messages.ts';
import { Pool, type PoolOptions } from './pool.ts';

export type RadiomicsPool = Radiomics & AsyncDisposable;

/** Threads that compute; the entry is another one in tests only. Faults: those of Pool, and of what is asked. */
export function startRadiomicsPool(options: Partial<PoolOptions> = {}): RadiomicsPool {
  const entry = new URL('./radiomics-worker.js', import.meta.url);
  const pool = new Pool<Question, Value>({ entry, ...options });
  return {
    measure: (request, signal) => pool.ask({ kind: 'measure', request }, signal) as Promise<Measurement>,
    measureFiles: (request, signal) =>
      pool.ask({ kind: 'measureFiles', request }, signal) as Promise<FileMeasurement>,
    view: (request, signal) => pool.ask({ kind: 'view', request }, signal) as Promise<KeyView>,
    describeMask: (file, signal) =>
      pool.ask({ kind: 'describeMask', file }, signal) as Promise<MaskDescription>,
    readHeader: (file, signal) => pool.ask({ kind: 'readHeader', file }, signal) as Promise<Header>,
    segmentation: (request, signal) =>
      pool.ask({ kind: 'segmentation', request }, signal) as Promise<RenderedObject>,
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
