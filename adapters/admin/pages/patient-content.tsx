/** The page of a patient: record, course, studies, identity. */
import { raw } from 'hono/html';
import type { Fault } from '../../../src/fault.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { Badge, Form, type Frame, Head, mayDo, Reason } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { dayOf, STATE_WORDS } from '../words.ts';
import { Course, type CoursePoint } from './patient-course.tsx';
import {
  Differences,
  type Drug,
  type fieldsOf,
  RecordFacts,
  RecordFields,
  type Typed,
} from './patient-record.tsx';

type Identity = Readonly<{ key: string; PatientID: string; IssuerOfPatientID: string }>;
type Study = Readonly<{
  StudyInstanceUID: string;
  StudyDate: string;
  state: string;
  reasons: readonly Readonly<{ code: string; text: string }>[];
  isDesignated: boolean;
  baseline: string | null;
}>;
type Patient = Identity &
  Readonly<{
    record: Parameters<typeof fieldsOf>[0];
    digest: string;
    studies: readonly Study[];
    course: readonly CoursePoint[];
    chart: string;
    merges: Readonly<{ from: readonly Identity[]; into: Identity | null }>;
    corrections: readonly Readonly<{ StudyInstanceUID: string; keyword: string; was: string; now: string }>[];
  }>;

type Content = Readonly<{
  frame: Frame;
  patient: Patient;
  drugs: readonly Drug[];
  typed: Typed;
  now: Typed;
  fault: Fault | undefined;
  reason: string;
}>;

export const PatientContent = (content: Content) => {
  const { frame, patient } = content;
  const mayEdit = frame.who !== undefined && mayDo(frame.who.role, 'operator');
  return (
    <>
      <section class="card" aria-labelledby="identity">
        <h2 id="identity" class="visually-hidden">
          Identity
        </h2>
        <dl class="facts">
          <dt>Patient ID</dt>
          <dd>
            <strong>
              <Shown value={patient.PatientID} />
            </strong>
          </dd>
          <dt>Issuer</dt>
          <dd>
            <Shown value={patient.IssuerOfPatientID} />
          </dd>
        </dl>
        <Merges patient={patient} />
      </section>
      <div class="columns">
        <section aria-labelledby="course">
          <h2 id="course">Course</h2>
          {patient.course.length === 0 ? (
            <p class="card">
              No follow-up of this patient was scored yet. What each study waits for stands with it below.
            </p>
          ) : (
            <>
              <figure class="plain">
                {raw(patient.chart)}
                <figcaption class="hint">Each time point is one follow-up, against its baseline.</figcaption>
              </figure>
              <Course points={patient.course} />
            </>
          )}
        </section>
        <section class="card" aria-labelledby="record">
          <h2 id="record">Record</h2>
          {mayEdit && !patient.merges.into ? (
            <EditRecord {...content} />
          ) : (
            <RecordFacts record={patient.record} />
          )}
        </section>
      </div>
      <Studies patient={patient} mayEdit={mayEdit} />
      <Corrections patient={patient} />
      {mayEdit && !patient.merges.into && (
        <p>
          <a href={`/patients/merge?from=${patient.key}`}>This patient is the same person as another…</a>
        </p>
      )}
    </>
  );
};

const Who = ({ identity: { key, PatientID, IssuerOfPatientID } }: { identity: Identity }) => (
  <>
    <a href={`/patients/${key}`}>
      <Shown value={PatientID} />
    </a>
    {IssuerOfPatientID !== '' && (
      <>
        {' '}
        (<Shown value={IssuerOfPatientID} />)
      </>
    )}
  </>
);

const Merges = ({ patient: { merges } }: { patient: Patient }) => (
  <>
    {merges.into && (
      <p class="note">
        This identity was merged into <Who identity={merges.into} />: studies and record are there.
      </p>
    )}
    {merges.from.length > 0 && (
      <p>
        It has taken the place of{' '}
        {merges.from.map((identity, at) => (
          <>
            {at > 0 && ', '}
            <Who identity={identity} />
          </>
        ))}
        .
      </p>
    )}
  </>
);

const EditRecord = ({ frame, patient, drugs, typed, now, fault, reason }: Content) => (
  <>
    {fault && (
      <p class="said failed" role="alert">
        <strong>Not done: </strong>
        {visible(fault.message, 1500)}
        {fault.code === 'CHANGE_CONFLICT' &&
          ' What you typed is kept below; saving it puts it in the place of what stands there now.'}
      </p>
    )}
    {fault?.code === 'CHANGE_CONFLICT' && <Differences typed={typed} now={now} />}
    {!patient.record && <p class="hint">There is no record yet; what you save becomes one.</p>}
    <Form frame={frame} action={`/patients/${patient.key}`} id="edit">
      <input type="hidden" name="basedOn" value={patient.digest} />
      <RecordFields typed={typed} drugs={drugs} studies={patient.studies} />
      <Reason id="reason" value={reason} />
      <button type="submit">Save the record</button>
    </Form>
    <p class="hint">
      The cases of this patient are looked at again at once. A report that was sent already is only taken back
      with the case.
    </p>
  </>
);

const StateBadge = ({ state }: { state: string }) => {
  const { word, tone } = STATE_WORDS[state as StudyState];
  return <Badge tone={tone}>{word}</Badge>;
};

const Studies = ({ patient, mayEdit }: { patient: Patient; mayEdit: boolean }) => {
  const { studies } = patient;
  const dates = new Map(studies.map(({ StudyInstanceUID, StudyDate }) => [StudyInstanceUID, StudyDate]));
  if (studies.length === 0) return <p class="card">No study of this patient is here.</p>;
  return (
    <div class="table">
      <table>
        <caption>Studies, the earliest first</caption>
        <thead>
          <tr>
            <th scope="col">Date</th>
            <th scope="col">State</th>
            <th scope="col">Compared with</th>
            <th scope="col">Why it stands so</th>
            {mayEdit && <th scope="col">Wrong data?</th>}
          </tr>
        </thead>
        <tbody>
          {studies.map(({ StudyInstanceUID, StudyDate, state, reasons, isDesignated, baseline }) => (
            <tr>
              <th scope="row">
                <a href={`/cases/${StudyInstanceUID}`}>{visible(dayOf(StudyDate), 20) || 'no date'}</a>{' '}
                {isDesignated && <Badge tone="waiting">designated baseline</Badge>}
              </th>
              <td>
                <StateBadge state={state} />
              </td>
              <td>
                {baseline ? (
                  <Against date={dates.get(baseline)} uid={baseline} />
                ) : (
                  <span class="none">–</span>
                )}
              </td>
              <td>
                {reasons.map(({ text }) => (
                  <div>
                    <Shown value={text} />
                  </div>
                ))}
              </td>
              {mayEdit && (
                <td>
                  <a href={`/patients/correct?study=${StudyInstanceUID}`}>
                    Correct<span class="visually-hidden"> the study of {visible(dayOf(StudyDate), 20)}</span>
                  </a>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Against = ({ date, uid }: { date: string | undefined; uid: string }) =>
  date === undefined ? (
    <>a study that is not here</>
  ) : (
    <a href={`/cases/${uid}`}>{visible(dayOf(date), 20) || 'no date'}</a>
  );

const Corrections = ({ patient: { corrections, studies } }: { patient: Patient }) =>
  corrections.length === 0 ? null : (
    <div class="table">
      <table>
        <caption>Corrections: what the objects say, and what counts in its place</caption>
        <Head names={['Study', 'Attribute', 'In the objects', 'Counts as']} />
        <tbody>
          {corrections.map(({ StudyInstanceUID, keyword, was, now }) => (
            <tr>
              <th scope="row">
                <a href={`/cases/${StudyInstanceUID}`}>
                  {visible(
                    dayOf(
                      studies.find((each) => each.StudyInstanceUID === StudyInstanceUID)?.StudyDate ?? '',
                    ),
                    20,
                  ) || 'no date'}
                </a>
              </th>
              <td>{keyword}</td>
              <td>
                <Shown value={dayOf(was)} />
              </td>
              <td>
                <Shown value={dayOf(now)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
