import { parseCorrectionCsv } from '../patients/correction-csv.ts';
import { applyCorrections, planCorrections } from '../pipeline/correct-patients.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { readText } from '../startup/yaml.ts';
import { AUTHOR, audited } from './audited.ts';

/** `earshot patients correct FILE.csv`: shows what would change, and changes it with `--apply`. */
export async function correctPatients(
  file: string,
  { apply, config: configFile }: Readonly<{ apply: boolean; config: string }>,
): Promise<number> {
  const incoming = parseCorrectionCsv(readText(file, 'INPUT_NOT_FOUND'));
  const config = loadConfig(configFile);
  await using world = await openBeside(config);
  const planned = await planCorrections(world, incoming);
  for (const { row, now, isContradicted } of planned) {
    const rest = isContradicted ? '  its objects still disagree about the patient' : '';
    console.log(`~ ${row.StudyInstanceUID}  ${row.state}  ${Object.keys(now).join(', ')}${rest}`);
  }
  if (!apply) {
    console.log('Nothing was changed. Add --apply to correct.');
    return 0;
  }
  await audited(world, config, { action: 'patients.correct' }, () =>
    applyCorrections(world, planned, AUTHOR),
  );
  console.log('Corrected. The service looks at the cases of these patients again.');
  return 0;
}
