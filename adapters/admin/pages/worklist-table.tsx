/** Cases as a table: in the worklist, of a search, and what became of those that were tried again. */
import { Fault, type FaultCode } from '../../../src/fault.ts';
import type { Areas } from '../../../src/startup/operations.ts';
import type { Html } from '../html.ts';
import { ageOf, Badge, Form, type Frame, Head, mayDo, moment, Reason, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { categoryWord, dayOf, figure, nextWord, STATE_WORDS } from '../words.ts';

export type Listing = Awaited<ReturnType<Areas['cases']['list']['run']>>;
type Row = Listing['rows'][number];

type TableProps = Readonly<{
  listing: Listing;
  frame: Frame;
  caption: string;
  /** where cases with that reason are listed */
  ofReason: (code: string) => string;
  /** instead of an empty table */
  nothing: Html;
}>;

export function Table({ listing, frame, caption, ofReason, nothing }: TableProps): Html {
  if (listing.rows.length === 0) return nothing;
  const mayRetry = frame.who !== undefined && mayDo(frame.who.role, 'operator') && !frame.isLocked;
  const table = (
    <div class="table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {mayRetry && (
              <th scope="col">
                <input type="checkbox" data-all="case" aria-label="All cases of this page" hidden />
                <span class="visually-hidden">Choose</span>
              </th>
            )}
            <th scope="col">Patient ID</th>
            <th scope="col">Study</th>
            <th scope="col">State</th>
            <th scope="col">Why</th>
            <th scope="col">Since</th>
            <th scope="col">Next</th>
            <th scope="col">Result</th>
            <th scope="col">Deliveries</th>
          </tr>
        </thead>
        <tbody>
          {listing.rows.map((row) => (
            <Line row={row} mayRetry={mayRetry} ofReason={ofReason} />
          ))}
        </tbody>
      </table>
    </div>
  );
  if (!mayRetry) return table;
  return (
    <Form frame={frame} action="/worklist/retry">
      {table}
      <details class="action">
        <summary>Try the chosen cases again</summary>
        <Reason id="retry-reason" />
        <button type="submit">Try again</button>
      </details>
    </Form>
  );
}

type LineProps = Readonly<{ row: Row; mayRetry: boolean; ofReason: TableProps['ofReason'] }>;

function Line({ row, mayRetry, ofReason }: LineProps) {
  const now = Date.now();
  const { word, tone } = STATE_WORDS[row.state];
  return (
    <tr>
      {mayRetry && (
        <td>
          <input
            type="checkbox"
            name="case"
            value={row.StudyInstanceUID}
            aria-label={`Choose the case of ${visible(row.PatientID, 30)}, ${dayOf(row.StudyDate)}`}
          />
        </td>
      )}
      <th scope="row" class="nowrap">
        <a href={`/cases/${row.StudyInstanceUID}`}>
          <Shown value={row.PatientID} most={40} />
        </a>
        {row.IssuerOfPatientID && (
          <>
            {' '}
            <small>
              <Shown value={row.IssuerOfPatientID} most={30} />
            </small>
          </>
        )}
      </th>
      <td class="nowrap">
        <Shown value={dayOf(row.StudyDate)} most={20} />
      </td>
      <td>
        <Badge tone={tone}>{word}</Badge>
      </td>
      <td class="main">
        {row.reason && (
          <>
            <Shown value={row.reason.text} most={140} />{' '}
            <small>
              <a href={ofReason(row.reason.code)} aria-label={`All cases with ${row.reason.code}`}>
                <code>{visible(row.reason.code, 40)}</code>
              </a>
              {row.moreReasons > 0 && ` and ${row.moreReasons} more`}
            </small>
          </>
        )}
        {row.maskRequests.map(({ annotator, requestedAt, sentAt, fault }) => (
          <div>
            <small>
              Mask asked of <Shown value={annotator} most={40} /> {ageOf(now - Date.parse(requestedAt))} ago
              {fault !== null
                ? `, it failed: ${visible(fault, 40)}`
                : sentAt === null
                  ? ', not sent yet'
                  : ', sent'}
            </small>
          </div>
        ))}
      </td>
      <td>
        <time datetime={row.since} title={moment(new Date(row.since))}>
          {ageOf(now - Date.parse(row.since))}
        </time>
      </td>
      <td>
        {row.next && (
          <>
            {nextWord(row.next.what)} {whenIn(Date.parse(row.next.at) - now)}
          </>
        )}
      </td>
      <td>
        <Result result={row.result} />
      </td>
      <td>
        <Delivered deliveries={row.deliveries} />
      </td>
    </tr>
  );
}

const whenIn = (milliseconds: number): string => (milliseconds <= 0 ? 'now' : `in ${ageOf(milliseconds)}`);

function Result({ result }: { result: Row['result'] }) {
  if (!result) return <span class="none">–</span>;
  const { category, probability, delta, isWithdrawn } = result;
  return (
    <>
      {isWithdrawn && <Badge tone="warning">withdrawn</Badge>}{' '}
      {category !== null && <>{visible(categoryWord(category), 40)}</>}
      <div class="nowrap">
        {probability !== null ? <>p = {figure(probability)}</> : delta !== null && <>delta {figure(delta)}</>}
      </div>
    </>
  );
}

function Delivered({ deliveries }: { deliveries: Row['deliveries'] }) {
  const { delivered, open, gaveUp, destinations } = deliveries;
  if (delivered + open + gaveUp === 0) return <span class="none">–</span>;
  return (
    <>
      {delivered > 0 && <>{delivered} delivered </>}
      {open > 0 && <Badge tone="waiting">{`${open} under way`}</Badge>}{' '}
      {gaveUp > 0 && <Badge tone="failed">{`${gaveUp} given up`}</Badge>}{' '}
      {destinations.length > 0 && (
        <small>
          <Shown value={destinations.join(', ')} most={80} />
        </small>
      )}
    </>
  );
}

type Done = Readonly<{ StudyInstanceUID: string; done: string | null; fault: string | null }>;

const STEP_WORDS: Readonly<Record<string, string>> = {
  fetch: 'archives are asked',
  request: 'a mask is asked for',
  look: 'the case is judged anew',
  score: 'it is scored',
  deliver: 'its report is sent',
};
const stepsInWords = (steps: string): string =>
  steps
    .split(', ')
    .map((step) => STEP_WORDS[step] ?? step)
    .join(', ');

export const Retried = ({ done }: { done: readonly Done[] }) => (
  <>
    <div class="table">
      <table>
        <caption>What became of each</caption>
        <Head names={['Case', 'Steps taken again', 'Not done because']} />
        <tbody>
          {done.map(({ StudyInstanceUID, done: steps, fault }) => (
            <tr>
              <th scope="row">
                <a href={`/cases/${StudyInstanceUID}`}>{visible(StudyInstanceUID, 70)}</a>
              </th>
              <td>{steps === null ? '–' : visible(stepsInWords(steps))}</td>
              <td>{fault === null ? '–' : visible(new Fault(fault as FaultCode).message, 400)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    <p>
      <a href="/">To the worklist</a>, as of <When at={new Date()} />.
    </p>
  </>
);
