/** The first run: what must be in order, and a test patient through the whole path. */
import type { Areas } from '../../../src/startup/operations.ts';
import type { Html } from '../html.ts';
import { ageOf, Badge, Form, type Frame, Head, When } from '../layout.tsx';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { Tree } from './report.tsx';

type SetupAreas = Pick<Areas, 'setup' | 'configuration'>;
type Item = Awaited<ReturnType<Areas['setup']['checklist']['run']>>[number];
type Progress = Awaited<ReturnType<Areas['setup']['testPatient']['run']>>;

/** Where each item is mended. */
const MENDED: Readonly<Record<string, readonly [path: string, name: string]>> = {
  dimse: ['/configuration', 'Configuration'],
  http: ['/configuration', 'Configuration'],
  administrator: ['/users', 'Users'],
  source: ['/nodes', 'Nodes'],
  archive: ['/nodes', 'Nodes'],
  destination: ['/nodes', 'Nodes'],
  model: ['/models', 'Models'],
  normalisation: ['/models', 'Models'],
  rules: ['/rules', 'Rules'],
  disk: ['/health', 'Health'],
  clock: ['/health', 'Health'],
  notifications: ['/notifications', 'Notifications'],
  testPatient: ['#test-patient', 'Test patient'],
};

const STATES = {
  ok: ['ok', 'in order'],
  warning: ['warning', 'look at it'],
  failed: ['failed', 'not in order'],
  unknown: ['off', 'not known'],
} as const;

export const setupPages = ({ setup, configuration }: SetupAreas): PageRoute[] => [
  page('/setup', 'administrator', async ({ run, show, frame }) => {
    const items = await run(setup.checklist, {});
    const progress = await run(setup.testPatient, {});
    const { changes } = await run(configuration.history, { limit: 200 });
    const isFresh = changes.every(({ source }) => source === 'file');
    return show(
      'Set-up',
      <>
        {isFresh && items.some(({ state }) => state === 'failed') && <FirstSteps />}
        <div class="columns">
          <Checklist items={items} />
          <section aria-labelledby="test-patient">
            <h2 id="test-patient">Test patient</h2>
            <p>
              A made-up patient with two chest CTs is sent to our own port and goes the whole way to a valid
              report. Nothing of it leaves this machine, and nothing of it stays but the report.
            </p>
            {!frame.isLocked && <Start frame={frame} />}
            <div id="progress" data-live="/setup/test-patient" data-every="2">
              <Steps progress={progress} />
            </div>
            <p>
              <button type="button" class="quiet" data-pause="progress" hidden>
                Pause
              </button>{' '}
              <small data-live-status="progress" />
            </p>
          </section>
        </div>
      </>,
      { wide: true },
    );
  }),
  page('/setup/test-patient', 'administrator', async ({ run, fragment }) =>
    fragment(<Steps progress={await run(setup.testPatient, {})} />),
  ),
  form('/setup/test-patient', 'administrator', '/setup#test-patient', async ({ run }) => {
    await run(setup.startTestPatient, {});
    return 'The test patient is on its way.';
  }),
  page('/setup/report', 'administrator', async (visit) => showReport(setup, visit)),
];

async function showReport(setup: SetupAreas['setup'], { run, show }: Visit): Promise<Response> {
  const { root } = await run(setup.testReportPreview, {});
  return show(
    'Report of the test patient',
    <>
      <p class="row">
        <a href="/setup">Back to the set-up</a>
        <a href="/api/setup/test-patient/report">The object (DICOM)</a>
      </p>
      {root && (
        <section class="card" aria-labelledby="content">
          <h2 id="content">Content</h2>
          <ul class="tree">
            <Tree item={root} />
          </ul>
        </section>
      )}
    </>,
  );
}

const FirstSteps = (): Html => (
  <section class="note" aria-labelledby="first">
    <h2 id="first">The first three steps</h2>
    <ol>
      <li>
        Under <a href="/nodes">Nodes</a> add the PACS, with the roles source, archive and destination; have
        its administrator enter our AE title, host and port as they stand below.
      </li>
      <li>Run the checks of that node until they pass: each failure says what to do.</li>
      <li>Come back here and start the test patient.</li>
    </ol>
  </section>
);

const Checklist = ({ items }: { items: readonly Item[] }): Html => (
  <div class="table">
    <table>
      <caption>What must be in order before a case can come through</caption>
      <Head names={['What', 'State', 'Reason, and what to do']} />
      <tbody>
        {items.map(({ id, title, state, text, remedy }) => {
          const [tone, word] = STATES[state];
          const [path, name] = MENDED[id] ?? ['/configuration', 'Configuration'];
          return (
            <tr>
              <th scope="row">{title}</th>
              <td>
                <Badge tone={tone}>{word}</Badge>
              </td>
              <td>
                <Shown value={text} most={900} />
                {remedy !== '' && (
                  <>
                    <br />
                    <strong>{visible(remedy, 300)}</strong>
                  </>
                )}{' '}
                {state !== 'ok' && (
                  <a href={path} aria-label={`${title}: to ${name}`}>
                    {name}
                  </a>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);

const Start = ({ frame }: { frame: Frame }): Html => (
  <Form frame={frame} action="/setup/test-patient">
    <div class="field">
      <button type="submit">Start the test patient</button>
    </div>
  </Form>
);

const STEP_STATES = {
  waiting: ['off', 'waits'],
  running: ['waiting', 'under way'],
  passed: ['ok', 'passed'],
  failed: ['failed', 'failed'],
  skipped: ['off', 'not reached'],
} as const;
const RUN_STATES = {
  running: ['waiting', 'under way'],
  passed: ['ok', 'came through'],
  failed: ['failed', 'did not come through'],
} as const;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const Steps = ({ progress }: { progress: Progress }): Html => {
  if (progress === null) return <p class="card">It was not tried yet.</p>;
  const [tone, word] = RUN_STATES[progress.state];
  return (
    <div class="card">
      <p>
        <Badge tone={tone}>{word}</Badge> <When at={progress.startedAt} />, after{' '}
        {seconds(progress.milliseconds)}, started by <Shown value={progress.author} most={64} />
        {progress.state !== 'running' && (
          <small> ({ageOf(Date.now() - Date.parse(progress.startedAt))} ago)</small>
        )}
      </p>
      <ol class="plain steps">
        {progress.steps.map(({ title, state, milliseconds, text }) => {
          const [stepTone, stepWord] = STEP_STATES[state];
          return (
            <li>
              <Badge tone={stepTone}>{stepWord}</Badge> <strong>{title}</strong>
              {milliseconds !== null && <small> {seconds(milliseconds)}</small>}
              {text !== '' && (
                <p class="hint">
                  <Shown value={text} most={600} />
                </p>
              )}
            </li>
          );
        })}
      </ol>
      {progress.state === 'passed' && (
        <p class="row">
          <a href="/setup/report">The report that was made</a>
          <a href="/api/setup/test-patient/report">Download it (DICOM)</a>
        </p>
      )}
    </div>
  );
};
