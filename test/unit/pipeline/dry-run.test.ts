import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { inflateRaw } from '../../../adapters/threads/inflate.ts';
import { candidate } from '../../../src/api/rule-operations.ts';
import { inflatedPart10 } from '../../../src/dicom/deflated.ts';
import type { Header } from '../../../src/dicom/header.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { readHeader } from '../../../src/dicom/read-header.ts';
import { Fault } from '../../../src/fault.ts';
import { describeMask } from '../../../src/masks/describe.ts';
import { assess } from '../../../src/pipeline/assess.ts';
import { dryRunFile } from '../../../src/pipeline/dry-run-file.ts';
import { dryRunStudy } from '../../../src/pipeline/dry-run-study.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { loadModel } from '../../../src/startup/load-model.ts';
import { codeOf } from '../../support/code-of.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { tableNames } from '../../support/databases.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { asDeflated } from '../../support/transcode.ts';
import { add, asAdded, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';
import { makeMask, makeRegion } from '../matching/make-study.ts';

const never = new AbortController().signal;
const rules = loadRules(defaultConfig());
const model = loadModel(defaultConfig().model.id, defaultConfig());
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});

const world = () => ({
  ...opened,
  enrolment: 'all' as const,
  model,
  normalisation: { kind: 'none' } as const,
  installation: { uid: '2.25.9', name: 'TEST', softwareVersion: '1' },
});

/** Two slices and a mask, complete, its mask read. */
async function addStudy(number: number, StudyDate: string, name = 'GTV-1'): Promise<string> {
  const StudyInstanceUID = `2.25.${number}`;
  const header: Partial<Header> = {
    StudyInstanceUID,
    StudyDate,
    SeriesInstanceUID: `${StudyInstanceUID}.1`,
    SliceThickness: 2,
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    Modality: 'CT',
  };
  await add(opened, `${StudyInstanceUID}.1.1`, header);
  await add(
    opened,
    `${StudyInstanceUID}.2.1`,
    { ...header, SeriesInstanceUID: `${StudyInstanceUID}.2` },
    'mask',
  );
  const regions = [
    makeRegion({ FrameOfReferenceUID: undefined, name }),
    makeRegion({ number: 2, FrameOfReferenceUID: undefined, name: 'Lung L' }),
  ];
  const SOPInstanceUID = `${StudyInstanceUID}.2.1`;
  const referencedSeries = [`${StudyInstanceUID}.1`];
  await opened.catalogue.describeMask(
    asAdded(SOPInstanceUID),
    makeMask({ SOPInstanceUID, StudyInstanceUID, referencedSeries, regions }),
  );
  await opened.catalogue.move({ StudyInstanceUID, state: 'receiving' }, { state: 'complete' });
  return StudyInstanceUID;
}

/** Every row of every table. */
async function everything(): Promise<unknown> {
  const tables = await tableNames(opened.sql);
  const rows = tables.map(async (name) => [name, await opened.sql.query(`SELECT * FROM "${name}"`)]);
  return Object.fromEntries(await Promise.all(rows as Promise<[string, unknown]>[]));
}

describe('a dry run on a study that is here', () => {
  it('tells baseline, lesion, regions and every clause, and changes no row of the database', async () => {
    const baseline = await addStudy(1, '20230101');
    const followUp = await addStudy(2, '20230301');
    const batch = vi.spyOn(opened.sql, 'batch');
    const before = await everything();
    const said = await dryRunStudy(world(), followUp, rules);
    expect(await everything()).toEqual(before);
    expect(batch).not.toHaveBeenCalled();
    expect(said.state).toMatchObject({ now: 'complete', would: 'ready', isDifferent: true });
    expect(said.baseline).toMatchObject({ kind: 'matched', chosen: baseline, rule: 'earliest-with-mask' });
    expect(said.lesions).toMatchObject([{ label: 'GTV-1', isTarget: true, isMeasured: false }]);
    expect(said.masks.map(({ of, regions }) => [of, regions.map(({ verdict }) => verdict)])).toEqual([
      ['followUp', ['taken', 'rejected']],
      ['baseline', ['taken', 'rejected']],
    ]);
    const outcomes = new Map(said.eligibility.map(({ id, outcome }) => [id, outcome]));
    expect(outcomes.size).toBe(rules.eligibility.value.rules.length);
    expect(outcomes.get('QC-04')).toBe('pass');
    expect([...outcomes.values()]).toContain('notMeasured');
  });

  it('with candidate rules says where the case would be instead', async () => {
    await addStudy(1, '20230101');
    const followUp = await addStudy(2, '20230301');
    const yaml = `rules:
  - id: QC-04
    check: slice thickness
    fact: sliceThicknessMm
    scope: each
    hold: { above: 1 }
    because: a test
    examples: [{ value: 1, expect: pass }, { value: 2, expect: hold }]
`;
    const said = await dryRunStudy(world(), followUp, candidate(rules, { eligibility: yaml }));
    expect(said.state).toMatchObject({ would: 'held', reasons: [{ code: 'OUT_OF_SCOPE' }] });
    expect(said.state.reasons[0]?.text).toBe('QC-04 slice thickness: baseline 2 mm; follow-up 2 mm');
    expect(codeOf(() => candidate(rules, { roi: 'include: [' }))).toBe('RULES_INVALID');
  });

  it.each([
    ['without a baseline', [[2, '20230301', 'GTV-1']]],
    [
      'without a tumour at follow-up',
      [
        [1, '20230101', 'GTV-1'],
        [2, '20230301', 'Heart'],
      ],
    ],
    [
      'whose lesions do not match',
      [
        [1, '20230101', 'left upper'],
        [2, '20230301', 'nodule right'],
      ],
    ],
    [
      'that can be scored',
      [
        [1, '20230101', 'GTV-1'],
        [2, '20230301', 'GTV-1'],
      ],
    ],
  ] as const)('says of a study %s the state that looking at it gives', async (_, studies) => {
    for (const [number, date, name] of studies) await addStudy(number, date, name);
    const { state } = await dryRunStudy(world(), '2.25.2', rules);
    const log = keptLog();
    const queue = await openEmbeddedQueue({ sql: opened.sql, clock: opened.clock, log });
    await assess(
      {
        ...world(),
        rules,
        queue,
        log,
        files: {} as never,
        radiomics: {} as never,
        meter: silentMeter,
        whyAway: () => undefined,
      },
      { kind: 'assess', key: '2.25.2' },
      never,
    );
    const row = await opened.catalogue.study('2.25.2');
    expect(state.would).toBe(row?.state);
    expect(state.reasons.map(({ code }) => code)).toEqual(row?.reasons.map(({ code }) => code));
  });

  it('refuses one that is not here, and one that is arriving', async () => {
    await expect(dryRunStudy(world(), '2.25.7', rules)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await add(opened, '2.25.5.1', { StudyInstanceUID: '2.25.5' });
    await expect(dryRunStudy(world(), '2.25.5', rules)).rejects.toMatchObject({
      code: 'ACTION_NOT_POSSIBLE',
    });
  });
});

describe('a dry run on a dropped file', () => {
  const needs = {
    describeMask: async (bytes: Uint8Array) => describeMask(bytes),
    readHeader: async (bytes: Uint8Array) => {
      const found = readHeader(inflatedPart10(bytes, inflateRaw));
      if (!found) throw new Fault('DICOM_TRUNCATED');
      return found.header;
    },
  };
  const drop = (bytes: Uint8Array) => dryRunFile(needs, bytes, rules, never);
  const slice = (changes = {}) =>
    Buffer.from(writePart10({ ...readPart10(ctSlice({ size: 8 })), ...changes }));

  it('a CT slice is kept, and its header decides what it can', async () => {
    const said = await drop(slice());
    expect(said).toMatchObject({ outcome: 'kept', role: 'image', sopClass: 'CT Image Storage', missing: [] });
    expect(said.eligibility.map(({ id }) => id)).toContain('QC-01');
    expect((await drop(asDeflated(slice()))).outcome).toBe('kept');
  });

  it('a slice without geometry, with contrast, tells so', async () => {
    const said = await drop(slice({ PixelSpacing: undefined, ContrastBolusAgent: 'OMNIPAQUE' }));
    expect(said).toMatchObject({ missing: ['PixelSpacing'], seriesRuledOut: 'Contrast was given.' });
  });

  it.each([
    ['no file at all', new Uint8Array(), 'DICOM_TRUNCATED'],
    ['a text', Buffer.from('<script>'.repeat(100)), 'DICOM_UNPARSABLE'],
    ['a slice that is cut off', slice().subarray(0, -10), 'DICOM_TRUNCATED'],
    ['a slice without Patient ID', slice({ PatientID: '' }), 'DICOM_MISSING_ATTRIBUTE'],
    ['another SOP class', slice({ SOPClassUID: '1.2.3' }), 'SOP_CLASS_UNSUPPORTED'],
  ])('%s is refused with the reason', async (_, bytes, code) => {
    expect(await drop(bytes)).toMatchObject({ outcome: 'refused', problems: [{ code }] });
  });

  it('what the listener drops is said to be dropped', async () => {
    expect(await drop(slice({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }))).toMatchObject({
      outcome: 'ignored',
    });
  });

  it('a mask tells of every region whether the rules take it', async () => {
    const bytes = slice({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3', PixelData: undefined });
    const regions = [makeRegion(), makeRegion({ number: 2, name: 'PTV' })];
    const mask = makeMask({ regions });
    const said = await dryRunFile({ ...needs, describeMask: async () => mask }, bytes, rules, never);
    expect(said.regions?.map(({ verdict }) => verdict)).toEqual(['taken', 'rejected']);
    const many = {
      describeMask: async () => makeMask({ regions: [makeRegion({ name: 'x'.repeat(5_000_000) })] }),
    };
    expect(await dryRunFile({ ...needs, ...many }, bytes, rules, never)).toMatchObject({
      regions: null,
      problems: [{ code: 'INPUT_INVALID' }],
    });
  });
});
