import { expect, test } from 'vitest';
import { phantomPatient } from '../../src/demo/phantom.ts';
import { phantomObjects } from '../../src/demo/phantom-dicom.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';

const timePoints = [0, 1, 2, 3].flatMap((index) => {
  const patient = phantomPatient(5, index);
  return [patient.baseline, patient.followUp].map((timePoint) => ({
    name: `${patient.PatientName} ${timePoint.kind} (${timePoint.maskKind})`,
    patient,
    timePoint,
  }));
});

const isSame = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

test.each(timePoints)(
  '$name: its DICOM objects read back are its volume and its mask, without a finding',
  ({ patient, timePoint }) => {
    const { ct, mask } = phantomObjects(patient, timePoint);
    // From head to feet: the order of arrival must not matter.
    const image = volumeFromInstances(ct.length, (index) => ct.at(-1 - index)!);
    expect(image.volume.size).toEqual(timePoint.volume.size);
    expect(isSame(image.volume.voxels, timePoint.volume.voxels)).toBe(true);
    expect(image.findings).toEqual([]);
    expect(image.geometry).toMatchObject({ gaps: [], duplicatePositions: 0, isUniform: true });

    const described = describeMask(mask);
    expect(described.kind).toBe(timePoint.maskKind);
    expect(described.regions.map(({ name }) => name)).toEqual([patient.lesionName]);
    const drawn = maskOnVolume(mask, described.regions[0]!.number, image);
    expect(isSame(drawn.mask.voxels, timePoint.mask.voxels)).toBe(true);
    expect(drawn.findings).toEqual([]);
  },
);
