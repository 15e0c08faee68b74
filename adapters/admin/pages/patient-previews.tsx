/** What a table would change, before it does. */
import { Badge, Head } from '../layout.tsx';
import { Shown } from '../shown.tsx';
import { dayOf } from '../words.ts';
import { inWords, nameOf, yesNo } from './patient-record.tsx';

type Identity = Readonly<{ PatientID: string; IssuerOfPatientID?: string | undefined }>;
type Added = Identity & Readonly<Record<string, string | boolean | undefined>>;
type Changed = Identity &
  Readonly<{ differences: readonly Readonly<{ column: string; before: string; after: string }>[] }>;

/** Longer lists are counted, not shown: nobody reads them, and a page must not take a minute. */
const MOST_SHOWN = 500;

const WhoCells = ({ PatientID, IssuerOfPatientID }: Identity) => (
  <>
    <th scope="row">
      <Shown value={PatientID} />
    </th>
    <td>
      <Shown value={IssuerOfPatientID} />
    </td>
  </>
);

const More = ({ of, shown = MOST_SHOWN }: { of: number; shown?: number }) =>
  of > shown ? <p>{`And ${of - shown} more of these.`}</p> : null;

export const ImportPreview = ({
  added,
  changed,
  unchanged,
  notInFile,
}: {
  added: readonly Added[];
  changed: readonly Changed[];
  unchanged: number;
  notInFile: number;
}) => (
  <>
    <ul>
      <li>{`${added.length} added`}</li>
      <li>{`${changed.length} changed`}</li>
      <li>{`${unchanged} unchanged`}</li>
      <li>{`${notInFile} not in the table; they stay as they are`}</li>
    </ul>
    {added.length + changed.length === 0 && <p class="card">This table changes nothing.</p>}
    {changed.length > 0 && (
      <div class="table">
        <table>
          <caption>Changed</caption>
          <Head names={['Patient ID', 'Issuer', 'What changes: before → after']} />
          <tbody>
            {changed.slice(0, MOST_SHOWN).map((patient) => (
              <tr>
                <WhoCells {...patient} />
                <td>
                  {patient.differences.map((difference) => (
                    <div>
                      {nameOf(difference.column)}: <Side tag="before" value={difference.before} /> →{' '}
                      <Side tag="after" value={difference.after} />
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    <More of={changed.length} />
    {added.length > 0 && (
      <div class="table">
        <table>
          <caption>Added</caption>
          <Head names={['Patient ID', 'Issuer', 'Record']} />
          <tbody>
            {added.slice(0, MOST_SHOWN).map((patient) => (
              <tr>
                <WhoCells {...patient} />
                <td>
                  <Shown value={known(patient)} most={1000} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    <More of={added.length} />
  </>
);

/** All that the table says of a new patient, in one line. */
function known({ PatientID: _id, IssuerOfPatientID: _issuer, ...record }: Added): string {
  return Object.entries(record)
    .map(
      ([column, value]) =>
        `${nameOf(column)}: ${typeof value === 'boolean' ? yesNo(value) : dayOf(value ?? '')}`,
    )
    .join('; ');
}

const Side = ({ tag, value }: { tag: 'before' | 'after'; value: string }) => {
  const text = value === '' ? 'not known' : dayOf(value);
  return tag === 'before' ? (
    <del>
      <Shown value={text} />
    </del>
  ) : (
    <ins>
      <Shown value={text} />
    </ins>
  );
};

type Moved = Readonly<{
  StudyInstanceUID: string;
  state: string;
  before: Identity;
  after: Identity;
}>;

export const MergePreview = ({
  studies,
  records,
  unknown,
}: {
  studies: readonly Moved[];
  records: number;
  unknown: readonly Identity[];
}) => (
  <>
    {unknown.map((identity) => (
      <p class="said failed">
        <strong>Look twice: </strong>nothing is here yet under the new identity <Whole {...identity} />. Is
        the Patient ID right, and does it need an issuer?
      </p>
    ))}
    <p>
      {`${studies.length} ${studies.length === 1 ? 'study' : 'studies'} and ${records} ${records === 1 ? 'record' : 'records'} move.`}{' '}
      {studies.length === 0 && 'What comes later under the old identity is taken as the new one’s.'}
    </p>
    {studies.length > 0 && (
      <div class="table">
        <table>
          <caption>Studies</caption>
          <Head names={['Study', 'State', 'Now under', 'Then under']} />
          <tbody>
            {studies.slice(0, MOST_SHOWN).map(({ StudyInstanceUID, state, before, after }) => (
              <tr>
                <th scope="row">
                  <a href={`/cases/${StudyInstanceUID}`}>{StudyInstanceUID}</a>
                </th>
                <td>{inWords(state)}</td>
                <td>
                  <Whole {...before} />
                </td>
                <td>
                  <Whole {...after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    <More of={studies.length} />
  </>
);

const Whole = ({ PatientID, IssuerOfPatientID }: Identity) => (
  <>
    <Shown value={PatientID} />
    {IssuerOfPatientID && (
      <>
        {' '}
        (<Shown value={IssuerOfPatientID} />)
      </>
    )}
    {!IssuerOfPatientID && <small> (no issuer)</small>}
  </>
);

type Corrected = Readonly<{
  StudyInstanceUID: string;
  state: string;
  changed: readonly string[];
  isContradicted: boolean;
}>;

export const CorrectionPreview = ({ studies }: { studies: readonly Corrected[] }) => (
  <>
    <div class="table">
      <table>
        <caption>Studies</caption>
        <Head names={['Study', 'State', 'Corrected', 'After it']} />
        <tbody>
          {studies.slice(0, MOST_SHOWN).map(({ StudyInstanceUID, state, changed, isContradicted }) => (
            <tr>
              <th scope="row">
                <a href={`/cases/${StudyInstanceUID}`}>{StudyInstanceUID}</a>
              </th>
              <td>{inWords(state)}</td>
              <td>{changed.join(', ')}</td>
              <td>
                {isContradicted ? (
                  <Badge tone="warning">its objects still disagree about the patient</Badge>
                ) : (
                  <Badge tone="ok">its objects agree</Badge>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    <More of={studies.length} />
  </>
);
