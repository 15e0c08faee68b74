/** Patients: the list, a search, a record and its changes. */
import type { PatientOperations } from '../../../src/api/patient-operations.ts';
import { asFault } from '../../../src/fault.ts';
import { Field, Form, type Frame, Reason } from '../layout.tsx';
import { answer, form, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import { PatientContent } from './patient-content.tsx';
import { captionOf, Paging, PatientTable, SearchBox, Ways } from './patient-list.tsx';
import { type Drug, fieldsOf, RecordFields, type Typed, typedOf } from './patient-record.tsx';

export const patientPages = (patients: PatientOperations): PageRoute[] => [
  page('/patients', 'viewer', async ({ run, show, frame, fields }) => {
    const from = Number(fields['from'] ?? 0);
    const listing = await run(patients.list, { from });
    return show(
      'Patients',
      <>
        <div class="row spread">
          <SearchBox frame={frame} />
          <Ways frame={frame} />
        </div>
        {listing.total === 0 ? (
          <p class="card">
            There is no patient yet. Patients come with the first study that a node sends, with a new record,
            or with an imported table.
          </p>
        ) : (
          <PatientTable listing={listing} caption={captionOf(listing, from)} />
        )}
        <Paging frame={frame} from={from} next={listing.next} />
      </>,
    );
  }),
  form('/patients/search', 'viewer', '/patients', async ({ run, show, frame, fields, go }) => {
    const text = fields['text'] ?? '';
    const from = Number(fields['from'] ?? 0);
    const listing = await run(patients.search, { text, from });
    const [only] = listing.patients;
    if (only && listing.total === 1) return go(`/patients/${only.key}`);
    return show(
      'Patients found',
      <>
        <SearchBox frame={frame} text={text} />
        {listing.total === 0 ? (
          <p class="card" role="status">
            No Patient ID holds this text. Try a shorter part of it; names of patients are not searched.
          </p>
        ) : (
          <PatientTable listing={listing} caption={captionOf(listing, from)} />
        )}
        <Paging frame={frame} from={from} next={listing.next} text={text} />
      </>,
    );
  }),
  page('/patients/new', 'operator', (visit) => newRecord(patients, visit)),
  answer('/patients/new', 'operator', async (visit) => {
    const { run, fields, go } = visit;
    try {
      const { PatientID, IssuerOfPatientID, reason } = fields;
      const input = { PatientID, IssuerOfPatientID, ...typedOf(fields), reason };
      const { key } = await run(patients.add, input);
      return go(`/patients/${key}`, 'The record is kept.');
    } catch (thrown) {
      return newRecord(patients, visit, thrown);
    }
  }),
];

/** After all other pages below `/patients/`: what is none of them is a key. */
export const patientPage = (patients: PatientOperations): PageRoute[] => [
  page('/patients/:key', 'viewer', (visit) => onePatient(patients, visit)),
  answer('/patients/:key', 'operator', async (visit) => {
    const { run, fields, go } = visit;
    const { key, reason, basedOn } = fields;
    try {
      await run(patients.change, { key, ...typedOf(fields), reason, basedOn });
      return go(`/patients/${key}`, 'The record is changed; the cases of the patient are looked at again.');
    } catch (thrown) {
      return onePatient(patients, visit, thrown);
    }
  }),
];

/** What was typed stays in the fields when it could not be kept. */
async function onePatient(
  patients: PatientOperations,
  { run, show, frame, fields }: Visit,
  thrown?: unknown,
): Promise<Response> {
  const shown = await run(patients.read, { key: fields['key'] });
  const { drugs } = await run(patients.drugs, {});
  const fault = thrown === undefined ? undefined : asFault(thrown);
  const now = fieldsOf(shown.record);
  const typed = fault ? typedOf(fields) : now;
  return show(
    'Patient',
    <PatientContent
      frame={frame}
      patient={shown}
      drugs={drugs}
      typed={typed}
      now={now}
      fault={fault}
      reason={fields['reason'] ?? ''}
    />,
  );
}

async function newRecord(
  patients: PatientOperations,
  { run, show, frame, fields }: Visit,
  thrown?: unknown,
): Promise<Response> {
  const { drugs } = await run(patients.drugs, {});
  return show(
    'New record',
    <>
      {thrown !== undefined && <NotKept thrown={thrown} />}
      <NewRecord
        frame={frame}
        drugs={drugs}
        typed={thrown === undefined ? fieldsOf(null) : typedOf(fields)}
        identity={fields}
      />
    </>,
  );
}

const NotKept = ({ thrown }: { thrown: unknown }) => (
  <p class="said failed" role="alert">
    <strong>Not done: </strong>
    {visible(asFault(thrown).message, 1500)}
  </p>
);

const NewRecord = ({
  frame,
  drugs,
  typed,
  identity,
}: {
  frame: Frame;
  drugs: readonly Drug[];
  typed: Typed;
  identity: Visit['fields'];
}) => (
  <section class="card">
    <p>
      Of a patient who has none. Give Patient ID and issuer just as the images have them; a patient whose
      studies are here already is found in the <a href="/patients">list</a>.
    </p>
    <Form frame={frame} action="/patients/new">
      <div class="fields">
        <Field id="PatientID" label="Patient ID">
          <input
            id="PatientID"
            name="PatientID"
            required
            maxlength={64}
            autocomplete="off"
            value={identity['PatientID'] ?? ''}
          />
        </Field>
        <Field id="IssuerOfPatientID" label="Issuer" hint="Empty: the images name none">
          <input
            id="IssuerOfPatientID"
            name="IssuerOfPatientID"
            maxlength={64}
            autocomplete="off"
            value={identity['IssuerOfPatientID'] ?? ''}
            aria-describedby="IssuerOfPatientID-hint"
          />
        </Field>
      </div>
      <RecordFields typed={typed} drugs={drugs} studies={[]} />
      <Reason id="reason" />
      <button type="submit">Keep the record</button>
    </Form>
  </section>
);
