import { existsSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { type ImportPreview, parsePatientsCsv, previewImport } from '../patients/patients-csv.ts';
import { changeRecords } from '../pipeline/change-records.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { readText } from '../startup/yaml.ts';
import { AUTHOR, audited } from './audited.ts';
import { type Command, parse } from './command.ts';
import { correctPatients } from './correct-patients.ts';
import { mergePatients } from './merge-patients.ts';

/** `earshot patients import FILE.csv`: shows what would change, and changes it with `--apply`. */
export const patients: Command = {
  usage: `Usage: earshot patients import FILE.csv [--apply] [--config earshot.yaml]
       earshot patients merge FILE.csv [--apply] [--config earshot.yaml]
       earshot patients correct FILE.csv [--apply] [--config earshot.yaml]

Columns: PatientID, IssuerOfPatientID, tkiStart, drug, generation (first, second, third), mutation (exon19del, L858R,
other), otherTherapy, designatedBaseline (StudyInstanceUID), optOut, listed. PatientID is required; the others may be
left out. Without --apply nothing is changed. Patients that the file does not name are left as they are.

merge: columns oldPatientID, oldIssuer, newPatientID, newIssuer; the issuers may be empty or left out. Studies of the old
identity are matched under the new one, also those that arrive later; cases that were held for it are looked at again, and
what was reported under the old identity is reported anew.

correct: columns StudyInstanceUID, PatientBirthDate, PatientSex. The objects of the study are read as if they said so: for
a study whose birth date or sex is wrong and that the PACS does not send again, corrected.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      { config: { type: 'string', default: 'earshot.yaml' }, apply: { type: 'boolean', default: false } },
      2,
    );
    const [action, file = ''] = positionals;
    if (action !== 'import' && action !== 'merge' && action !== 'correct')
      throw new Fault('USAGE', 'patients knows: import, merge, correct');
    if (!existsSync(file)) throw new Fault('INPUT_NOT_FOUND', file);
    if (action === 'merge') return mergePatients(file, values);
    if (action === 'correct') return correctPatients(file, values);
    const incoming = parsePatientsCsv(readText(file, 'INPUT_NOT_FOUND'));
    const config = loadConfig(values.config);
    await using world = await openBeside(config);
    const preview = previewImport(await world.patients.all(), incoming);
    show(preview);
    if (!values.apply) {
      console.log('Nothing was changed. Add --apply to import.');
      return 0;
    }
    const changes = [...preview.added.map((after) => ({ after })), ...preview.changed];
    const alsoOf = incoming.patients.map(({ PatientID }) => PatientID);
    await audited(world, config, { action: 'patients.import' }, () =>
      changeRecords(world, changes, { author: AUTHOR, alsoOf }),
    );
    console.log('Imported. The service looks at the cases of these patients again.');
    return 0;
  },
};

function show({ added, changed, unchanged, notInFile }: ImportPreview): void {
  console.log(
    `added ${added.length}, changed ${changed.length}, unchanged ${unchanged.length}, not in the file ${notInFile.length}`,
  );
  for (const patient of added) console.log(`+ ${patient.PatientID}`);
  for (const { before, after } of changed) {
    const columns = Object.keys(after) as (keyof typeof after)[];
    const differences = columns.filter((column) => before[column] !== after[column]);
    const text = differences.map(
      (column) => `${column}: ${before[column] ?? '(unknown)'} -> ${after[column] ?? '(unknown)'}`,
    );
    console.log(`~ ${after.PatientID}  ${text.join(', ')}`);
  }
}
