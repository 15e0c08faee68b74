import { Fault } from '../fault.ts';
import { patientPageKey } from '../patients/patient-page-key.ts';
import { type ForgetPlan, planForgetting } from '../pipeline/forget-patient.ts';
import { openForgetting } from '../startup/forget-beside.ts';
import { loadConfig } from '../startup/load.ts';
import { type Beside, openBeside } from '../startup/open-beside.ts';
import { newSecret } from '../users/secret.ts';
import { audited } from './audited.ts';
import { type Command, parse } from './command.ts';

/** `earshot forget PATIENT_ID`: everything of a patient leaves catalogue and disk. */
export const forget: Command = {
  usage: `Usage: earshot forget PATIENT_ID [--issuer ISSUER] [--yes] [--config earshot.yaml]

Removes everything that is here of a patient, under identities too that were merged with this one: what waits to be sent, studies, masks,
measurements, reports and what goes beside them, deliveries, the stories of the cases, the record in the patients table, with their files. Without
--yes it counts what would be removed, and removes nothing. Also while the service runs; refused (PATIENT_UNDER_WAY) while
something is being done with a case of the patient.
  --issuer ISSUER  Issuer of Patient ID; needed when several are known
  --yes            remove it

What was sent to destinations stays there: withdraw it first (earshot withdraw). The audit trail stays for audit.keepDays, back-ups as long
as you keep them: restoring one from before brings the patient back, and this command has to be given again. Objects of the patient that come later are taken as those of a new patient.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      {
        config: { type: 'string', default: 'earshot.yaml' },
        issuer: { type: 'string' },
        yes: { type: 'boolean', default: false },
      },
      1,
    );
    const PatientID = positionals[0]?.trim() ?? '';
    if (PatientID === '') throw new Fault('USAGE', 'PATIENT_ID is empty');
    const config = loadConfig(values.config);
    await using world = await openBeside(config, { isThere: true });
    using forgetting = openForgetting(world, config);
    if (values.yes) await forgetting.removeLeft();
    const plan = await planForgetting(world, PatientID, values.issuer?.trim());
    for (const [what, count] of plan.counts) console.log(`${what.padEnd(20)}${count}`);
    if (!values.yes) {
      console.log('Nothing was removed. Add --yes to remove it.');
      return 0;
    }
    const line = {
      action: 'patients.forget',
      subject: { kind: 'patient', id: await keyOf(world, plan) },
    } as const;
    const left = await audited(world, config, line, () => forgetting.forget(plan));
    const isOverwritten = await forgetting.overwrite();
    if (left > 0)
      throw new Fault('STORAGE_FAILED', `the patient is forgotten, but ${left} files are still on the disk`);
    console.log('Removed. What was sent to destinations is still there.');
    if (!isOverwritten)
      console.log(
        'Copies may stay in the file of the catalogue or its log for about an hour: both were in use.',
      );
    return 0;
  },
};

/** The name that the pages and the audit trail have for the patient: an HMAC, which tells nothing without the secret of this catalogue. */
async function keyOf({ catalogue }: Beside, { identities }: ForgetPlan): Promise<string> {
  const [identity] = identities;
  if (!identity) throw new Fault('INPUT_NOT_FOUND', 'no such patient is here');
  return patientPageKey(await catalogue.setting('patientKeys', newSecret()), identity);
}
