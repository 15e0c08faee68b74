/** The three kinds of tables about patients, in words. */
import { Field } from '../layout.tsx';

export type TableKind = Readonly<{
  path: string;
  title: string;
  previewTitle: string;
  about: string;
  oneTitle: string;
  columns: readonly string[];
  columnsSaid: string;
  fileName: string;
  template: string;
  confirm: string;
  warning: string;
}>;

export const IMPORT: TableKind = {
  path: '/patients/import',
  title: 'Import records',
  previewTitle: 'Import records: what would change',
  about:
    'For the start of therapy, drug, consent and other data of many patients. You see what would change before anything is changed; patients that the table does not name stay as they are.',
  oneTitle: '',
  columns: [
    'PatientID',
    'IssuerOfPatientID',
    'tkiStart',
    'drug',
    'generation',
    'mutation',
    'otherTherapy',
    'designatedBaseline',
    'optOut',
    'listed',
  ],
  columnsSaid:
    'Only PatientID must be there. A column that is left out keeps what is known; an empty cell makes it unknown.',
  fileName: 'patients.csv',
  template:
    'PatientID,IssuerOfPatientID,tkiStart,drug,mutation,optOut\nPHANTOM-1,HOSPITAL,2024-03-01,osimertinib,exon19del,no\nPHANTOM-2,HOSPITAL,2024-05-17,gefitinib,L858R,yes\n',
  confirm: 'Import the records',
  warning:
    'The cases of these patients are looked at again at once. Reports that were sent already are not taken back.',
};

export const MERGE: TableKind = {
  path: '/patients/merge',
  title: 'Merge identities',
  previewTitle: 'Merge identities: what would change',
  about:
    'When the PACS says that two Patient IDs are one person: studies and record of the old identity become those of the new one, and objects that still come under the old identity are taken as the new one’s.',
  oneTitle: 'One patient',
  columns: ['oldPatientID', 'oldIssuer', 'newPatientID', 'newIssuer'],
  columnsSaid: 'The issuers may be left out where the images name none.',
  fileName: 'merges.csv',
  template: 'oldPatientID,oldIssuer,newPatientID,newIssuer\nPHANTOM-1,HOSPITAL,PHANTOM-7,HOSPITAL\n',
  confirm: 'Merge the identities',
  warning:
    'A merge cannot be undone here: if two persons become one, one is compared with the other. Reports under the old identity are made anew under the new one and sent again.',
};

export const CORRECT: TableKind = {
  path: '/patients/correct',
  title: 'Correct birth date or sex',
  previewTitle: 'Correct birth date or sex: what would change',
  about:
    'When the images of a study have a wrong birth date or sex, and the case is held because patient data contradict each other. The images stay as they are; Earshot reads the right value in their place.',
  oneTitle: 'One study',
  columns: ['StudyInstanceUID', 'PatientBirthDate', 'PatientSex'],
  columnsSaid: 'Dates as YYYY-MM-DD, sex as M, F or O; an empty cell stays as it is.',
  fileName: 'corrections.csv',
  template: 'StudyInstanceUID,PatientBirthDate,PatientSex\n2.25.1234567890,1951-02-03,F\n',
  confirm: 'Correct the studies',
  warning:
    'A correction says that these images are of this patient. If they are of somebody else, have the PACS correct them and send them again instead.',
};

export const OneMerge = ({
  PatientID,
  IssuerOfPatientID,
}: {
  PatientID: string;
  IssuerOfPatientID: string;
}) => (
  <>
    {(
      [
        ['oldPatientID', 'Old Patient ID', PatientID, true],
        ['oldIssuer', 'Issuer of the old one', IssuerOfPatientID, false],
        ['newPatientID', 'New Patient ID', '', true],
        ['newIssuer', 'Issuer of the new one', IssuerOfPatientID, false],
      ] as const
    ).map(([id, label, value, isRequired]) => (
      <Field id={id} label={label}>
        <input id={id} name={id} value={value} maxlength={64} required={isRequired} autocomplete="off" />
      </Field>
    ))}
  </>
);

export const OneCorrection = ({ study }: { study: string }) => (
  <>
    <Field id="StudyInstanceUID" label="StudyInstanceUID" hint="It stands on the page of the case.">
      <input
        id="StudyInstanceUID"
        name="StudyInstanceUID"
        value={study}
        maxlength={64}
        required
        autocomplete="off"
        aria-describedby="StudyInstanceUID-hint"
      />
    </Field>
    <Field id="PatientBirthDate" label="Right birth date" hint="Empty: it stays.">
      <input
        id="PatientBirthDate"
        name="PatientBirthDate"
        type="date"
        aria-describedby="PatientBirthDate-hint"
      />
    </Field>
    <Field id="PatientSex" label="Right sex">
      <select id="PatientSex" name="PatientSex">
        <option value="">it stays</option>
        <option value="F">F – female</option>
        <option value="M">M – male</option>
        <option value="O">O – other</option>
      </select>
    </Field>
  </>
);
