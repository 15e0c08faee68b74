/** How the machine does, and what it is. */
import { raw } from 'hono/html';
import type { Areas } from '../../../src/startup/operations.ts';
import { ageOf, Badge, Head, When } from '../layout.tsx';
import { type PageRoute, page } from '../route.ts';
import { Shown, visible } from '../shown.tsx';

type Operations = Areas['health'];
type Health = Awaited<ReturnType<Operations['show']['run']>>;
type Rate = Health['throughput']['day'];

const GIB = 2 ** 30;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

export const healthPages = (operations: Operations): PageRoute[] => [
  page('/health', 'viewer', async ({ run, show }) => {
    const health = await run(operations.show, {});
    return show(
      'Health',
      <>
        <Clock health={health} />
        <div class="cards">
          <Queue health={health} />
          <Machine health={health} />
        </div>
        <Processes health={health} />
        <Disk health={health} />
        <Throughput health={health} />
        <Nodes health={health} />
      </>,
    );
  }),
  page('/about', 'viewer', async ({ run, show }) => {
    const about = await run(operations.about, {});
    return show(
      'About',
      <>
        <p class="note">{about.intendedUse}</p>
        <dl class="facts card">
          <dt>Installation</dt>
          <dd>
            <Shown value={about.name} />
          </dd>
          <dt>Version</dt>
          <dd>
            Earshot {about.version} on Node {about.nodeVersion}
          </dd>
          <dt>Licence</dt>
          <dd>{about.licence}</dd>
          <dt>Model</dt>
          <dd>
            {about.model.id} <code>{about.model.sha256.slice(0, 16)}</code>
          </dd>
          <dt>API</dt>
          <dd>
            <a href="/api/openapi.json">OpenAPI document</a>
          </dd>
        </dl>
        <div class="table">
          <table>
            <caption>Libraries that it runs with</caption>
            <Head names={['Library', 'Version', 'Licence']} />
            <tbody>
              {about.dependencies.map(({ name, version, licence }) => (
                <tr>
                  <th scope="row">{visible(name, 80)}</th>
                  <td>{visible(version, 40)}</td>
                  <td>{visible(licence, 80)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </>,
    );
  }),
];

const Clock = ({ health: { at, clockTrustedFrom } }: { health: Health }) =>
  clockTrustedFrom === null ? null : (
    <p class="note">
      Nothing expires and nothing is removed before <When at={clockTrustedFrom} />: this installation is new,
      stood still for more than a week, or its clock was set. It shows <When at={at} /> now; look whether that
      is right.
    </p>
  );

const Queue = ({ health: { queue } }: { health: Health }) => (
  <section class="card" aria-labelledby="queue">
    <h2 id="queue">Queue</h2>
    <p>
      <strong>{queue.count}</strong> jobs could run now
      {queue.count > 0 && `, the oldest for ${ageOf(queue.oldestSeconds * 1000)}`}.
    </p>
  </section>
);

const Machine = ({ health: { process } }: { health: Health }) => (
  <section class="card" aria-labelledby="machine">
    <h2 id="machine">This process</h2>
    <dl class="facts">
      <dt>Up for</dt>
      <dd>{ageOf(process.uptimeSeconds * 1000)}</dd>
      <dt>Memory</dt>
      <dd>
        {mib(process.rssBytes)} in all, heap {mib(process.heapUsedBytes)} of {mib(process.heapTotalBytes)}
      </dd>
      <dt>Event loop</dt>
      <dd>{process.eventLoopDelayMs} ms late at most (99 %)</dd>
    </dl>
  </section>
);

const DOES: Readonly<Record<string, string>> = {
  all: 'everything',
  receive: 'takes objects',
  work: 'matches, measures, delivers',
  admin: 'pages and API',
};

const Processes = ({ health: { processes } }: { health: Health }) => {
  const versions = [...new Set(processes.map(({ version }) => version))].sort();
  const files = new Set(processes.map(({ file }) => file));
  return (
    <>
      {files.size > 1 && (
        <p class="note">
          Processes have {files.size} different configuration files. The one that starts last changes nodes,
          rules and model for all; give all of them the same file.
        </p>
      )}
      {versions.length > 1 && (
        <p class="note">
          Processes of versions {versions.map((each) => visible(each, 40)).join(' and ')} run at the same
          time. That is so while a new version is brought in, one process after the other; bring it to its
          end.
        </p>
      )}
      {!processes.some(({ hasDuties }) => hasDuties) && (
        <p class="note">
          No process has the duties now: sweeps, polling and notifications wait. One takes them over within
          seconds, or start one that may have them.
        </p>
      )}
      <div class="table">
        <table>
          <caption>Processes that run; one at a time has the duties: sweeps, polling, notifications</caption>
          <Head names={['Host', 'Role', 'Version', 'Since', 'Duties']} />
          <tbody>
            {processes.map(({ role, host, pid, version, startedAt, hasDuties }) => (
              <tr>
                <th scope="row">
                  {visible(host, 60)}, process {pid}
                </th>
                <td>
                  {visible(role, 20)}
                  {DOES[role] !== undefined && `: ${DOES[role]}`}
                </td>
                <td>{visible(version, 40)}</td>
                <td>
                  <When at={startedAt} />
                </td>
                <td>{hasDuties ? <Badge tone="ok">has them</Badge> : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const Disk = ({ health: { disk, chart } }: { health: Health }) => (
  <section class="card" aria-labelledby="disk">
    <h2 id="disk">Disk</h2>
    <p>
      <strong>{gib(disk.freeBytes)}</strong> free; below {gib(disk.minFreeBytes)} nothing is accepted.{' '}
      {disk.forecastText}
    </p>
    <figure class="figure">{raw(chart)}</figure>
  </section>
);

const rate = ({ knownHours }: Rate, count: number): string =>
  knownHours === 0 ? '–' : (count / knownHours).toFixed(count / knownHours < 10 ? 1 : 0);

const Throughput = ({ health: { throughput } }: { health: Health }) => (
  <div class="table">
    <table>
      <caption>Throughput</caption>
      <Head names={['Span', 'Objects', 'an hour', 'Studies', 'an hour', 'Reports', 'an hour', 'Known']} />
      <tbody>
        {(
          [
            ['last 24 hours', throughput.day],
            ['last 7 days', throughput.week],
          ] as const
        ).map(([name, each]) => (
          <tr>
            <th scope="row">{name}</th>
            <td class="number">{each.received}</td>
            <td class="number">{rate(each, each.received)}</td>
            <td class="number">{each.cases}</td>
            <td class="number">{rate(each, each.cases)}</td>
            <td class="number">{each.reported}</td>
            <td class="number">{rate(each, each.reported)}</td>
            <td class="number">{each.knownHours.toFixed(1)} h</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Nodes = ({ health: { nodes } }: { health: Health }) =>
  nodes.length === 0 ? (
    <p>There are no nodes yet.</p>
  ) : (
    <div class="table">
      <table>
        <caption>Last success of each node</caption>
        <Head names={['Node', 'Took a report', 'Gave a prior', 'Passed a check']} />
        <tbody>
          {nodes.map(({ node, deliveredAt, fetchedAt, checkedAt }) => (
            <tr>
              <th scope="row">
                <a href={`/nodes/${encodeURIComponent(node)}`}>
                  <Shown value={node} />
                </a>
              </th>
              <td>
                <When at={deliveredAt} />
              </td>
              <td>
                <When at={fetchedAt} />
              </td>
              <td>
                <When at={checkedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
