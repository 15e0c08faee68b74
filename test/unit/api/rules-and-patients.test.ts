import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor, AnyOperation } from '../../../src/api/operation.ts';
import { patientOperations } from '../../../src/api/patient-operations.ts';
import { patientTableOperations } from '../../../src/api/patient-table-operations.ts';
import { type AuditLine, perform } from '../../../src/api/perform.ts';
import { type RuleOperationNeeds, ruleOperations } from '../../../src/api/rule-operations.ts';
import { PatientDirectory } from '../../../src/catalogue/patient-directory.ts';
import { digestOf } from '../../../src/dicom/uid.ts';
import { patientPageKey } from '../../../src/patients/patient-page-key.ts';
import { recordOf } from '../../../src/patients/record-change.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { codeOf } from '../../support/code-of.ts';
import { gateTo } from '../../support/gate.ts';
import { add, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const SECRET = 'a secret of the installation';
const actor = (role: Actor['role']): Actor => ({ name: 'ada', role, via: 'browser', address: '127.0.0.1' });

let opened: OpenedCatalogue;
let directory: PatientDirectory;
let audit: AuditLine[];
let table: readonly AnyOperation[];
let saved: unknown[][];
let change: RuleOperationNeeds['change'];
const texts = {
  baseline: readFileSync('rules/baseline.yaml', 'utf8'),
  eligibility: readFileSync('rules/eligibility.yaml', 'utf8'),
  roi: readFileSync('rules/roi.yaml', 'utf8'),
};
beforeEach(async () => {
  opened = await openedCatalogue();
  directory = new PatientDirectory(opened.sql, SECRET);
  audit = [];
  saved = [];
  change = async (...given) => {
    saved.push(given);
    return { state: 'inUse' };
  };
  const world = { ...opened, files: { header: async () => ({}) } as never };
  table = [
    ...Object.values(
      ruleOperations({
        world: world as never,
        rules: () => loadRules(defaultConfig()),
        texts: () => texts,
        change: (...given) => change(...given),
        files: {} as never,
      }),
    ),
    ...Object.values(patientOperations({ world, directory })),
    ...Object.values(patientTableOperations({ world })),
  ];
});

// biome-ignore lint/suspicious/noExplicitAny: answers of any operation
async function ask(id: string, input: unknown, role: Actor['role'] = 'administrator'): Promise<any> {
  const found = table.find((each) => each.id === id);
  if (!found) throw new Error(`no operation ${id}`);
  const gate = gateTo((line) => audit.push(line));
  const answer = await perform(gate, found, input, actor(role));
  return 'download' in found.output ? answer : found.output.parse(answer);
}
const code = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    (thrown: { code: string }) => thrown.code,
  );
const reason = 'ticket 7';
const state = async (study: string) => (await opened.catalogue.study(study))?.state;

describe('the operations on rules', () => {
  it('list every file with its text and examples, and check a text for a viewer', async () => {
    const files = await ask('rules.list', {}, 'viewer');
    expect(files.map(({ which, failing }: { which: string; failing: number }) => [which, failing])).toEqual([
      ['baseline', 0],
      ['eligibility', 0],
      ['roi', 0],
    ]);
    expect(await ask('rules.check', { which: 'roi', text: 'x: 1' }, 'viewer')).toMatchObject({
      isValid: false,
    });
    expect((await ask('rules.read', { which: 'roi' }, 'viewer')).text).toBe(texts.roi);
    expect(audit).toEqual([]);
  });

  it('save a text with author, reason and what it was based on', async () => {
    const basedOn = digestOf(texts.eligibility);
    const input = { which: 'eligibility', text: `${texts.eligibility}# later\n`, reason, basedOn };
    expect(await ask('rules.change', input)).toEqual({ state: 'inUse', sha256: digestOf(input.text) });
    expect(saved).toEqual([
      ['eligibility', input.text, { author: 'ada', reason, source: 'browser', basedOn }],
    ]);
    expect(audit).toMatchObject([
      { action: 'rules.change', outcome: 'done', reason, subject: { id: 'eligibility' } },
    ]);
  });

  it('save nothing that is not valid, fails its examples, changes nothing, or is based on another text', async () => {
    const basedOn = digestOf(texts.eligibility);
    const put = (more: object) =>
      code(
        ask('rules.change', {
          which: 'eligibility',
          text: `${texts.eligibility}\n`,
          reason,
          basedOn,
          ...more,
        }),
      );
    expect(await put({ text: 'rules: []' })).toBe('RULES_INVALID');
    expect(await put({ text: texts.eligibility.replace('hold: { above: 5 }', 'hold: { above: 6 }') })).toBe(
      'RULES_INVALID',
    );
    expect(await put({ text: texts.eligibility })).toBe('CHANGE_EMPTY');
    expect(await put({ basedOn: digestOf('old') })).toBe('CHANGE_CONFLICT');
    expect(await put({ reason: '' })).toBe('INPUT_INVALID');
    expect(await code(ask('rules.change', { which: 'roi' }, 'operator'))).toBe('FORBIDDEN');
    expect(saved).toEqual([]);
  });

  it('try nothing for a viewer, and no file that is not base64', async () => {
    expect(await code(ask('rules.dryRunStudy', { StudyInstanceUID: '2.25.1' }, 'viewer'))).toBe('FORBIDDEN');
    expect(await code(ask('rules.dryRunFile', { content: '<>' }))).toBe('INPUT_INVALID');
    expect(await code(ask('rules.dryRunStudy', { StudyInstanceUID: '2.25.1' }))).toBe('INPUT_NOT_FOUND');
  });
});

describe('the operations on patients', () => {
  const P1 = { PatientID: 'P1', IssuerOfPatientID: '' };
  const key = patientPageKey(SECRET, P1);
  const read = () => ask('patients.read', { key });
  beforeEach(async () => {
    await add(opened, '2.25.1.1', { StudyInstanceUID: '2.25.1', StudyDate: '20230101' });
    await add(opened, '2.25.2.1', { StudyInstanceUID: '2.25.2', PatientID: 'other-2' });
    for (const StudyInstanceUID of ['2.25.1', '2.25.2'])
      await opened.catalogue.move({ StudyInstanceUID, state: 'receiving' }, { state: 'held' });
  });

  it('name patients by keys that tell nothing, and find them by a text that is in no address', async () => {
    const { patients, total, next } = await ask('patients.list', {}, 'viewer');
    expect({ total, next }).toEqual({ total: 2, next: null });
    expect(
      patients.map(({ PatientID, studies }: { PatientID: string; studies: number }) => [PatientID, studies]),
    ).toEqual([
      ['P1', 1],
      ['other-2', 1],
    ]);
    expect(key).toMatch(/^[0-9a-f]{20}$/);
    const found = await ask('patients.search', { text: 'OTHER' }, 'viewer');
    expect(found.patients.map(({ PatientID }: { PatientID: string }) => PatientID)).toEqual(['other-2']);
    expect(table.filter(({ method, path }) => method === 'GET' && /PatientID|text/.test(path))).toEqual([]);
    expect(await code(ask('patients.read', { key: '0'.repeat(20) }))).toBe('INPUT_NOT_FOUND');
    expect(JSON.stringify(audit)).not.toContain('P1');
  });

  it('a record is changed with its reason, and the cases of this patient alone are looked at again', async () => {
    const { digest } = await read();
    const typed = { tkiStart: '2023-02-01', drug: 'gefitinib', optOut: true, listed: true };
    await ask('patients.change', { key, ...typed, reason, basedOn: digest }, 'operator');
    expect((await read()).record).toEqual({ PatientID: 'P1', ...typed, tkiStart: '20230201' });
    expect(await state('2.25.1')).toBe('complete');
    expect(await state('2.25.2')).toBe('held');
    const events = await opened.catalogue.eventsOf('');
    expect(events.at(-1)).toMatchObject({ kind: 'patient.added', detail: { author: 'ada', reason } });
  });

  it('a record that somebody else changed, no change, a value that is none, and a study of others are refused', async () => {
    const { digest } = await read();
    const put = (more: object) => code(ask('patients.change', { key, reason, basedOn: digest, ...more }));
    expect(await put({ basedOn: digestOf('x'), drug: 'afatinib' })).toBe('CHANGE_CONFLICT');
    expect(await put({ tkiStart: '2023-13-01' })).toBe('TABLE_INVALID');
    expect(await put({ drug: 'a"\n,b' })).toBe('TABLE_INVALID');
    expect(await put({ designatedBaseline: '2.25.2' })).toBe('INPUT_INVALID');
    expect(await put({ drug: 'afatinib', reason: ' ' })).toBe('INPUT_INVALID');
    expect(await put({ drug: 'afatinib' })).toBe('done');
    const now = (await read()).digest;
    expect(await put({ drug: 'afatinib', basedOn: now })).toBe('CHANGE_EMPTY');
    expect(await code(ask('patients.add', { ...P1, reason }))).toBe('CHANGE_CONFLICT');
    expect(await code(ask('patients.add', { PatientID: 'new', reason }, 'viewer'))).toBe('FORBIDDEN');
  });

  it('a table is applied as its preview showed it, and not when something changed in between', async () => {
    const csv = 'PatientID,drug\nP1,gefitinib\nnew,osimertinib\n';
    const preview = await ask('patients.previewImport', { csv });
    expect(preview).toMatchObject({ added: [{ PatientID: 'P1' }, { PatientID: 'new' }], changed: [] });
    expect(await opened.patients.all()).toEqual([]);
    await opened.patients.put([{ after: recordOf({ PatientID: 'P1', drug: 'afatinib' }) }], 'else');
    const apply = (previewDigest: string) => ask('patients.import', { csv, reason, previewDigest });
    expect(await code(apply(preview.digest))).toBe('CHANGE_CONFLICT');
    const again = await ask('patients.previewImport', { csv });
    expect(again.changed[0].differences).toEqual([
      { column: 'drug', before: 'afatinib', after: 'gefitinib' },
    ]);
    expect(await apply(again.digest)).toEqual({ changed: 2 });
    expect(await state('2.25.1')).toBe('complete');
    expect((await opened.patients.all()).map(({ drug }) => drug)).toEqual(['gefitinib', 'osimertinib']);
  });

  it('identities are merged, and stand with the patient', async () => {
    const csv = 'oldPatientID,newPatientID\nP1,other-2\n';
    const { digest, studies, unknown } = await ask('patients.previewMerge', { csv });
    expect(unknown).toEqual([]);
    const elsewhere = await ask('patients.previewMerge', { csv: csv.replace('other-2', 'other-3') });
    expect(elsewhere.unknown).toEqual([{ PatientID: 'other-3', IssuerOfPatientID: '' }]);
    expect(studies).toMatchObject([{ StudyInstanceUID: '2.25.1', after: { PatientID: 'other-2' } }]);
    expect(await code(ask('patients.merge', { csv, reason, previewDigest: digestOf('x') }))).toBe(
      'CHANGE_CONFLICT',
    );
    await ask('patients.merge', { csv, reason, previewDigest: digest });
    const into = patientPageKey(SECRET, { PatientID: 'other-2', IssuerOfPatientID: '' });
    const now = await ask('patients.read', { key: into });
    expect(now.merges).toEqual({ from: [{ key, ...P1 }], into: null });
    expect((await read()).merges.into).toMatchObject({ key: into, PatientID: 'other-2' });
    expect(now.studies).toHaveLength(2);
  });

  it('a birth date is corrected as its preview showed it', async () => {
    const csv = 'StudyInstanceUID,PatientBirthDate\n2.25.1,1960-01-02\n';
    const { digest, studies } = await ask('patients.previewCorrection', { csv });
    expect(studies).toEqual([
      { StudyInstanceUID: '2.25.1', state: 'held', changed: ['PatientBirthDate'], isContradicted: false },
    ]);
    await ask('patients.correct', { csv, reason, previewDigest: digest });
    expect(await opened.catalogue.study('2.25.1')).toMatchObject({
      PatientBirthDate: '19600102',
      state: 'complete',
    });
  });

  it('quotes and commas in a value that is typed stay in their column', () => {
    expect(recordOf({ PatientID: 'a",b', drug: 'x;"y"', optOut: false })).toMatchObject({
      PatientID: 'a",b',
      drug: 'x;"y"',
      optOut: false,
    });
    expect(codeOf(() => recordOf({ PatientID: '' }))).toBe('TABLE_INVALID');
  });
});
