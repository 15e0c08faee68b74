import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { score } from '../../src/cli/score.ts';
import { DEMO_NORMALISATION, DEMO_SEED } from '../../src/demo/demo-patients.ts';
import { type PhantomPatient, phantomPatient } from '../../src/demo/phantom.ts';
import { type PhantomObjects, phantomObjects } from '../../src/demo/phantom-dicom.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { renderSegmentation } from '../../src/masks/write-seg.ts';
import type { ScoreResult } from '../../src/model/score-result.ts';
import { CODES } from '../../src/sr/codes.ts';
import type { ReportContent, ReportTimePoint } from '../../src/sr/report.ts';
import type { View } from '../../src/sr/view-content.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';
import { keyViewOf } from './key-view-of.ts';
import { reportContent } from './report-content.ts';

const ABOUT = {
  installation: { uid: derivedUid('test installation'), name: 'EARSHOT', softwareVersion: '0.1.0' },
  completed: { date: '20250401', time: '120000' },
  belongsTo: '2.25.77',
} as const;

type Scored = Readonly<{ roi: ReportTimePoint['measurement']['roi'] }>;

export type ScoredPhantom = Readonly<{
  patient: PhantomPatient;
  baseline: PhantomObjects;
  followUp: PhantomObjects;
  /** Part 10 files */
  report: Uint8Array;
  picture: Uint8Array;
  result: Readonly<
    { score: ScoreResult; lesion: ReportContent['lesion'] } & Record<'baseline' | 'followUp', Scored>
  >;
}>;

/** A patient of the demonstration, scored as `earshot score` does it. */
export async function scoredPhantom(index: number): Promise<ScoredPhantom> {
  const patient = phantomPatient(DEMO_SEED, index);
  const folder = mkdtempSync(join(tmpdir(), 'earshot-scored-'));
  try {
    const objects = {
      baseline: phantomObjects(patient, patient.baseline),
      followUp: phantomObjects(patient, patient.followUp),
    };
    for (const [name, { ct, mask }] of Object.entries(objects)) {
      mkdirSync(join(folder, name));
      for (const [i, file] of [...ct, mask].entries()) writeFileSync(join(folder, name, `${i}.dcm`), file);
    }
    const { mean, sd, n } = DEMO_NORMALISATION;
    const options = { baseline: join(folder, 'baseline'), followup: join(folder, 'followUp'), out: folder };
    const args = Object.entries({ ...options, mean, sd, n }).flatMap(([name, value]) => [
      `--${name}`,
      `${value}`,
    ]);
    await score.run(args);
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as ScoredPhantom['result'];
    const [report, picture] = ['report.dcm', 'summary.dcm'].map((name) => readFileSync(join(folder, name)));
    if (!report || !picture) throw new Error('score wrote no report');
    return { patient, ...objects, report, picture, result };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same case as the view that readers draw; what it does not show is of a report made by hand. */
export function viewOf({ patient, result, ...objects }: ScoredPhantom): View {
  const any = reportContent();
  const point = (which: 'baseline' | 'followUp'): ReportTimePoint => {
    const header = readHeader(objects[which].ct[0] ?? new Uint8Array())?.header;
    if (!header) throw new Error('a phantom without a header');
    const { measurement, region, ...more } = any[which];
    return {
      ...more,
      measurement: { ...measurement, header, roi: result[which].roi },
      region: { ...region, typeCodes: [] },
    };
  };
  return {
    content: {
      ...any,
      baseline: point('baseline'),
      followUp: point('followUp'),
      lesion: result.lesion,
      score: result.score,
      installation: ABOUT.installation,
      completed: ABOUT.completed,
    },
    baseline: keyViewOf(patient, patient.baseline),
    followUp: keyViewOf(patient, patient.followUp),
  };
}

/** The lesion of the follow-up as a Segmentation of ours. */
export function segmentationOf({ followUp, result }: ScoredPhantom): Uint8Array {
  const { ct: files, mask: drawn } = followUp;
  const ct = volumeFromInstances(files.length, (i) => files[i] ?? new Uint8Array());
  const { mask } = maskOnVolume(drawn, 1, ct);
  const segment = { ...result.lesion, label: 'Lesion', mask, typeCode: CODES.neoplasm };
  return renderSegmentation(ct, [{ ...segment, drawing: { type: 'MANUAL' } }], ABOUT).bytes;
}
