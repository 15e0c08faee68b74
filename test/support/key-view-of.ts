import type { PhantomPatient, PhantomTimePoint } from '../../src/demo/phantom.ts';
import { CT_IMAGE_STORAGE, phantomUids } from '../../src/demo/phantom-headers.ts';
import { outlines } from '../../src/masks/outlines.ts';
import type { KeyView } from '../../src/picture/key-view.ts';

/** What a reader is shown of a phantom's lesion: the outlines on the slice with its largest area; the picture is left black. */
export function keyViewOf(patient: PhantomPatient, timePoint: PhantomTimePoint): KeyView {
  const { size, spacing, voxels } = timePoint.mask;
  const [columns, rows, slices] = size;
  const pixels = columns * rows;
  const area = (slice: number): number =>
    voxels.subarray(slice * pixels, (slice + 1) * pixels).reduce((sum, voxel) => sum + voxel, 0);
  const key = Array.from({ length: slices }, (_, slice) => slice).reduce((best, slice) =>
    area(slice) > area(best) ? slice : best,
  );
  return {
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: phantomUids(patient, timePoint).ct(key),
    pixelSpacingMm: [spacing[1], spacing[0]],
    image: { columns, rows, pixels: new Uint8Array(pixels) },
    contours: outlines(voxels.subarray(key * pixels, (key + 1) * pixels), columns, rows),
  };
}
