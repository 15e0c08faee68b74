/** Every reader of text that people and peers give, with texts that it takes: what damaged input is tried on. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { itemsOf, textIn } from '../../adapters/dicomweb/dicom-json.ts';
import { Fault } from '../../src/fault.ts';
import { parseCorrectionCsv } from '../../src/patients/correction-csv.ts';
import { parseMergeCsv, resolvedMerges } from '../../src/patients/merge-csv.ts';
import { parsePatientsCsv, previewImport } from '../../src/patients/patients-csv.ts';
import { parameterSchema } from '../../src/radiomics/parameters.ts';
import { checkRules, RULE_FILES } from '../../src/rules/check-rules.ts';
import { templateSchema } from '../../src/sr/template.ts';
import { configSchema } from '../../src/startup/config.ts';
import { modelOf } from '../../src/startup/load-model.ts';
import { withEnvironment } from '../../src/startup/placeholders.ts';
import { parseYaml, readYaml } from '../../src/startup/yaml.ts';
import type { Reader } from './reader.ts';

const shipped = (path: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
const textOf = (bytes: Buffer): string => bytes.toString('utf8');

const configuration: Reader = {
  name: 'earshot.yaml',
  share: 0.5,
  valid: ['docker/embedded/earshot.yaml', 'docker/scale-out/earshot.yaml'].map(shipped),
  read: (bytes) =>
    readYaml(textOf(bytes), 'earshot.yaml', configSchema, 'CONFIG_INVALID', (said) =>
      withEnvironment(said, { EARSHOT_HTTP_TOKEN: 'x'.repeat(20), EARSHOT_DATABASE: 'postgres://a/b' }),
    ),
};

const settings: Reader = {
  name: 'PyRadiomics parameter files',
  valid: [
    shipped('docs/examples/ear-2023.yaml'),
    Buffer.from(
      'imageType: {Original: {}}\nsetting: {binWidth: 25, resegmentRange: [-3, 3], distances: [1, 2]}\n',
    ),
    Buffer.from('{"featureClass": {"glcm": ["Idm"], "shape": null}, "setting": {"label": 2}}'),
  ],
  read: (bytes) => parseYaml(textOf(bytes), 'settings.yaml', parameterSchema, 'SETTINGS_INVALID'),
};

const templates: Reader = {
  name: 'report templates',
  share: 0.05,
  valid: [shipped('sr-templates/delta-radiomics.yaml')],
  read: (bytes) => parseYaml(textOf(bytes), 'template.yaml', templateSchema, 'TEMPLATE_INVALID'),
};

const rules: Reader = {
  name: 'rule files',
  share: 0.1,
  valid: RULE_FILES.map((which) => shipped(`rules/${which}.yaml`)),
  read: (bytes) => {
    const isRule = RULE_FILES.map((which) => checkRules(which, textOf(bytes)).isValid).includes(true);
    if (!isRule) throw new Fault('RULES_INVALID');
  },
};

const models: Reader = {
  name: 'model files',
  valid: ['models/ear-delta-2023.json', 'models/ear-classic-2023.json'].map(shipped),
  read: (bytes) => modelOf(textOf(bytes), 'model.json'),
};

const PATIENTS = Buffer.from(
  'PatientID,IssuerOfPatientID,tkiStart,drug,mutation,optOut,listed\r\nP1,,2024-01-02,osimertinib,L858R,no,yes\r\n"P,2","H",20240301,gefitinib,,yes,no\r\n',
);
const KNOWN = parsePatientsCsv(PATIENTS.toString()).patients;

const patients: Reader = {
  name: 'patients as CSV',
  valid: [PATIENTS, Buffer.from('\ufeffPatientID;drug\nP1;"a ""b"""\n\nP2;\n')],
  read: (bytes) => {
    const table = parsePatientsCsv(textOf(bytes));
    const isNamed = table.patients.every(({ PatientID }) => PatientID !== '' && PatientID.length <= 64);
    if (!isNamed) throw new Error('unsound: a patient without an ID');
    previewImport(KNOWN, table);
  },
};

const identities: Reader = {
  name: 'merges and corrections as CSV',
  valid: [
    Buffer.from('oldPatientID,oldIssuer,newPatientID,newIssuer\nA,,B,\nB,,C,H\n'),
    Buffer.from('StudyInstanceUID,PatientBirthDate,PatientSex\n2.25.1,1950-01-02,F\n2.25.2,,m\n'),
  ],
  read: (bytes, random) => {
    if (random.index(2) === 0) resolvedMerges([], parseMergeCsv(textOf(bytes)));
    else parseCorrectionCsv(textOf(bytes));
  },
};

const answers: Reader = {
  name: 'answers to QIDO-RS',
  valid: [
    Buffer.from(
      '[{"0020000D":{"vr":"UI","Value":["1.2"]},"00080061":{"vr":"CS","Value":["CT","SEG"]},"00100020":{"Value":[3]}}]',
    ),
  ],
  read: (bytes) => itemsOf(textOf(bytes)).map((item) => textIn(item, '0020000D')),
};

export const READERS_OF_TEXT: readonly Reader[] = [
  configuration,
  settings,
  templates,
  rules,
  models,
  patients,
  identities,
  answers,
];
