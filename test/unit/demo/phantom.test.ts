import { describe, expect, test } from 'vitest';
import { DEMO_PATIENT_COUNT, DEMO_SEED, demoPatients } from '../../../src/demo/demo-patients.ts';
import { type PhantomTimePoint, phantomPatient } from '../../../src/demo/phantom.ts';
import { digestOf } from '../../../src/dicom/uid.ts';

const meanHu = ({ volume, mask }: PhantomTimePoint): number => {
  const inside = [...volume.voxels].filter((_, index) => mask.voxels[index] === 1);
  return inside.reduce((sum, hu) => sum + hu, 0) / inside.length;
};

const touchedSlices = ({ mask }: PhantomTimePoint): number[] => {
  const count = mask.size[0] * mask.size[1];
  return Array.from({ length: mask.size[2] }, (_, slice) => slice).filter((slice) =>
    mask.voxels.subarray(slice * count, (slice + 1) * count).includes(1),
  );
};

const patients = Array.from({ length: 4 }, (_, index) => phantomPatient(7, index));
const timePoints = patients.flatMap(({ baseline, followUp }) => [baseline, followUp]);

describe('a phantom patient', () => {
  test('is the same, voxel by voxel, for the same seed and index, and another for any other', () => {
    const print = (seed: number, index: number) => {
      const { baseline, followUp } = phantomPatient(seed, index);
      return [baseline, followUp].map(({ volume }) => digestOf(new Uint8Array(volume.voxels.buffer)));
    };
    const prints = [...print(7, 0), ...print(7, 1), ...print(8, 0)];
    expect(print(7, 0)).toEqual(prints.slice(0, 2));
    expect(new Set(prints).size).toBe(6);
  });

  test('is scanned some weeks apart, after birth, with no contrast in any text', () => {
    for (const { baseline, followUp, PatientBirthDate } of patients) {
      const day = (date: string) => Date.parse(date.replace(/^(....)(..)(..)$/, '$1-$2-$3')) / 86_400_000;
      const days = day(followUp.StudyDate) - day(baseline.StudyDate);
      expect(days).toBeGreaterThanOrEqual(42);
      expect(days).toBeLessThan(70);
      expect(day(PatientBirthDate)).toBeLessThan(day(baseline.StudyDate));
    }
  });

  test('has air around it, aerated lung inside and a lesion of soft tissue', () => {
    for (const timePoint of timePoints) {
      const { voxels } = timePoint.volume;
      expect(voxels.slice(0, 5).every((hu) => hu < -900)).toBe(true);
      expect(voxels.filter((hu) => hu > -950 && hu < -750).length).toBeGreaterThan(voxels.length / 10);
      // Partial volume at the border takes the mean below the lesion's own 35 HU.
      expect(meanHu(timePoint)).toBeGreaterThan(-250);
      expect(meanHu(timePoint)).toBeLessThan(60);
    }
  });

  test('has a lesion without a gap between its slices, 9 mm and more away from the first and last slice', () => {
    for (const timePoint of timePoints) {
      const slices = touchedSlices(timePoint);
      const [first, last] = [slices[0]!, slices.at(-1)!];
      const step = timePoint.mask.spacing[2];
      expect(slices.length).toBe(last - first + 1);
      expect(first * step).toBeGreaterThanOrEqual(9);
      expect((timePoint.mask.size[2] - 1 - last) * step).toBeGreaterThanOrEqual(9);
    }
  });

  test('differs from the others in grid and course', () => {
    expect(
      new Set(patients.map(({ baseline }) => JSON.stringify(baseline.volume.size))).size,
    ).toBeGreaterThan(1);
    expect(new Set(patients.map(({ baseline }) => baseline.volume.spacing[0])).size).toBeGreaterThan(1);
    expect(new Set(patients.map(({ followUp }) => followUp.maskKind))).toEqual(new Set(['RTSTRUCT', 'SEG']));
  });
});

describe('the patients of the demonstration', () => {
  const some = [...demoPatients(DEMO_SEED, 8)];

  test('are at least twenty, each a patient with one RTSTRUCT and one SEG', () => {
    expect(DEMO_PATIENT_COUNT).toBeGreaterThanOrEqual(20);
    expect(new Set(some.map(({ patient }) => patient.PatientID)).size).toBe(some.length);
    for (const { patient } of some) {
      expect([patient.baseline.maskKind, patient.followUp.maskKind].sort()).toEqual(['RTSTRUCT', 'SEG']);
    }
  });

  test('send one RTSTRUCT late and one follow-up before its baseline, and lose no object over it', () => {
    const late = some.filter(({ transfers }) => transfers.some(({ afterQuietPeriod }) => afterQuietPeriod));
    expect(late.map(({ patient }) => patient.followUp.maskKind)).toEqual(['RTSTRUCT']);
    expect(some.filter(({ transfers }) => transfers[0]?.what === 'follow-up')).toHaveLength(1);
    for (const { patient, transfers } of some) {
      const files = transfers.reduce((sum, transfer) => sum + transfer.files.length, 0);
      expect(files).toBe(patient.baseline.volume.size[2] + patient.followUp.volume.size[2] + 2);
    }
  });
});
