/** One change of the configuration, and what can be done about it. */
import type { ConfigurationOperations } from '../../../src/api/configuration-operations.ts';
import type { Section } from '../../../src/configuration/section.ts';
import { Diff, WholeText } from '../diff.tsx';
import type { Html } from '../html.ts';
import { Action, Badge, Form, type Frame, When } from '../layout.tsx';
import { form, type PageRoute, page } from '../route.ts';
import { Shown } from '../shown.tsx';
import { changePath, SECTION_WORDS } from './configuration-words.ts';

/** As the operations tell it. */
export type Change = Readonly<{
  id: number;
  section: Section;
  before: string | null;
  after: string;
  author: string;
  reason: string;
  madeAt: string;
  state: 'applied' | 'pending' | 'rejected';
  decidedBy: string | null;
  decidedAt: string | null;
  source: 'file' | 'browser' | 'token' | 'import' | 'restore' | 'promote' | 'rollback' | 'shadow';
  changesSecrets: boolean;
}>;

const SOURCE_WORDS: Readonly<Record<Change['source'], string>> = {
  file: 'configuration file',
  browser: 'in the browser',
  token: 'by the API',
  import: 'by an import',
  restore: 'restored',
  promote: 'model promoted',
  rollback: 'model rolled back',
  shadow: 'shadow model',
};

/** What the author's name says already is not said again. */
export const SourceWord = ({ source }: Pick<Change, 'source'>): Html =>
  source === 'file' ? <></> : <small>{SOURCE_WORDS[source]}</small>;

export const StateBadge = ({ state }: Pick<Change, 'state'>): Html => {
  if (state === 'pending') return <Badge tone="waiting">waits for approval</Badge>;
  return state === 'applied' ? <Badge tone="ok">applied</Badge> : <Badge tone="off">rejected</Badge>;
};

export const changePages = (ops: ConfigurationOperations): PageRoute[] => [
  page('/configuration/changes/:id', 'administrator', async ({ run, show, frame, fields }) => {
    const change = await run(ops.look, { id: fields['id'] });
    return show(
      `Change ${change.id}: ${SECTION_WORDS[change.section].name}`,
      <>
        <p>
          <a href="/configuration">All changes</a>
        </p>
        <Facts change={change} />
        {change.state === 'pending' && <Decide frame={frame} change={change} />}
        <h2>What it changes</h2>
        <WhatChanges change={change} />
        {!frame.isLocked && <Restore frame={frame} change={change} />}
      </>,
      { wide: true },
    );
  }),
  form('/configuration/restore', 'administrator', '/configuration', async ({ run, fields, go }) => {
    const { id, which, reason } = fields;
    const made = await run(ops.restore, { id, which, reason });
    return go(changePath(made.id), saidOf(made));
  }),
];

/** What became of a change that was just made. */
export const saidOf = ({ section, state }: Pick<Change, 'section' | 'state'>): string =>
  state === 'pending'
    ? `The change of ${SECTION_WORDS[section].name} waits until another administrator approves it.`
    : `${SECTION_WORDS[section].name} is changed.`;

const Facts = ({ change }: { change: Change }): Html => (
  <dl class="facts card">
    <dt>State</dt>
    <dd>
      <StateBadge state={change.state} />
    </dd>
    <dt>By</dt>
    <dd>
      <Shown value={change.author} /> {change.source !== 'file' && SOURCE_WORDS[change.source]}
    </dd>
    <dt>When</dt>
    <dd>
      <When at={change.madeAt} />
    </dd>
    <dt>Reason</dt>
    <dd>
      <Shown value={change.reason} most={1200} />
    </dd>
    {change.decidedBy !== null && (
      <>
        <dt>{change.state === 'rejected' ? 'Rejected by' : 'Approved by'}</dt>
        <dd>
          <Shown value={change.decidedBy} />, <When at={change.decidedAt} />
        </dd>
      </>
    )}
  </dl>
);

/** The texts as a diff; secrets are not in them. */
export const WhatChanges = ({
  change,
}: {
  change: Pick<Change, 'section' | 'before' | 'after' | 'changesSecrets'>;
}): Html => {
  const { name } = SECTION_WORDS[change.section];
  if (change.before === null)
    return (
      <>
        <p>There was nothing before: this is the first text.</p>
        <WholeText text={change.after} name={name} />
      </>
    );
  if (change.changesSecrets)
    return (
      <p>
        Only a secret changes. Secrets are never shown: <code>(kept)</code> stands in their place.
      </p>
    );
  return <Diff before={change.before} after={change.after} name={name} />;
};

/** Who made a change may turn it down, and not approve it. */
export const Decide = ({ frame, change }: { frame: Frame; change: Change }): Html => {
  if (frame.isLocked) return <></>;
  const isOwn = frame.who?.name === change.author;
  return (
    <>
      {isOwn ? (
        <p class="hint">You made this change: another administrator approves it.</p>
      ) : (
        <Form frame={frame} action="/configuration/approve" class="approve">
          <input type="hidden" name="id" value={String(change.id)} />
          <button type="submit">
            Approve<span class="visually-hidden"> change {change.id}</span>
          </button>
        </Form>
      )}
      <Action frame={frame} action="/configuration/reject" name="Reject" id={`reject-${change.id}`} danger>
        <input type="hidden" name="id" value={String(change.id)} />
      </Action>
    </>
  );
};

const Restore = ({ frame, change }: { frame: Frame; change: Change }): Html => (
  <>
    <h2>Restore</h2>
    <p>
      Makes {SECTION_WORDS[change.section].name} what it was then. This is a change of its own and stands in
      the history. Secrets become what they were then, too.
    </p>
    {change.before !== null && (
      <Action frame={frame} action="/configuration/restore" name="Restore what was before" id="before">
        <input type="hidden" name="id" value={String(change.id)} />
        <input type="hidden" name="which" value="before" />
      </Action>
    )}
    <Action frame={frame} action="/configuration/restore" name="Restore what this change made" id="after">
      <input type="hidden" name="id" value={String(change.id)} />
      <input type="hidden" name="which" value="after" />
    </Action>
  </>
);
