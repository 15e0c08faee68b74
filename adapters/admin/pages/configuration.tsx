/** What can be changed while the service runs, what waits for a second person, and the history. */
import type { ConfigurationOperations } from '../../../src/api/configuration-operations.ts';
import type { Section } from '../../../src/configuration/section.ts';
import { downloaded } from '../api.ts';
import type { Html } from '../html.ts';
import { type Frame, Head, When } from '../layout.tsx';
import { form, type PageRoute, page } from '../route.ts';
import { Shown } from '../shown.tsx';
import { type Change, Decide, SourceWord, StateBadge, WhatChanges } from './configuration-change.tsx';
import { changePath, editPath, SECTION_WORDS } from './configuration-words.ts';

const PAGE = 25;

export const configurationPages = (ops: ConfigurationOperations): PageRoute[] => [
  page('/configuration', 'administrator', async ({ run, show, frame, fields }) => {
    const section = fields['section'] || undefined;
    const beforeId = fields['before'] || undefined;
    const { changes } = await run(ops.history, { section, beforeId, limit: PAGE });
    const { sections } = await run(ops.sections, {});
    const { changes: pending } = await run(ops.pending, {});
    return show(
      'Configuration',
      <>
        <p>
          Nodes, model, notifications and rules are changed while the service runs; everything else is of the
          configuration file. A change counts for the next case at once.
        </p>
        {pending.length > 0 && <Pending frame={frame} changes={pending} />}
        <Sections sections={sections} isLocked={frame.isLocked} />
        <p class="row">
          <a class="button quiet" href="/configuration/export" download>
            Export as a file
          </a>
          {!frame.isLocked && (
            <a class="button quiet" href="/configuration/import">
              Import…
            </a>
          )}
        </p>
        <h2 id="history">History</h2>
        <Filter selected={section} />
        <History changes={changes} />
        <Older changes={changes} section={section} isFirst={beforeId === undefined} />
      </>,
    );
  }),
  page('/configuration/export', 'administrator', async ({ run }) => downloaded(await run(ops.export, {}))),
  form('/configuration/approve', 'administrator', backToChange, async ({ run, fields }) => {
    const { section } = await run(ops.approve, { id: fields['id'] });
    return `The change is approved: ${SECTION_WORDS[section].name} is changed.`;
  }),
  form('/configuration/reject', 'administrator', backToChange, async ({ run, fields }) => {
    await run(ops.reject, { id: fields['id'], reason: fields['reason'] });
    return 'The change is rejected.';
  }),
];

function backToChange({ fields }: Readonly<{ fields: Readonly<Record<string, string>> }>): string {
  return /^\d{1,15}$/.test(fields['id'] ?? '') ? changePath(Number(fields['id'])) : '/configuration';
}

const Pending = ({ frame, changes }: { frame: Frame; changes: readonly Change[] }): Html => (
  <section aria-labelledby="pending">
    <h2 id="pending">Waiting for another administrator</h2>
    {changes.map((change) => (
      <article class="card" aria-label={`Change ${change.id}`}>
        <p>
          <a href={changePath(change.id)}>Change {change.id}</a>: <strong>{nameOf(change)}</strong>, by{' '}
          <Shown value={change.author} />, <When at={change.madeAt} />. <Shown value={change.reason} />
        </p>
        <details>
          <summary>What it changes</summary>
          <WhatChanges change={change} />
        </details>
        <Decide frame={frame} change={change} />
      </article>
    ))}
  </section>
);

const nameOf = ({ section }: Pick<Change, 'section'>): string => SECTION_WORDS[section].name;

type Standing = Readonly<{
  section: Section;
  changedAt: string;
  changedBy: string | null;
  changeId: number | null;
}>;

const Sections = ({ sections, isLocked }: { sections: readonly Standing[]; isLocked: boolean }): Html => (
  <div class="table">
    <table>
      <caption>What counts now</caption>
      <Head names={['Section', 'Last changed', 'By', 'Look and change']} />
      <tbody>
        {sections.map((each) => (
          <tr>
            <th scope="row">{nameOf(each)}</th>
            <td>
              <When at={each.changedAt} />
            </td>
            <td>
              <Shown value={each.changedBy} />
              {each.changeId !== null && (
                <>
                  {' '}
                  (<a href={changePath(each.changeId)}>change {each.changeId}</a>)
                </>
              )}
            </td>
            <td>
              <a href={editPath(each.section)}>
                {isLocked ? 'Text' : 'Edit as text'}
                <span class="visually-hidden">: {nameOf(each)}</span>
              </a>
              {' · '}
              <a href={SECTION_WORDS[each.section].page}>
                Page<span class="visually-hidden"> of {nameOf(each)}</span>
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Filter = ({ selected }: { selected: string | undefined }): Html => (
  <nav aria-label="Sections of the history">
    <ul class="tabs">
      <li>
        <a href="/configuration#history" aria-current={selected === undefined ? 'true' : undefined}>
          All
        </a>
      </li>
      {Object.entries(SECTION_WORDS).map(([section, { name }]) => (
        <li>
          <a
            href={`/configuration?section=${encodeURIComponent(section)}#history`}
            aria-current={selected === section ? 'true' : undefined}
          >
            {name}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const History = ({ changes }: { changes: readonly Change[] }): Html =>
  changes.length === 0 ? (
    <p>There is no change here.</p>
  ) : (
    <div class="table">
      <table>
        <caption>Changes, the newest first</caption>
        <Head names={['Change', 'Section', 'When', 'By', 'Reason', 'State']} />
        <tbody>
          {changes.map((change) => (
            <tr>
              <th scope="row">
                <a href={changePath(change.id)}>
                  <span class="visually-hidden">Change </span>
                  {change.id}
                </a>
              </th>
              <td>{nameOf(change)}</td>
              <td>
                <When at={change.madeAt} />
              </td>
              <td>
                <Shown value={change.author} /> <SourceWord source={change.source} />
              </td>
              <td class="main">
                <Shown value={change.reason} />
              </td>
              <td>
                <StateBadge state={change.state} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const Older = ({
  changes,
  section,
  isFirst,
}: {
  changes: readonly Change[];
  section: string | undefined;
  isFirst: boolean;
}): Html => {
  const only = section === undefined ? '' : `section=${encodeURIComponent(section)}`;
  const last = changes.length === PAGE ? changes.at(-1)?.id : undefined;
  return (
    <p class="pages">
      {!isFirst && <a href={`/configuration?${only}#history`}>Newest</a>}
      {last !== undefined && <a href={`/configuration?${only}${only && '&'}before=${last}#history`}>Older</a>}
    </p>
  );
};
