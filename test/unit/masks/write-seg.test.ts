import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { describeMask } from '../../../src/masks/describe.ts';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import { drawingOf, segmentRegions } from '../../../src/masks/segment-regions.ts';
import { renderSegmentation, type WrittenSegment } from '../../../src/masks/write-seg.ts';
import { itemsOf } from '../../../src/sr/read-tree.ts';
import { type CtVolume, volumeFromInstances } from '../../../src/volume/from-instances.ts';
import type { Mask } from '../../../src/volume/volume.ts';
import { enhancedCtFile } from '../../support/enhanced-ct.ts';
import { COLUMNS, ctFile, ctVolume, ROWS, rtstructFile, segFile } from '../../support/mask-fixtures.ts';

const about = {
  installation: { name: 'EARSHOT', softwareVersion: '0.1.0' },
  completed: { date: '20260105', time: '101112' },
  belongsTo: '2.25.77',
};
const NEOPLASM = { CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm' };
const PIXELS = ROWS * COLUMNS;

/** Voxels of no pattern, none in the slices of `empty`. */
function speckled({ volume }: CtVolume, seed: number, empty: readonly number[] = []): Mask {
  const { size, spacing, origin, direction } = volume;
  const voxels = Uint8Array.from({ length: size[0] * size[1] * size[2] }, (_, i) =>
    empty.includes(Math.floor(i / PIXELS)) ? 0 : Number((i * 2654435761 + seed) % 7 < 3),
  );
  return { size, spacing, origin, direction, voxels };
}

const segment = (mask: Mask, name: string, more: Partial<WrittenSegment> = {}): WrittenSegment => ({
  mask,
  label: name,
  trackingId: `${name} of the patient`,
  trackingUid: `2.25.90.${name.length}`,
  typeCode: NEOPLASM,
  drawing: { type: 'MANUAL' },
  ...more,
});

const series: readonly (readonly [string, CtVolume])[] = [
  ['single-frame slices', ctVolume(5)],
  ['a series with a gap', volumeFromInstances(5, (i) => ctFile(i < 3 ? i : i + 1))],
  ['frames of one object, in no order', volumeFromInstances(1, () => enhancedCtFile([3, 0, 4, 1, 2]))],
];

describe.each(series)('regions as measured, on %s', (_, ct) => {
  const first = segment(speckled(ct, 1, [0, 4]), 'Lesion 1');
  const second = segment(speckled(ct, 5, [1]), 'Lesion two');
  const { bytes } = renderSegmentation(ct, [first, second], about);

  it('read back are the same voxels, without a finding', () => {
    for (const [k, { mask }] of [first, second].entries()) {
      const drawn = maskOnVolume(bytes, k + 1, ct);
      expect(drawn.findings).toEqual([]);
      expect(Buffer.from(drawn.mask.voxels).equals(mask.voxels)).toBe(true);
    }
  });
  it('have frames only where they have voxels, and name their images', () => {
    const described = describeMask(bytes);
    expect(described.regions.map(({ contourOrFrameCount }) => contourOrFrameCount)).toEqual([3, 4]);
    expect(new Set(described.referencedInstances)).toEqual(
      new Set(ct.instances.map(({ SOPInstanceUID }) => SOPInstanceUID)),
    );
    expect(described.referencedSeries).toEqual([ct.header.SeriesInstanceUID]);
  });
  it('keep what a later matching goes by', () => {
    expect(describeMask(bytes).regions).toMatchObject([
      { number: 1, name: 'Lesion 1', trackingId: 'Lesion 1 of the patient', trackingUid: '2.25.90.8' },
      { number: 2, name: 'Lesion two', typeCodes: [NEOPLASM] },
    ]);
  });
});

describe('a Segmentation of ours', () => {
  const ct = ctVolume(4);
  const one = segment(speckled(ct, 1), 'Lesion 1');

  it('names the frame of a multi-frame image', () => {
    const frames = volumeFromInstances(1, () => enhancedCtFile([2, 0, 1]));
    const { bytes } = renderSegmentation(frames, [segment(speckled(frames, 1), 'Lesion 1')], about);
    const named = itemsOf(readPart10(bytes), 'PerFrameFunctionalGroupsSequence')
      .flatMap((group) => itemsOf(group, 'DerivationImageSequence'))
      .flatMap((derivation) => itemsOf(derivation, 'SourceImageSequence'))
      .map((image) => Number(image['ReferencedFrameNumber']));
    expect(named).toEqual([2, 3, 1]);
  });
  it('has the same bytes for the same input, the same UID at any time, and another one for another voxel', () => {
    const written = renderSegmentation(ct, [one], about);
    expect(Buffer.from(renderSegmentation(ct, [one], about).bytes).equals(written.bytes)).toBe(true);
    const later = { ...about, completed: { date: '20270101', time: '000000' } };
    expect(renderSegmentation(ct, [one], later).SOPInstanceUID).toBe(written.SOPInstanceUID);
    const moved = segment(speckled(ct, 2), 'Lesion 1');
    expect(renderSegmentation(ct, [moved], about).SOPInstanceUID).not.toBe(written.SOPInstanceUID);
  });
  it('says how a region was drawn', () => {
    const helped = segment(one.mask, 'Lesion 1', {
      drawing: { type: 'SEMIAUTOMATIC', name: 'Region growing' },
    });
    const dataset = readPart10(renderSegmentation(ct, [one, helped], about).bytes);
    expect(dataset['SegmentSequence']).toMatchObject([
      { SegmentAlgorithmType: 'MANUAL' },
      { SegmentAlgorithmType: 'SEMIAUTOMATIC', SegmentAlgorithmName: 'Region growing' },
    ]);
  });
  it('is not made of an empty mask, nor of one of another grid', () => {
    const empty = { ...one.mask, voxels: new Uint8Array(one.mask.voxels.length) };
    expect(() => renderSegmentation(ct, [segment(empty, 'Lesion 1')], about)).toThrow(
      expect.objectContaining({ code: 'MASK_EMPTY' }),
    );
    expect(() => renderSegmentation(ctVolume(3), [one], about)).toThrow(
      expect.objectContaining({ code: 'MASK_NOT_OF_SERIES' }),
    );
  });
});

describe('regions of files', () => {
  const square = rtstructFile([
    {
      points: [
        [0.5, 0.5, 1],
        [3.5, 0.5, 1],
        [3.5, 2.5, 1],
        [0.5, 2.5, 1],
      ],
    },
  ]);
  const files: Readonly<Record<string, Uint8Array>> = {
    square,
    ...Object.fromEntries([0, 1, 2].map((i) => [`ct${i}`, ctFile(i)])),
  };
  const read = (path: string): Uint8Array => files[path] ?? new Uint8Array();

  it('become the voxels that are measured', () => {
    const region = { label: 'GTV-1', trackingId: 'GTV-1', trackingUid: '2.25.9', typeCode: NEOPLASM };
    const request = {
      ...about,
      images: ['ct0', 'ct1', 'ct2'],
      regions: [{ ...region, mask: { file: 'square', region: 3 } }],
    };
    const { bytes } = segmentRegions(request, read, () => new Uint8Array());
    const ct = ctVolume(3);
    const { mask } = maskOnVolume(square, 3, ct);
    expect(Buffer.from(maskOnVolume(bytes, 1, ct).mask.voxels).equals(mask.voxels)).toBe(true);
  });
  it('are manual where the mask says so, and drawn with unnamed help where it says nothing', () => {
    expect(drawingOf(segFile([{ segment: 1, slice: 0, bits: Array(PIXELS).fill(1) }]), 1)).toEqual({
      type: 'MANUAL',
    });
    expect(drawingOf(square, 3)).toEqual({ type: 'SEMIAUTOMATIC', name: 'not stated by the mask' });
  });
});
