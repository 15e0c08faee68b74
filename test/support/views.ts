/** Views of the reports made by hand, for the public validators. */
import { derivedUid } from '../../src/dicom/uid.ts';
import type { KeyView, PixelPolygon } from '../../src/picture/key-view.ts';
import type { View } from '../../src/sr/view-content.ts';
import { reportCases, reportContent } from './report-content.ts';

/** 4 columns, 6 rows, and an island of one pixel that a view has no room for. */
const OUTLINES: readonly PixelPolygon[] = [
  [
    [40, 8],
    [41, 8],
    [41, 9],
    [40, 9],
  ],
  [
    [20, 10],
    [24, 10],
    [24, 16],
    [20, 16],
  ],
];

function keyView(name: string, more: Partial<KeyView> = {}): KeyView {
  return {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: derivedUid(`test ${name} slice 5`),
    pixelSpacingMm: [0.5, 0.7],
    image: { columns: 64, rows: 64, pixels: new Uint8Array(64 * 64) },
    contours: OUTLINES,
    ...more,
  };
}

const view = (content = reportContent(), followUp: Partial<KeyView> = {}): View => ({
  content,
  baseline: keyView('baseline'),
  followUp: keyView('follow-up', followUp),
});

export const viewCases = (): Readonly<Record<string, View>> => ({
  ...Object.fromEntries(Object.entries(reportCases()).map(([name, content]) => [name, view(content)])),
  'multi-frame': view(reportContent(), { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1', FrameNumber: 17 }),
});
