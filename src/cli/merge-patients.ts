import { parseMergeCsv } from '../patients/merge-csv.ts';
import { applyMerges, planMerges } from '../pipeline/merge-patients.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { readText } from '../startup/yaml.ts';
import { AUTHOR, audited } from './audited.ts';

/** `earshot patients merge FILE.csv`: shows what would change, and changes it with `--apply`. */
export async function mergePatients(
  file: string,
  { apply, config: configFile }: Readonly<{ apply: boolean; config: string }>,
): Promise<number> {
  const incoming = parseMergeCsv(readText(file, 'INPUT_NOT_FOUND'));
  const config = loadConfig(configFile);
  await using world = await openBeside(config);
  const plan = await planMerges(world, incoming);
  console.log(
    `merges ${incoming.length}, studies ${plan.studies.length}, records of the patients table ${plan.records.length}`,
  );
  for (const { row, now } of plan.studies) {
    console.log(`~ ${row.StudyInstanceUID}  ${row.state}  ${row.PatientID} -> ${now.PatientID}`);
  }
  if (!apply) {
    console.log('Nothing was changed. Add --apply to merge.');
    return 0;
  }
  await audited(world, config, { action: 'patients.merge' }, () => applyMerges(world, plan, AUTHOR));
  console.log('Merged. The service looks at the cases of these patients again.');
  return 0;
}
