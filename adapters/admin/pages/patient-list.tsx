/** Patients a page at a time, and found by a text that stands in no address. */
import { Badge, type Frame, mayDo } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { dayOf } from '../words.ts';
import { inWords, mutationInWords } from './patient-record.tsx';

type Result = Readonly<{
  StudyInstanceUID: string;
  StudyDate: string;
  outcome: string | null;
  category: string | null;
  probability: number | null;
  isWithdrawn: boolean;
}>;
type Listed = Readonly<{
  key: string;
  PatientID: string;
  IssuerOfPatientID: string;
  studies: number;
  record: Readonly<{
    drug?: string | undefined;
    tkiStart?: string | undefined;
    mutation?: string | undefined;
    optOut: boolean;
  }> | null;
  result: Result | null;
}>;
type Listing = Readonly<{ patients: readonly Listed[]; total: number; next: number | null }>;

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A form by POST, so that what is looked for stands in no address. */
export const SearchBox = ({ frame, text = '' }: { frame: Frame; text?: string }) => (
  <form method="post" action="/patients/search" class="row">
    <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
    <div>
      <label for="text">Part of a Patient ID</label>{' '}
      <input id="text" name="text" value={text} maxlength={64} required autocomplete="off" />
    </div>
    <button type="submit">Search</button>
    {text !== '' && <a href="/patients">All patients</a>}
  </form>
);

export const Ways = ({ frame }: { frame: Frame }) =>
  frame.who && mayDo(frame.who.role, 'operator') ? (
    <p class="row ways">
      <a class="button" href="/patients/new">
        New record
      </a>
      <a class="button quiet" href="/patients/import">
        Import a table
      </a>
      <a class="button quiet" href="/patients/merge">
        Merge identities
      </a>
      <a class="button quiet" href="/patients/correct">
        Correct birth date or sex
      </a>
    </p>
  ) : null;

const NewestResult = ({ result }: { result: Result | null }) => {
  if (!result) return <span class="none">–</span>;
  const { category, outcome, probability, isWithdrawn, StudyDate, StudyInstanceUID } = result;
  return (
    <>
      {probability === null ? '' : `${percent(probability)}, `}
      {inWords(category ?? outcome ?? 'reported')}
      {isWithdrawn && (
        <>
          {' '}
          <Badge tone="warning">withdrawn</Badge>
        </>
      )}{' '}
      <a href={`/cases/${StudyInstanceUID}`} class="nowrap">
        {visible(dayOf(StudyDate), 20) || 'no date'}
      </a>
    </>
  );
};

const COLUMNS = [
  'Patient ID',
  'Issuer',
  'TKI start',
  'Drug',
  'Mutation',
  'Opt-out',
  'Studies',
  'Newest result',
];

export const PatientTable = ({ listing, caption }: { listing: Listing; caption: string }) => (
  <div class="table">
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th scope="col" class={name === 'Studies' ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {listing.patients.map(({ key, PatientID, IssuerOfPatientID, studies, record, result }) => (
          <tr>
            <th scope="row">
              <a href={`/patients/${key}`}>
                <Shown value={PatientID} />
              </a>
            </th>
            <td class="words">
              <Shown value={IssuerOfPatientID} />
            </td>
            <td class="words">
              <Shown value={dayOf(record?.tkiStart ?? '')} />
            </td>
            <td class="words">
              <Shown value={record?.drug} />
            </td>
            <td>
              <Shown value={mutationInWords(record?.mutation ?? '')} />
            </td>
            <td>{record?.optOut ? <Badge tone="warning">opted out</Badge> : 'no'}</td>
            <td class="number">{studies}</td>
            <td>
              <NewestResult result={result} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const SIZE = 100;
export const captionOf = ({ patients, total }: Listing, from: number): string =>
  total > patients.length && patients.length > 0
    ? `Patients ${from + 1} to ${from + patients.length} of ${total}`
    : `${total} ${total === 1 ? 'patient' : 'patients'}`;

/** `text`: of a search, whose pages come by POST. */
export const Paging = ({
  frame,
  from,
  next,
  text,
}: {
  frame: Frame;
  from: number;
  next: number | null;
  text?: string;
}) =>
  from === 0 && next === null ? null : (
    <nav class="pages" aria-label="Pages of the list">
      {from > 0 && <To frame={frame} from={Math.max(0, from - SIZE)} name="Earlier" text={text} />}
      {next !== null && <To frame={frame} from={next} name="Later" text={text} />}
    </nav>
  );

const To = ({
  frame,
  from,
  name,
  text,
}: {
  frame: Frame;
  from: number;
  name: string;
  text: string | undefined;
}) =>
  text === undefined ? (
    <a href={`/patients?from=${from}`}>{name} in the list</a>
  ) : (
    <form method="post" action="/patients/search">
      <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
      <input type="hidden" name="text" value={text} />
      <input type="hidden" name="from" value={from} />
      <button type="submit" class="quiet">
        {name} in the list
      </button>
    </form>
  );
