import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { phantomPatient } from '../../src/demo/phantom.ts';
import { phantomObjects } from '../../src/demo/phantom-dicom.ts';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { renderSegmentation } from '../../src/masks/write-seg.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';
import { whyNotInstalled } from '../support/installed.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-seg-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8' });

const typeCode = { CodeValue: '86049000', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm, Primary' };
const patient = phantomPatient(5, 0);

describe.each([patient.baseline, patient.followUp])('regions as measured of a $maskKind', (timePoint) => {
  const { ct: files, mask: drawn } = phantomObjects(patient, timePoint);
  const ct = volumeFromInstances(files.length, (i) => files[i] ?? new Uint8Array());
  const { mask } = maskOnVolume(drawn, 1, ct);
  const named = { trackingId: patient.lesionName, trackingUid: patient.trackingUid, typeCode };
  const { bytes } = renderSegmentation(
    ct,
    [
      { ...named, mask, label: 'GTV-1', drawing: { type: 'MANUAL' } },
      { ...named, mask, label: 'GTV-1 again', drawing: { type: 'SEMIAUTOMATIC', name: 'Region growing' } },
    ],
    {
      installation: { name: 'EARSHOT', softwareVersion: '0.1.0' },
      completed: { date: '20260105', time: '101112' },
      belongsTo: '2.25.77',
    },
  );
  const file = join(folder, `${timePoint.kind}.dcm`);
  writeFileSync(file, bytes);

  it('are the voxels of the mask', () => {
    const read = maskOnVolume(bytes, 2, ct);
    expect(read.findings).toEqual([]);
    expect(Buffer.from(read.mask.voxels).equals(timePoint.mask.voxels)).toBe(true);
  });

  const noDciodvfy = whyNotInstalled('dciodvfy');
  it.skipIf(noDciodvfy)(`have no dciodvfy error and no warning ${noDciodvfy ?? ''}`, () => {
    const { stdout, stderr } = run('dciodvfy', file);
    const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
    expect(lines).toContain('Segmentation');
    expect(lines.filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
  });
});
