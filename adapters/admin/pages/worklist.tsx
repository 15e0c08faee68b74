/** The worklist: what needs a person, what waits for whom, what is done. */
import type { Areas } from '../../../src/startup/operations.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { ageOf, Badge, Field, Form, type Frame, mayDo, Reason, When } from '../layout.tsx';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { categoryWord, dayOf, figure, nextWord, STATE_WORDS } from '../words.ts';

type Cases = Areas['cases'];
type Listing = Awaited<ReturnType<Cases['list']['run']>>;
type Row = Listing['rows'][number];
type Counts = Awaited<ReturnType<Cases['count']['run']>>['states'];

type Tab = Readonly<{ name: string; states: readonly StudyState[] }>;
/** In the order in which a person is needed. */
const TABS: readonly Tab[] = [
  { name: 'All', states: [] },
  { name: 'Needs a person', states: ['held', 'failed', 'deliveryFailed'] },
  { name: 'Waiting for mask', states: ['waitingForMask'] },
  { name: 'Waiting for baseline', states: ['waitingForBaseline'] },
  { name: 'Under way', states: ['receiving', 'complete', 'ready', 'scoring', 'reported', 'delivering'] },
  { name: 'Delivered', states: ['delivered'] },
  { name: 'Not eligible', states: ['notEligible'] },
];

const FILTERS = ['states', 'reason', 'node', 'from', 'to', 'sort', 'after'] as const;
type Filters = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

/** Of the query string; days come as a date field gives them. */
function filtersOf({ fields }: Visit): Filters {
  const given = FILTERS.flatMap((name) => {
    const value = fields[name]?.trim();
    return value ? [[name, name === 'from' || name === 'to' ? value.replaceAll('-', '') : value]] : [];
  });
  return Object.fromEntries(given);
}

const addressOf = (filters: Filters, path = '/'): string => {
  const given = Object.entries(filters).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return query === '' ? path : `${path}?${query}`;
};

export const worklistPages = (cases: Cases): PageRoute[] => [
  page('/', 'viewer', async (visit) => {
    const filters = filtersOf(visit);
    const [listing, { states }] = [await visit.run(cases.list, filters), await visit.run(cases.count, {})];
    return visit.show(
      'Worklist',
      <>
        <Search frame={visit.frame} />
        <FilterForm filters={filters} />
        <p class="row">
          <button type="button" class="quiet" data-pause="live" aria-pressed="false" hidden>
            Pause
          </button>
          <small data-live-status="live" />
        </p>
        <div id="live" data-live={addressOf(filters, '/worklist')} data-every="5">
          <Live listing={listing} counts={states} filters={filters} frame={visit.frame} />
        </div>
      </>,
      { wide: true },
    );
  }),
  page('/worklist', 'viewer', async (visit) => {
    const filters = filtersOf(visit);
    const [listing, { states }] = [await visit.run(cases.list, filters), await visit.run(cases.count, {})];
    return visit.fragment(<Live listing={listing} counts={states} filters={filters} frame={visit.frame} />);
  }),
  form('/worklist/search', 'viewer', '/', async ({ run, fields, show, frame, go }) => {
    const text = (fields['text'] ?? '').trim();
    if (text === '') return go('/');
    const listing = await run(cases.search, { text });
    return show(
      'Search',
      <>
        <Search frame={frame} />
        <Table listing={listing} frame={frame} caption={`${listing.rows.length} cases found`} />
      </>,
      { wide: true },
    );
  }),
  form('/worklist/retry', 'operator', '/', async ({ run, lists, fields, show }) => {
    const input = { StudyInstanceUIDs: lists['case'] ?? [], reason: fields['reason'] };
    const { cases: done } = await run(cases.retryMany, input);
    return show('Tried again', <Retried done={done} />);
  }),
];

const Search = ({ frame }: { frame: Frame }) => (
  <form method="post" action="/worklist/search" class="row">
    <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
    <Field id="text" label="Patient ID or StudyInstanceUID">
      <input id="text" name="text" maxlength={64} autocomplete="off" />
    </Field>
    <div class="field">
      <button type="submit">Find</button>
    </div>
  </form>
);

const SORTS = [
  ['oldest', 'longest in its state first'],
  ['newest', 'newest in its state first'],
  ['received', 'last received first'],
  ['studyDate', 'latest study first'],
  ['patient', 'by Patient ID'],
] as const;

const FilterForm = ({ filters }: { filters: Filters }) => (
  <details class="action" open={Boolean(filters.reason || filters.node || filters.from || filters.to)}>
    <summary>Filter</summary>
    <form method="get" action="/" class="fields">
      {filters.states && <input type="hidden" name="states" value={filters.states} />}
      <Field id="reason" label="Code of the reason">
        <input
          id="reason"
          name="reason"
          value={filters.reason}
          placeholder="MASK_MISSING"
          autocomplete="off"
        />
      </Field>
      <Field id="node" label="Node">
        <input id="node" name="node" value={filters.node} autocomplete="off" />
      </Field>
      <Field id="from" label="Study from">
        <input id="from" name="from" type="date" value={filters.from && dayOf(filters.from)} />
      </Field>
      <Field id="to" label="Study to">
        <input id="to" name="to" type="date" value={filters.to && dayOf(filters.to)} />
      </Field>
      <Field id="sort" label="Order">
        <select id="sort" name="sort">
          {SORTS.map(([value, words]) => (
            <option value={value} selected={filters.sort === value}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      <div class="field row">
        <button type="submit">Show</button> <a href="/">Without filters</a>
      </div>
    </form>
  </details>
);

type LiveProps = Readonly<{ listing: Listing; counts: Counts; filters: Filters; frame: Frame }>;

const Live = ({ listing, counts, filters, frame }: LiveProps) => (
  <>
    <Tabs counts={counts} filters={filters} />
    <Table listing={listing} frame={frame} caption="Cases" />
    <nav class="pages" aria-label="More cases">
      {filters.after && <a href={addressOf({ ...filters, after: '' })}>To the first page</a>}
      {listing.after && <a href={addressOf({ ...filters, after: listing.after })}>Next page</a>}
    </nav>
  </>
);

function Tabs({ counts, filters }: { counts: Counts; filters: Filters }) {
  const now = Date.now();
  return (
    <ul class="tabs">
      {TABS.map(({ name, states }) => {
        const of = counts.filter(({ state }) => states.length === 0 || states.includes(state));
        const count = of.reduce((sum, each) => sum + each.count, 0);
        const since = of.flatMap(({ oldest }) => (oldest ? [Date.parse(oldest)] : []));
        const isHere = (filters.states ?? '') === states.join(',');
        return (
          <li>
            <a
              href={addressOf({ ...filters, states: states.join(','), after: '' })}
              aria-current={isHere ? 'true' : undefined}
            >
              {name} <strong>{count}</strong>
              {states.length > 0 && since.length > 0 && (
                <small> · oldest {ageOf(now - Math.min(...since))}</small>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function Table({ listing, frame, caption }: { listing: Listing; frame: Frame; caption: string }) {
  if (listing.rows.length === 0) return <Nothing frame={frame} />;
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
            <Line row={row} mayRetry={mayRetry} />
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

function Line({ row, mayRetry }: { row: Row; mayRetry: boolean }) {
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
      <th scope="row">
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
              <code>{visible(row.reason.code, 40)}</code>
              {row.moreReasons > 0 && ` and ${row.moreReasons} more`}
            </small>
          </>
        )}
        {row.maskRequests.map(({ annotator, requestedAt, sentAt, fault }) => (
          <div>
            <small>
              Mask asked of <Shown value={annotator} most={40} /> {ageOf(now - Date.parse(requestedAt))} ago
              {fault ? `: ${visible(fault, 40)}` : sentAt ? '' : ', not sent yet'}
            </small>
          </div>
        ))}
      </td>
      <td>
        <span title={row.since}>{ageOf(now - Date.parse(row.since))}</span>
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

const Nothing = ({ frame }: { frame: Frame }) => (
  <div class="card">
    <p>There are no such cases.</p>
    {frame.who?.role === 'administrator' && (
      <p>
        When nothing arrives at all, the <a href="/setup">set-up checklist</a> says what is missing.
      </p>
    )}
  </div>
);

type Done = Readonly<{ StudyInstanceUID: string; done: string | null; fault: string | null }>;

const Retried = ({ done }: { done: readonly Done[] }) => (
  <>
    <div class="table">
      <table>
        <caption>What became of each</caption>
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col">Steps taken again</th>
            <th scope="col">Not done because</th>
          </tr>
        </thead>
        <tbody>
          {done.map(({ StudyInstanceUID, done: steps, fault }) => (
            <tr>
              <th scope="row">
                <a href={`/cases/${StudyInstanceUID}`}>{visible(StudyInstanceUID, 70)}</a>
              </th>
              <td>{steps ?? '–'}</td>
              <td>{fault ? <code>{fault}</code> : '–'}</td>
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
