/** The worklist: what needs a person, what waits for whom, what is done. */
import type { Areas } from '../../../src/startup/operations.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import type { Html } from '../html.ts';
import { ageOf, Field, type Frame, moment } from '../layout.tsx';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { dayOf, STATE_WORDS } from '../words.ts';
import { type Listing, Retried, Table } from './worklist-table.tsx';

type Cases = Areas['cases'];
type Counts = Awaited<ReturnType<Cases['count']['run']>>['states'];

const SORTS = [
  ['oldest', 'longest in its state first'],
  ['newest', 'newest in its state first'],
  ['received', 'last received first'],
  ['studyDate', 'latest study first'],
  ['patient', 'by Patient ID'],
] as const;

type Sort = (typeof SORTS)[number][0];
type Tab = Readonly<{ name: string; states: readonly StudyState[]; sort: Sort }>;
const NEEDS_A_PERSON: Tab = {
  name: 'Needs a person',
  states: ['held', 'failed', 'deliveryFailed'],
  sort: 'oldest',
};
const ALL: Tab = { name: 'All', states: [], sort: 'newest' };
/** In the order in which a person is needed: what waits longest stands first, of what is done the newest. */
const TABS: readonly Tab[] = [
  NEEDS_A_PERSON,
  { name: 'Waiting for mask', states: ['waitingForMask'], sort: 'oldest' },
  { name: 'Waiting for baseline', states: ['waitingForBaseline'], sort: 'oldest' },
  {
    name: 'Under way',
    states: ['receiving', 'complete', 'ready', 'scoring', 'reported', 'delivering'],
    sort: 'oldest',
  },
  { name: 'Delivered', states: ['delivered'], sort: 'newest' },
  { name: 'Not eligible', states: ['notEligible'], sort: 'newest' },
  ALL,
];
/** In the address: every state, chosen by a person. */
const EVERY = 'all';
const statesText = ({ states }: Tab): string => states.join(',') || EVERY;
const tabOf = (states: string | undefined): Tab | undefined => TABS.find((tab) => statesText(tab) === states);

const FILTERS = ['states', 'reason', 'node', 'from', 'to', 'hideTestPatients', 'sort', 'after'] as const;
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

const countOf = (counts: Counts, states: readonly StudyState[]): number =>
  counts
    .filter(({ state }) => states.length === 0 || states.includes(state))
    .reduce((sum, { count }) => sum + count, 0);

/**
 * Who opens the worklist wants to know first whether somebody is needed: then it opens with those cases, otherwise with all. What
 * is chosen stands in the address, so that a live part stays where it is when the last of them is done.
 */
const opened = (filters: Filters, counts: Counts): Filters => ({
  ...filters,
  states: filters.states ?? statesText(countOf(counts, NEEDS_A_PERSON.states) > 0 ? NEEDS_A_PERSON : ALL),
});

async function partOf(cases: Cases, { run, frame, ...visit }: Visit): Promise<LiveProps> {
  const given = filtersOf({ run, frame, ...visit });
  const { hideTestPatients } = given;
  const { states: counts } = await run(cases.count, hideTestPatients ? { hideTestPatients } : {});
  const filters = given.reason || given.node ? { states: EVERY, ...given } : opened(given, counts);
  const { states, sort = tabOf(states)?.sort ?? 'oldest', ...others } = filters;
  const listing = await run(cases.list, { ...others, sort, ...(states === EVERY ? {} : { states }) });
  return { listing, counts, filters, frame };
}

export const worklistPages = (cases: Cases): PageRoute[] => [
  page('/', 'viewer', async (visit) => {
    const part = await partOf(cases, visit);
    return visit.show(
      'Worklist',
      <>
        <div class="row spread">
          <Search frame={visit.frame} />
          <p class="row">
            <small data-live-status="live">as of {moment(new Date()).slice(11, 19)}</small>
            <button type="button" class="quiet" data-pause="live" aria-pressed="false" hidden>
              Pause
            </button>
          </p>
        </div>
        <FilterForm filters={part.filters} />
        <div id="live" data-live={addressOf(part.filters, '/worklist')} data-every="5">
          <Live {...part} />
        </div>
      </>,
      { wide: true },
    );
  }),
  page('/worklist', 'viewer', async (visit) => visit.fragment(<Live {...(await partOf(cases, visit))} />)),
  form('/worklist/search', 'viewer', '/', async ({ run, fields, show, frame, go }) => {
    const text = (fields['text'] ?? '').trim();
    if (text === '') return go('/');
    const after = fields['after'] || undefined;
    const listing = await run(cases.search, { text, ...(after ? { after } : {}), hideTestPatients: false });
    return show('Search', <Found listing={listing} frame={frame} text={text} />, { wide: true });
  }),
  form('/worklist/retry', 'operator', '/', async ({ run, lists, fields, show }) => {
    const input = { StudyInstanceUIDs: lists['case'] ?? [], reason: fields['reason'] };
    const { cases: done } = await run(cases.retryMany, input);
    return show('Tried again', <Retried done={done} />);
  }),
];

const ofReason = (reason: string): string => addressOf({ states: EVERY, reason });

/** The text goes on in the body of a form: no address has it. */
const Found = ({ listing, frame, text }: { listing: Listing; frame: Frame; text: string }) => (
  <>
    <Search frame={frame} />
    <Table
      listing={listing}
      frame={frame}
      ofReason={ofReason}
      caption={listing.after === null ? 'Cases found' : 'Cases found: there are more than these'}
      nothing={
        <div class="card">
          <p>
            No case is of such a patient or study. A Patient ID is found by how it begins, letter for letter.
          </p>
        </div>
      }
    />
    <nav class="pages" aria-label="More cases">
      {listing.after !== null && (
        <form method="post" action="/worklist/search">
          <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
          <input type="hidden" name="text" value={text} />
          <input type="hidden" name="after" value={listing.after} />
          <button type="submit" class="quiet">
            Next page
          </button>
        </form>
      )}
      <a href="/">To the worklist</a>
    </nav>
  </>
);

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
          <option value="">as the tab has it</option>
          {SORTS.map(([value, words]) => (
            <option value={value} selected={filters.sort === value}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      <div class="field">
        <label class="choice" for="test-patients">
          <input
            id="test-patients"
            type="checkbox"
            name="hideTestPatients"
            value="false"
            checked={filters.hideTestPatients === 'false'}
          />
          Test patients too
        </label>
      </div>
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
    <Parts counts={counts} filters={filters} />
    <Table
      listing={listing}
      frame={frame}
      ofReason={ofReason}
      caption="Cases"
      nothing={<Nothing frame={frame} filters={filters} isEmpty={countOf(counts, []) === 0} />}
    />
    <nav class="pages" aria-label="More cases">
      {filters.after && <a href={addressOf({ ...filters, after: '' })}>To the first page</a>}
      {listing.after && <a href={addressOf({ ...filters, after: listing.after })}>Next page</a>}
    </nav>
  </>
);

/** The order is that of the tab, until a person chooses another. */
const toTab = (filters: Filters, states: string): string => addressOf({ ...filters, states, after: '' });

function Tabs({ counts, filters }: { counts: Counts; filters: Filters }) {
  const now = Date.now();
  return (
    <ul class="tabs" aria-label="Cases by state">
      {TABS.map((tab) => {
        const of = counts.filter(({ state }) => tab.states.includes(state));
        const since = of.flatMap(({ oldest }) => (oldest ? [Date.parse(oldest)] : []));
        const isHere = filters.states === statesText(tab);
        return (
          <li>
            <a href={toTab(filters, statesText(tab))} aria-current={isHere ? 'true' : undefined}>
              {tab.name} <strong>{countOf(counts, tab.states)}</strong>
              {since.length > 0 && <small> · oldest {ageOf(now - Math.min(...since))}</small>}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** Of a tab with several states, each of them that has cases; also while one of them is chosen. */
function Parts({ counts, filters }: { counts: Counts; filters: Filters }) {
  const { states: here } = filters;
  const tab = tabOf(here) ?? TABS.find(({ states }) => states.some((state) => state === here));
  const parts = counts.filter(({ state, count }) => count > 0 && (tab ?? ALL).states.includes(state));
  if (tab === undefined || tab.states.length < 2 || parts.length === 0) return null;
  const now = Date.now();
  return (
    <p class="row">
      <small>{tab.name}, of these:</small>
      {parts.map(({ state, count, oldest }) => (
        <a href={toTab(filters, state)} aria-current={here === state ? 'true' : undefined}>
          {STATE_WORDS[state].word} {count}
          {oldest && <small> · oldest {ageOf(now - Date.parse(oldest))}</small>}
        </a>
      ))}
    </p>
  );
}

type NothingProps = Readonly<{ frame: Frame; filters: Filters; isEmpty: boolean }>;

function Nothing({ frame, filters, isEmpty }: NothingProps): Html {
  const isNarrowed = [filters.reason, filters.node, filters.from, filters.to, filters.after].some(Boolean);
  if (!isEmpty)
    return (
      <div class="card">
        <p>{isNarrowed ? 'No case matches these filters.' : 'No case is in this state just now.'}</p>
        <p>
          <a href={addressOf({ states: EVERY })}>All cases</a>
        </p>
      </div>
    );
  return (
    <div class="card">
      <p>No study has come yet. Cases stand here as soon as a node sends CTs to Earshot.</p>
      <p>
        {frame.who?.role === 'administrator' ? (
          <>
            The <a href="/setup">set-up checklist</a> says what is still to be done.
          </>
        ) : (
          'When there should be some: ask an administrator to look at the set-up checklist.'
        )}
      </p>
    </div>
  );
}
