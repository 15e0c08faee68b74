import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PhantomTimePoint, phantomPatient } from '../../../src/demo/phantom.ts';
import { phantomObjects } from '../../../src/demo/phantom-dicom.ts';
import { type Dataset, readPart10 } from '../../../src/dicom/part10.ts';
import { isUid } from '../../../src/dicom/uid.ts';
import { whyNotInstalled } from '../../support/installed.ts';

const patients = [0, 1].map((index) => phantomPatient(7, index));
const cases = patients.flatMap((patient) =>
  [patient.baseline, patient.followUp].map((timePoint) => {
    const { ct, mask } = phantomObjects(patient, timePoint);
    return { patient, timePoint, ct: ct.map(readPart10), mask: readPart10(mask), files: [ct[0]!, mask] };
  }),
);
const withMask = (kind: PhantomTimePoint['maskKind']) =>
  cases.filter(({ timePoint }) => timePoint.maskKind === kind);

const items = (dataset: Dataset, keyword: string): Dataset[] => {
  const value = dataset[keyword];
  return (Array.isArray(value) ? value : [value]) as Dataset[];
};
const numbers = (dataset: Dataset, keyword: string): number[] => [dataset[keyword]].flat().map(Number);
const bytesOf = (dataset: Dataset): Uint8Array =>
  new Uint8Array([dataset['PixelData']].flat()[0] as ArrayBuffer);

/** Which slice a position lies on. */
const sliceAt = ({ volume }: PhantomTimePoint, z: number): number => {
  const slice = (z - volume.origin[2]) / volume.spacing[2];
  expect(Math.abs(slice - Math.round(slice))).toBeLessThan(1e-6);
  return Math.round(slice);
};

describe('CT slices', () => {
  test('read back by slope, intercept and position are the volume', () => {
    for (const { timePoint, ct } of cases) {
      const { size, voxels } = timePoint.volume;
      const read = new Int16Array(voxels.length);
      for (const slice of ct) {
        const pixels = bytesOf(slice);
        const signed = slice['PixelRepresentation'] === 1;
        const stored = signed ? new Int16Array(pixels.buffer) : new Uint16Array(pixels.buffer);
        const start = sliceAt(timePoint, numbers(slice, 'ImagePositionPatient')[2]!) * size[0] * size[1];
        expect(signed || stored.every((value) => value < 4096)).toBe(true);
        for (const [index, value] of stored.entries()) {
          read[start + index] = value * Number(slice['RescaleSlope']) + Number(slice['RescaleIntercept']);
        }
      }
      expect(Buffer.compare(Buffer.from(read.buffer), Buffer.from(voxels.buffer))).toBe(0);
    }
  });

  test('say what an eligible series says: axial, original, chest, plain, one kernel and no gantry tilt', () => {
    for (const slice of cases.flatMap(({ ct }) => ct)) {
      expect(slice).toMatchObject({
        Modality: 'CT',
        ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
        BodyPartExamined: 'CHEST',
        StudyDescription: 'CT thorax without contrast',
        GantryDetectorTilt: 0,
        RescaleType: 'HU',
        Manufacturer: 'Earshot phantom',
      });
      expect(slice['ContrastBolusAgent']).toBeUndefined();
      expect(slice['SliceThickness']).toBeLessThanOrEqual(5);
    }
    for (const { ct } of cases) expect(new Set(ct.map((slice) => slice['ConvolutionKernel'])).size).toBe(1);
  });

  test('have UIDs of their own, valid and the same at every making', () => {
    const uids = cases.flatMap(({ ct, mask }) => [...ct, mask].map((dataset) => dataset['SOPInstanceUID']));
    expect(uids.every(isUid)).toBe(true);
    expect(new Set(uids).size).toBe(uids.length);
    const { patient, timePoint, files } = cases[0]!;
    expect(phantomObjects(patient, timePoint).mask).toEqual(files[1]);
  });
});

describe('masks', () => {
  test('SEG: bits unpacked by frame position are the mask, though no frame starts on a byte', () => {
    for (const { timePoint, mask: seg } of withMask('SEG')) {
      const { size, voxels } = timePoint.mask;
      const packed = bytesOf(seg);
      const count = Number(seg['Rows']) * Number(seg['Columns']);
      const read = new Uint8Array(voxels.length);
      for (const [frame, groups] of items(seg, 'PerFrameFunctionalGroupsSequence').entries()) {
        const place = items(groups, 'PlanePositionSequence')[0]!;
        const start = sliceAt(timePoint, numbers(place, 'ImagePositionPatient')[2]!) * size[0] * size[1];
        for (let pixel = 0; pixel < count; pixel += 1) {
          const bit = frame * count + pixel;
          read[start + pixel] = (packed[bit >> 3]! >> (bit & 7)) & 1;
        }
      }
      expect(Buffer.compare(Buffer.from(read.buffer), Buffer.from(voxels.buffer))).toBe(0);
      expect(Number(seg['NumberOfFrames'])).toBeLessThan(size[2]);
    }
  });

  test('RTSTRUCT: contours by half-open even-odd in index coordinates are the mask (SR.md 4.2)', () => {
    for (const { timePoint, mask: rtstruct } of withMask('RTSTRUCT')) {
      const { size, voxels } = timePoint.mask;
      const read = new Uint8Array(voxels.length);
      for (const contour of items(items(rtstruct, 'ROIContourSequence')[0]!, 'ContourSequence')) {
        const points = indexPoints(timePoint, numbers(contour, 'ContourData'));
        expect(points).toHaveLength(Number(contour['NumberOfContourPoints']));
        const start = points[0]![2] * size[0] * size[1];
        for (let index = 0; index < size[0] * size[1]; index += 1) {
          if (isInside(points, index % size[0], Math.floor(index / size[0]))) read[start + index]! ^= 1;
        }
      }
      expect(Buffer.compare(Buffer.from(read.buffer), Buffer.from(voxels.buffer))).toBe(0);
    }
  });

  test('name their CT series, every referenced slice and the frame of reference', () => {
    for (const { ct, mask } of cases) {
      const text = JSON.stringify(mask);
      expect(text).toContain(String(ct[0]!['SeriesInstanceUID']));
      expect(text).toContain(String(ct[0]!['FrameOfReferenceUID']));
      expect(mask['StudyInstanceUID']).toBe(ct[0]!['StudyInstanceUID']);
      const known = new Set(ct.map((slice) => slice['SOPInstanceUID']));
      const named = [...text.matchAll(/"ReferencedSOPInstanceUID":"([\d.]+)"/g)].map((match) => match[1]);
      expect(named.filter((uid) => known.has(uid!)).length).toBeGreaterThan(0);
      expect(named.filter((uid) => !known.has(uid!) && uid !== mask['StudyInstanceUID'])).toEqual([]);
    }
  });

  test('name the same lesion at both time points, one as ROI name, one as tracking identifier', () => {
    for (const { patient, mask } of withMask('SEG')) {
      expect(items(mask, 'SegmentSequence')[0]).toMatchObject({
        TrackingID: patient.lesionName,
        TrackingUID: patient.trackingUid,
      });
    }
    for (const { patient, mask } of withMask('RTSTRUCT')) {
      expect(items(mask, 'StructureSetROISequence')[0]).toMatchObject({ ROIName: patient.lesionName });
      expect(items(mask, 'RTROIObservationsSequence')[0]).toMatchObject({ RTROIInterpretedType: 'GTV' });
    }
  });
});

const missing = whyNotInstalled('dciodvfy');
test.skipIf(missing)(`dciodvfy has no error line for CT, RTSTRUCT and SEG ${missing ?? ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-phantom-'));
  try {
    for (const [index, bytes] of cases.flatMap(({ files }) => files).entries()) {
      const file = join(folder, `${index}.dcm`);
      writeFileSync(file, bytes);
      // dciodvfy writes its findings to standard error and ends with 0 whatever it found.
      const said = execFileSync('sh', ['-c', 'dciodvfy "$1" 2>&1', 'sh', file], { encoding: 'utf8' });
      expect(said).toMatch(/CTImage|RTStructureSet|Segmentation/);
      expect(said.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

type Point = [x: number, y: number, slice: number];

function indexPoints(timePoint: PhantomTimePoint, data: readonly number[]): Point[] {
  const { origin, spacing } = timePoint.volume;
  return Array.from({ length: data.length / 3 }, (_, point): Point => {
    const [x, y, z] = data.slice(3 * point);
    return [(x! - origin[0]) / spacing[0], (y! - origin[1]) / spacing[1], sliceAt(timePoint, z!)];
  });
}

function isInside(points: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (const [index, [x2, y2]] of points.entries()) {
    const [x1, y1] = points.at(index - 1)!;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
