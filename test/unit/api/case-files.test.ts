import { beforeEach, describe, expect, it } from 'vitest';
import { fileOperations } from '../../../src/api/case-files.ts';
import type { Actor, Download } from '../../../src/api/operation.ts';
import { perform } from '../../../src/api/perform.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { Fault } from '../../../src/fault.ts';
import { pulseOf } from '../../../src/pipeline/case-standing.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { gateTo } from '../../support/gate.ts';
import { reportCases } from '../../support/report-content.ts';
import { shippedTemplates } from '../../support/report-template.ts';
import { add, STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from '../pipeline/delivery-world.ts';

const OTHER_STUDY = '2.25.2000';
const RENDITION = '2.25.200';
const PICTURE = '2.25.300';
const VIEWER: Actor = { name: 'kim', role: 'viewer', via: 'browser', address: '10.0.0.8' };

let one: Awaited<ReturnType<typeof deliveryWorld>>;
let operations: ReturnType<typeof fileOperations>;
beforeEach(async () => {
  one = await deliveryWorld([]);
  const { sql, reports, renditions, catalogue } = one.opened;
  const [content] = Object.values(reportCases());
  if (!content) throw new Error('no report to look at');
  const report = readPart10(renderReport(shippedTemplates(), content).bytes);
  const object = (SOPInstanceUID: string) =>
    writePart10({ ...report, StudyInstanceUID: STUDY, SOPInstanceUID });
  const stored: Record<string, Uint8Array> = {
    'report.dcm': object(REPORT),
    'rendition.dcm': object(RENDITION),
    'picture.dcm': new TextEncoder().encode('pixels'),
  };
  const row = await reports.report(REPORT);
  if (!row) throw new Error('no report is kept');
  const picture = {
    SOPInstanceUID: PICTURE,
    kind: 'picture',
    companionOf: REPORT,
    file: 'picture.dcm',
  } as const;
  await sql.batch(reports.adding({ ...row, ...picture }, [], STUDY));
  await sql.batch([
    renditions.adding(REPORT, {
      SOPInstanceUID: RENDITION,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.34',
      SeriesInstanceUID: '2.25.201',
      StudyInstanceUID: STUDY,
      file: 'rendition.dcm',
      language: 'en',
    }),
  ]);
  await add(one.opened, '2.25.2001', { StudyInstanceUID: OTHER_STUDY });
  operations = fileOperations({
    sql,
    reports,
    world: { catalogue, priors: undefined, expireDays: 14 },
    files: {
      read: async (file) => {
        const bytes = stored[file];
        if (!bytes) throw new Fault('STORAGE_FAILED');
        return bytes;
      },
    },
    pngOf: (bytes) => new TextEncoder().encode(`png of ${new TextDecoder().decode(bytes)}`),
  });
});

const ask = <Answer>(name: keyof typeof operations, input: unknown): Promise<Answer> =>
  perform(
    gateTo(undefined, () => true),
    operations[name] as never,
    input,
    VIEWER,
  ) as Promise<Answer>;
const textOf = ({ bytes }: Download): string => new TextDecoder().decode(bytes);
const uidOf = ({ bytes }: Download): unknown => readPart10(bytes)['SOPInstanceUID'];
const MISSING = { code: 'INPUT_NOT_FOUND' };

describe('the files of a case', () => {
  it('are the report, its other forms and what goes beside it', async () => {
    for (const SOPInstanceUID of [REPORT, RENDITION])
      expect(uidOf(await ask('download', { StudyInstanceUID: STUDY, SOPInstanceUID }))).toBe(SOPInstanceUID);
    expect(textOf(await ask('picture', { StudyInstanceUID: STUDY }))).toBe('png of pixels');
    const preview = await ask<{ root: { valueType: string }; validator: string }>('preview', {
      StudyInstanceUID: STUDY,
      SOPInstanceUID: RENDITION,
    });
    expect(preview.root.valueType).toBe('CONTAINER');
    expect(preview.validator).toContain(`object ${RENDITION}`);
  });

  it('are of no other case: another study that is here gets none of them', async () => {
    for (const name of ['download', 'preview', 'validate'] as const)
      for (const SOPInstanceUID of [REPORT, RENDITION, PICTURE])
        await expect(ask(name, { StudyInstanceUID: OTHER_STUDY, SOPInstanceUID })).rejects.toMatchObject(
          MISSING,
        );
    await expect(ask('picture', { StudyInstanceUID: OTHER_STUDY })).rejects.toMatchObject(MISSING);
    expect(JSON.parse(textOf(await ask('inputs', { StudyInstanceUID: OTHER_STUDY })))).toMatchObject({
      objects: [],
      result: null,
    });
  });

  it('can still be looked at when they were withdrawn', async () => {
    const { reports, sql } = one.opened;
    const withdrawal = {
      note: '2.25.9',
      StudyInstanceUID: STUDY,
      reason: 'safety',
      text: 'wrong',
      author: 'me',
    };
    await sql.batch([...reports.withdrawing({ SOPInstanceUID: REPORT, ...withdrawal })]);
    const input = { StudyInstanceUID: STUDY, SOPInstanceUID: REPORT };
    expect(uidOf(await ask('download', input))).toBe(REPORT);
    expect(textOf(await ask('validate', input))).toContain(`object ${REPORT}`);
  });

  it('have names without a UID, and what is no UID is refused', async () => {
    const { fileName } = await ask<Download>('download', { StudyInstanceUID: STUDY, SOPInstanceUID: REPORT });
    expect(fileName).toBe('object.dcm');
    for (const SOPInstanceUID of ['../report.dcm', '2.25.1/..', ''])
      await expect(ask('download', { StudyInstanceUID: STUDY, SOPInstanceUID })).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
  });
});

describe('the pulse of a case', () => {
  it('has its state, when it is given up, and what happened last, newest first', async () => {
    const { catalogue, tick } = one.opened;
    const world = { catalogue, priors: undefined, expireDays: 14 };
    const study = await catalogue.study(STUDY);
    if (!study) throw new Error('no study');
    tick(1000);
    await catalogue.move(study, {
      state: 'waitingForMask',
      reasons: [{ code: 'MASK_MISSING', text: 'none' }],
    });
    const { ahead, newest, state } = await pulseOf(world, STUDY);
    expect(state).toBe('waitingForMask');
    expect(ahead).toEqual([{ what: 'expiry', at: new Date(Date.UTC(2026, 0, 15, 0, 0, 1)) }]);
    expect(newest.map(({ title }) => title)).toEqual(['Waiting for a mask', 'Report made']);
    await expect(pulseOf(world, '2.25.404')).rejects.toMatchObject(MISSING);
  });
});
