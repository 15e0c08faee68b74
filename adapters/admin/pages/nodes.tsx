/** The nodes: how each stands, its checks, and what an administrator changes of it. */
import type { Html } from '../html.ts';
import { Action, Badge, type Frame, Head, mayDo, When } from '../layout.tsx';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { Checks, History, Ran } from './node-checks.tsx';
import { nodeEditPages } from './node-edit.tsx';
import type { WrittenNode } from './node-fields.ts';
import {
  age,
  KIND_WORDS,
  type Kind,
  type NodeAreas,
  Outcome,
  pathOf,
  type Standing,
  saidOf,
} from './node-words.tsx';

/** Of the most telling one first; a failed one ends the row. */
const ALL: readonly Kind[] = ['certificate', 'echo', 'web', 'find', 'move', 'store'];
const HISTORY = 50;

export const nodePages = (areas: NodeAreas): PageRoute[] => [
  page('/nodes', 'viewer', async (visit) => {
    const { nodes } = await visit.run(areas.nodes.list, {});
    const standing = await visit.run(areas.nodes.standing, {});
    return visit.show(
      'Nodes',
      <>
        <Waiting waits={await waitsOf(areas, visit)} />
        {mayDo(visit.actor.role, 'administrator') && (
          <p>
            <a class="button" href="/nodes/_new">
              New node
            </a>
          </p>
        )}
        {nodes.length === 0 ? (
          <p class="card">
            There is no node yet, so nobody may send and nobody gets reports. An administrator adds the PACS
            here as a node that sends and gets reports.
          </p>
        ) : (
          <Table nodes={nodes} standing={standing} />
        )}
      </>,
      { wide: true },
    );
  }),
  ...nodeEditPages(areas),
  page('/nodes/:name', 'viewer', async (visit) => {
    const { run, fields, show, frame, actor } = visit;
    const name = fields['name'] ?? '';
    const history = await run(areas.nodes.checks, { name, limit: HISTORY });
    const { nodes, digest } = await run(areas.nodes.list, {});
    const node = nodes.find((each) => each['name'] === name);
    const standing = (await run(areas.nodes.standing, {})).find((each) => each.node === name);
    return show(
      `Node ${visible(name, 64)}`,
      <>
        <Waiting waits={await waitsOf(areas, visit)} />
        {node && standing ? (
          <>
            <Ran standing={standing} ran={fields['ran']} />
            <div class="columns">
              <Checks frame={frame} standing={standing} mayRun={mayDo(actor.role, 'operator')} />
              <Facts
                frame={frame}
                node={node}
                standing={standing}
                basedOn={digest}
                mayChange={mayDo(actor.role, 'administrator')}
              />
            </div>
          </>
        ) : (
          <p class="note">The node is not configured any more; this is its history.</p>
        )}
        <History checks={history} />
      </>,
      { wide: true },
    );
  }),
  form(
    '/nodes/:name/check',
    'operator',
    ({ fields }) => pathOf(fields['name'] ?? ''),
    async ({ run, fields, go }) => {
      const name = fields['name'] ?? '';
      const kind = fields['kind'] ?? '';
      if (kind !== 'all') await run(areas.nodes.check, { name, kind });
      else await checkAll(areas, name, run);
      return go(`${pathOf(name)}?ran=${encodeURIComponent(kind)}`);
    },
  ),
  form(
    '/nodes/:name/disable',
    'administrator',
    ({ fields }) => pathOf(fields['name'] ?? ''),
    async ({ run, fields }) => {
      const isDisabled = fields['disabled'] === 'true';
      const { name, reason, basedOn } = fields;
      const { state } = await run(areas.nodes.disable, { name, reason, basedOn, isDisabled });
      return saidOf(state, `The node ${name} is ${isDisabled ? 'disabled' : 'enabled'}.`);
    },
  ),
  form('/nodes/:name/remove', 'administrator', '/nodes', async ({ run, fields }) => {
    const { name, reason, basedOn } = fields;
    const { state } = await run(areas.nodes.remove, { name, reason, basedOn });
    return saidOf(state, `The node ${name} is removed.`);
  }),
];

/** One after the other, as far as they mean something; the first that fails is the one to mend. */
async function checkAll({ nodes }: NodeAreas, name: string, run: Visit['run']): Promise<void> {
  const standing = (await run(nodes.standing, {})).find(({ node }) => node === name);
  const fit = ALL.filter((kind) =>
    standing?.kinds.some((each) => each.kind === kind && each.whyNot === null),
  );
  for (const kind of fit) {
    const { outcome } = await run(nodes.check, { name, kind });
    if (outcome === 'failed') return;
  }
}

/** Changes of nodes that another administrator must approve; a lesser role is not told. */
async function waitsOf({ configuration }: NodeAreas, { run, actor }: Visit): Promise<number> {
  if (!mayDo(actor.role, 'administrator')) return 0;
  const { changes } = await run(configuration.pending, {});
  return changes.filter(({ section }) => section === 'nodes').length;
}

const Waiting = ({ waits }: { waits: number }): Html | null =>
  waits === 0 ? null : (
    <p class="note">
      {waits === 1 ? 'A change of the nodes waits' : `${waits} changes of the nodes wait`} for the approval of
      another administrator, under <a href="/configuration">Configuration</a>.
    </p>
  );

const STATE_TONES = { live: 'ok', test: 'warning', off: 'off', disabled: 'off' } as const;
const text = (node: WrittenNode, key: string): string =>
  node[key] === undefined ? '' : [node[key]].flat().join(', ');

/** AE title at host and port, or the address. */
const addressOf = (node: WrittenNode): string => {
  if (node['dicomWeb'] !== undefined) return text(node, 'dicomWeb');
  return node['host'] === undefined
    ? `${text(node, 'aeTitle')} (it only calls us)`
    : `${text(node, 'aeTitle')}@${text(node, 'host')}:${text(node, 'port')}`;
};

const Table = ({
  nodes,
  standing,
}: {
  nodes: readonly WrittenNode[];
  standing: readonly Standing[];
}): Html => (
  <div class="table">
    <table>
      <caption>Who may send, who is asked, who gets reports</caption>
      <Head names={['Name', 'Protocol', 'Address', 'Roles', 'State', 'Newest checks', 'Last success']} />
      <tbody>
        {nodes.map((node) => {
          const name = text(node, 'name');
          const found = standing.find((each) => each.node === name);
          return (
            <tr>
              <th scope="row">
                <a href={pathOf(name)}>{visible(name, 64)}</a>
              </th>
              <td>{node['dicomWeb'] === undefined ? 'DIMSE' : 'DICOMweb'}</td>
              <td>
                <Shown value={addressOf(node)} />
              </td>
              <td>
                <Shown value={text(node, 'roles')} />
              </td>
              <td>{found && <Badge tone={STATE_TONES[found.state]}>{found.state}</Badge>}</td>
              <td>{found && <Newest standing={found} />}</td>
              <td class="nowrap">
                {found?.lastSuccess ? age(found.lastSuccess) : <span class="none">–</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);

const Newest = ({ standing: { kinds } }: { standing: Standing }): Html => {
  const known = kinds.flatMap(({ newest, whyNot }) => (newest && whyNot === null ? [newest] : []));
  if (known.length === 0) {
    const isCaller = kinds.every(({ whyNot }) => whyNot !== null);
    return <span class="none">{isCaller ? 'cannot be checked' : 'not checked yet'}</span>;
  }
  return (
    <ul class="plain">
      {known.map((check) => (
        <li>
          {KIND_WORDS[check.kind]} <Outcome check={check} /> <small>{age(check.startedAt)}</small>
        </li>
      ))}
    </ul>
  );
};

const FACTS: readonly (readonly [key: string, label: string])[] = [
  ['roles', 'Roles'],
  ['testNode', 'Test node'],
  ['sends', 'Gets'],
  ['reportsOn', 'On outcomes'],
  ['srSopClass', 'Form of the SR'],
  ['fallback', 'Else'],
  ['language', 'Language'],
  ['confirm', 'Asked whether it kept it'],
  ['retrieve', 'Fetched by'],
  ['queryModel', 'Information model'],
  ['quietHours', 'Quiet hours'],
  ['maxPerMinute', 'Most a minute'],
  ['addresses', 'May call from'],
];

const Facts = ({
  frame,
  node,
  standing,
  basedOn,
  mayChange,
}: {
  frame: Frame;
  node: WrittenNode;
  standing: Standing;
  basedOn: string;
  mayChange: boolean;
}): Html => {
  const path = pathOf(standing.node);
  const isDisabled = standing.state === 'disabled';
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <dl class="facts card">
        <dt>State</dt>
        <dd>
          <Badge tone={STATE_TONES[standing.state]}>{standing.state}</Badge>
        </dd>
        <dt>{node['dicomWeb'] === undefined ? 'DIMSE' : 'DICOMweb'}</dt>
        <dd>
          <Shown value={addressOf(node)} />
        </dd>
        {FACTS.filter(([key]) => node[key] !== undefined).map(([key, label]) => (
          <>
            <dt>{label}</dt>
            <dd>
              <Shown value={text(node, key)} />
            </dd>
          </>
        ))}
        <dt>TLS</dt>
        <dd>{node['tls'] === undefined ? 'as the address says' : 'yes'}</dd>
        <dt>Login</dt>
        <dd>{node['auth'] === undefined ? 'none' : '(kept)'}</dd>
        <dt>Last success</dt>
        <dd>
          <When at={standing.lastSuccess} />
        </dd>
      </dl>
      {mayChange && !frame.isLocked && (
        <>
          <p>
            <a class="button" href={`${path}/edit`}>
              Edit
            </a>
          </p>
          <Action
            frame={frame}
            action={`${path}/disable`}
            name={isDisabled ? 'Enable' : 'Disable'}
            id="disable"
            danger={!isDisabled}
          >
            <input type="hidden" name="basedOn" value={basedOn} />
            <input type="hidden" name="disabled" value={String(!isDisabled)} />
            <p>
              {isDisabled
                ? 'It may send again, is asked again, and gets what waits for it.'
                : 'It may not send, is not asked and gets nothing. What is meant for it waits.'}
            </p>
          </Action>
          <Action frame={frame} action={`${path}/remove`} name="Remove" id="remove" danger>
            <input type="hidden" name="basedOn" value={basedOn} />
            <p>What waits for it waits until a node of this name is back. Its checks stay.</p>
          </Action>
        </>
      )}
    </section>
  );
};
