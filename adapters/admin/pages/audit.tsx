/**
 * The audit trail. Patients stand in it by their opaque keys and cases by their StudyInstanceUIDs; but reasons are free text, and
 * people look for what they know, a Patient ID or a name. So a free text is sent by POST and stands in no address, and with it
 * everything that goes on from there; all else is in the URL.
 */
import type { AuditState, auditOperations } from '../../../src/api/audit-operations.ts';
import { Fault } from '../../../src/fault.ts';
import { downloaded } from '../api.ts';
import type { Html } from '../html.ts';
import { statusOf } from '../http-status.ts';
import { Badge, Field, Form, type Frame, When } from '../layout.tsx';
import { answer, form, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import { type AuditLine, Lines, OUTCOMES } from './audit-lines.tsx';

type Operations = ReturnType<typeof auditOperations>;

const ASKED = ['actor', 'action', 'outcome', 'from', 'to', 'subject', 'text'] as const;
type Asked = Readonly<Partial<Record<(typeof ASKED)[number], string>>>;
const PAGE = 50;

export const auditPages = (ops: Operations): PageRoute[] => [
  page('/audit', 'administrator', (visit) => search(ops, visit, without(asked(visit), 'text'))),
  answer('/audit', 'administrator', (visit) => search(ops, visit, asked(visit))),
  page('/audit/export', 'administrator', async (visit) =>
    downloaded(await visit.run(ops.export, exportOf(visit, without(asked(visit), 'text')))),
  ),
  form('/audit/export', 'administrator', '/audit', async (visit) =>
    downloaded(await visit.run(ops.export, exportOf(visit, asked(visit)))),
  ),
  form('/audit/verify', 'administrator', '/audit', async ({ run }) => {
    const { chain } = await run(ops.verify, {});
    if (!chain?.isWhole) throw new Fault('AUDIT_FAILED', `the chain is broken at line ${chain?.brokenAt}`);
    return `The chain is whole: ${chain.rows} lines, none changed, taken out or put in.`;
  }),
];

const without = (query: Asked, name: keyof Asked): Asked => ({ ...query, [name]: undefined });

function asked({ fields }: Visit): Asked {
  return Object.fromEntries(
    ASKED.map((name) => [name, (fields[name] ?? '').trim()] as const).filter(([, value]) => value !== ''),
  );
}

/** A time that people type is one of this machine's zone, as those on the page are. */
function inputOf(query: Asked): Readonly<Record<string, unknown>> {
  const time = (value: string | undefined): string | undefined => {
    if (value === undefined) return undefined;
    const at = new Date(value);
    if (Number.isNaN(at.getTime())) throw new Fault('INPUT_INVALID', 'from and to are times');
    return at.toISOString();
  };
  return { ...query, from: time(query.from), to: time(query.to) };
}

const exportOf = ({ fields }: Visit, query: Asked) => ({ ...inputOf(query), format: fields['format'] });

async function search(ops: Operations, visit: Visit, query: Asked): Promise<Response> {
  const before = visit.fields['before'] || undefined;
  const state = await visit.run(ops.state, {});
  let found: Readonly<{ lines: readonly AuditLine[]; next: string | null }> = { lines: [], next: null };
  let wrong: Fault | undefined;
  try {
    found = await visit.run(ops.search, { ...inputOf(query), before, limit: PAGE });
  } catch (thrown) {
    const { fault, status } = statusOf(thrown);
    wrong = fault;
    visit.c.status(status);
  }
  const { frame } = visit;
  return visit.show(
    'Audit',
    <>
      {wrong && (
        <p class="said failed" role="alert">
          {visible(wrong.message, 1500)}
        </p>
      )}
      <Standing frame={frame} state={state} />
      <Search query={query} />
      <TextSearch frame={frame} query={query} />
      {query.subject !== undefined && (
        <p class="note">
          Only lines about <code>{visible(query.subject, 80)}</code>.{' '}
          <a href={pathOf(without(without(query, 'subject'), 'text'))}>About everything</a>
        </p>
      )}
      <Lines lines={found.lines} isMore={found.next !== null} />
      <Further
        frame={frame}
        query={query}
        next={found.next}
        isFirst={before === undefined}
        count={found.lines.length}
      />
      <Exports frame={frame} query={query} />
    </>,
    { wide: true },
  );
}

const pathOf = (query: Asked, more: Readonly<Record<string, string>> = {}): string => {
  const entries = Object.entries({ ...query, ...more }).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  );
  return entries.length === 0 ? '/audit' : `/audit?${new URLSearchParams(entries)}`;
};

const Standing = ({ frame, state }: { frame: Frame; state: AuditState }): Html => (
  <section class="card" aria-labelledby="standing">
    <h2 id="standing">The trail</h2>
    <dl class="facts">
      <dt>Chain</dt>
      <dd>
        <Chain chain={state.chain} />
      </dd>
      <dt>Collector</dt>
      <dd>
        <Collector state={state} />
      </dd>
    </dl>
    <Form frame={frame} action="/audit/verify" class="approve">
      <button type="submit" class="quiet">
        Verify the chain now
      </button>
    </Form>
  </section>
);

const Chain = ({ chain }: Pick<AuditState, 'chain'>): Html => {
  if (!chain) return <Badge tone="waiting">not looked at yet</Badge>;
  return (
    <>
      {chain.isWhole ? <Badge tone="ok">whole</Badge> : <Badge tone="failed">broken</Badge>}{' '}
      {chain.isWhole
        ? `${chain.rows} lines, looked at `
        : `at line ${chain.brokenAt}: it or the line before was changed or taken out. Keep the database and its backups. Looked at `}
      <When at={chain.verifiedAt} />
    </>
  );
};

const Collector = ({ state }: { state: AuditState }): Html => {
  if (!state.isCollected)
    return (
      <>
        <Badge tone="off">none</Badge> Lines are kept here only; <code>audit.syslog</code> in the
        configuration file names a collector.
      </>
    );
  return (
    <>
      {state.problem === null ? (
        <Badge tone="ok">answers</Badge>
      ) : (
        <Badge tone="failed">does not answer</Badge>
      )}{' '}
      {state.backlog === 0 ? (
        'Nothing waits.'
      ) : (
        <>
          {state.backlog} lines wait, the oldest since <When at={state.oldestWaiting} />.
        </>
      )}{' '}
      Last sent: <When at={state.lastSentAt} />
      {state.problem !== null && <p>{visible(state.problem, 500)}</p>}
    </>
  );
};

const Search = ({ query }: { query: Asked }): Html => (
  <form method="get" action="/audit" class="card">
    {query.subject !== undefined && <input type="hidden" name="subject" value={query.subject} />}
    <div class="fields">
      <Field id="actor" label="Who">
        <input id="actor" name="actor" value={query.actor} maxlength={64} autocomplete="off" />
      </Field>
      <Field id="action" label="Action" hint="As in the table, such as login.failed">
        <input
          id="action"
          name="action"
          value={query.action}
          maxlength={100}
          autocomplete="off"
          aria-describedby="action-hint"
        />
      </Field>
      <Field id="outcome" label="Outcome">
        <select id="outcome" name="outcome">
          <option value="">any</option>
          {OUTCOMES.map((outcome) => (
            <option value={outcome} selected={query.outcome === outcome}>
              {outcome}
            </option>
          ))}
        </select>
      </Field>
      <Field id="from" label="From">
        <input id="from" name="from" type="datetime-local" value={query.from} />
      </Field>
      <Field id="to" label="Until">
        <input id="to" name="to" type="datetime-local" value={query.to} />
      </Field>
    </div>
    <p class="row">
      <button type="submit">Search</button>
      <a href="/audit">Everything</a>
    </p>
  </form>
);

const Hidden = ({ query }: { query: Asked }): Html => (
  <>
    {Object.entries(query).map(([name, value]) => value && <input type="hidden" name={name} value={value} />)}
  </>
);

const TextSearch = ({ frame, query }: { frame: Frame; query: Asked }): Html => (
  <Form frame={frame} action="/audit" class="card">
    <Hidden query={without(query, 'text')} />
    <Field
      id="text"
      label="Any text, within the search above"
      hint="In who, address, action, subject, reason, fault."
    >
      <input
        id="text"
        name="text"
        value={query.text}
        required
        maxlength={200}
        autocomplete="off"
        aria-describedby="text-hint"
      />
    </Field>
    <button type="submit">Search the text</button>
  </Form>
);

type Going = Readonly<{ frame: Frame; query: Asked; next: string | null; isFirst: boolean; count: number }>;

const Further = ({ frame, query, next, isFirst, count }: Going): Html => {
  const word = count === 0 ? 'Look further' : 'Older';
  return (
    <div class="pages">
      {!isFirst && query.text === undefined && <a href={pathOf(query)}>Newest</a>}
      {next !== null && query.text === undefined && <a href={pathOf(query, { before: next })}>{word}</a>}
      {next !== null && query.text !== undefined && (
        <Form frame={frame} action="/audit">
          <Hidden query={query} />
          <input type="hidden" name="before" value={next} />
          <button type="submit" class="quiet">
            {word}
          </button>
        </Form>
      )}
    </div>
  );
};

/** Of all pages, not of this one alone. */
const Exports = ({ frame, query }: { frame: Frame; query: Asked }): Html => (
  <form method={query.text === undefined ? 'get' : 'post'} action="/audit/export" class="row">
    {query.text !== undefined && <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />}
    <Hidden query={query} />
    <span>All lines that this search finds:</span>
    <button type="submit" class="quiet" name="format" value="csv">
      Export as CSV
    </button>
    <button type="submit" class="quiet" name="format" value="jsonl">
      Export as JSON lines
    </button>
  </form>
);
