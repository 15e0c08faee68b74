import type { Header } from '../../src/dicom/header.ts';
import type { RenderedObject } from '../../src/dicom/rendered-object.ts';
import type { FaultCode } from '../../src/fault.ts';
import type { MaskDescription } from '../../src/masks/region.ts';
import type { SegmentationRequest } from '../../src/masks/segment-regions.ts';
import type { KeyView, ViewRequest } from '../../src/picture/key-view.ts';
import type { PageContent } from '../../src/picture/page-content.ts';
import type { PdfAbout, RenderedPage } from '../../src/picture/rendered-page.ts';
import type {
  FileMeasurement,
  MeasureFilesRequest,
  Measurement,
  MeasureRequest,
} from '../../src/radiomics/measurement.ts';

/** What goes to a computing thread: paths in. */
export type Question =
  | Readonly<{ kind: 'measure'; request: MeasureRequest }>
  | Readonly<{ kind: 'measureFiles'; request: MeasureFilesRequest }>
  | Readonly<{ kind: 'view'; request: ViewRequest }>
  | Readonly<{ kind: 'describeMask'; file: string }>
  | Readonly<{ kind: 'readHeader'; file: string }>
  | Readonly<{ kind: 'segmentation'; request: SegmentationRequest }>;

export type Value = Measurement | FileMeasurement | KeyView | MaskDescription | Header | RenderedObject;

/** What goes to a thread that renders pages. */
export type PageQuestion =
  | Readonly<{ kind: 'render'; content: PageContent }>
  | Readonly<{ kind: 'renderPdf'; content: PageContent; about: PdfAbout }>;

export type PageValue = RenderedPage | Uint8Array;

/** What comes back: numbers, or a fault taken apart, because an Error loses its code between threads. */
export type Answer<Value> =
  | Readonly<{ kind: 'ready' }>
  | Readonly<{ kind: 'done'; value: Value }>
  | Readonly<{ kind: 'fault'; code: FaultCode; detail: string; cause: string }>;

/** What a thread is started with. */
export type WorkerOptions = Readonly<{ isWarmedUp: boolean }>;
