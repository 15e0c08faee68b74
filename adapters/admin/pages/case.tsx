/** One case: what became of it and why, what was sent, and what a person may do. */
import type { Areas } from '../../../src/startup/operations.ts';
import { ageOf, Badge, type Frame, Uid, When } from '../layout.tsx';
import { type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { categoryWord, dayOf, figure, STATE_WORDS } from '../words.ts';
import { Actions } from './case-actions.tsx';
import { Decision, Holdings } from './case-decision.tsx';
import { Deliveries, Objects } from './case-objects.tsx';
import type { CaseView } from './case-view.ts';

export const casePages = ({ cases, orders }: Pick<Areas, 'cases' | 'orders'>): PageRoute[] => {
  const found = async ({ run, fields }: Visit): Promise<CaseView> =>
    run(cases.view, { StudyInstanceUID: fields['uid'] });
  return [
    page('/cases/:uid', 'viewer', async (visit) => {
      const view = await found(visit);
      const { StudyInstanceUID } = view.identity;
      const possible = await visit.run(orders.possible, { StudyInstanceUID });
      return visit.show(
        'Case',
        <>
          <Identity view={view} />
          <p class="row">
            <button type="button" class="quiet" data-pause="live" aria-pressed="false" hidden>
              Pause
            </button>
            <small data-live-status="live" />
            <a href={`/rules/dry-run?study=${StudyInstanceUID}`}>Dry run of the rules on this case</a>
          </p>
          <div id="live" data-live={`/cases/${StudyInstanceUID}/now`} data-every="5">
            <Standing view={view} />
          </div>
          <div class="columns">
            <div>
              <Result view={view} />
              <Decision view={view} />
              <Holdings view={view} />
              <Objects view={view} />
              <Deliveries view={view} />
            </div>
            <div>
              <Actions view={view} possible={possible} frame={visit.frame} />
              <Picture view={view} frame={visit.frame} />
            </div>
          </div>
          <Story view={view} />
        </>,
        { wide: true },
      );
    }),
    page('/cases/:uid/now', 'viewer', async (visit) =>
      visit.fragment(<Standing view={await found(visit)} />),
    ),
    page('/cases/:uid/picture.png', 'viewer', async ({ run, fields }) => {
      const { bytes } = await run(cases.picture, { StudyInstanceUID: fields['uid'] });
      return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'Content-Type': 'image/png' } });
    }),
  ];
};

const Identity = ({ view: { identity } }: { view: CaseView }) => (
  <section class="card" aria-label="Patient and study">
    <dl class="facts">
      <dt>Patient</dt>
      <dd>
        <strong>
          <Shown value={identity.PatientID} most={64} />
        </strong>{' '}
        <Shown value={identity.PatientName} most={100} />{' '}
        {identity.IssuerOfPatientID && (
          <small>
            issuer <Shown value={identity.IssuerOfPatientID} most={64} />
          </small>
        )}
      </dd>
      <dt>Born, sex</dt>
      <dd>
        <Shown value={dayOf(identity.PatientBirthDate)} most={20} /> ·{' '}
        <Shown value={identity.PatientSex} most={16} />
      </dd>
      <dt>Study</dt>
      <dd>
        <Shown value={dayOf(identity.StudyDate)} most={20} /> <Shown value={identity.StudyDescription} />
        {identity.AccessionNumber && (
          <>
            {' '}
            · accession <Shown value={identity.AccessionNumber} most={32} />
          </>
        )}
      </dd>
      <dt>StudyInstanceUID</dt>
      <dd>
        <Uid value={identity.StudyInstanceUID} what="StudyInstanceUID" />
      </dd>
    </dl>
  </section>
);

function Standing({ view }: { view: CaseView }) {
  const { word, tone } = STATE_WORDS[view.state];
  return (
    <section class="card" aria-label="State">
      <p>
        <Badge tone={tone}>{word}</Badge> for {ageOf(Date.now() - Date.parse(view.since))}, since{' '}
        <When at={view.since} />
        {view.isPrior && <> · here as the prior of another case</>}
      </p>
      {view.reasons.length > 0 && (
        <ul>
          {view.reasons.map(({ code, text }) => (
            <li>
              <Shown value={text} most={600} /> <code>{visible(code, 60)}</code>
            </li>
          ))}
        </ul>
      )}
      {view.maskRequests.map(({ annotator, requestedAt, sentAt, fault }) => (
        <p>
          <Shown value={annotator} most={64} /> was asked for a mask at <When at={requestedAt} />
          {fault ? (
            <>
              : <code>{visible(fault, 60)}</code>
            </>
          ) : sentAt ? (
            ' and has the images.'
          ) : (
            '; the images are not sent yet.'
          )}
        </p>
      ))}
      <p class="hint">
        First object <When at={view.firstReceivedAt} />, last object <When at={view.lastReceivedAt} />
      </p>
    </section>
  );
}

function Result({ view: { result } }: { view: CaseView }) {
  if (!result?.score) return null;
  const { score, findings } = result;
  const { category, probability, interval, delta, because, normalisation, model, cutOff } = score;
  return (
    <section class="card" aria-labelledby="result">
      <h2 id="result">Result</h2>
      <p>
        <strong>{category === null ? 'delta alone' : visible(categoryWord(category), 40)}</strong>
        {probability !== null && (
          <>
            {' '}
            · p = {figure(probability)}
            {interval && ` (95 % ${figure(interval[0])} to ${figure(interval[1])})`}, cut-off{' '}
            {figure(cutOff, 4)}
          </>
        )}{' '}
        · delta {figure(delta, 4)}
      </p>
      <p>
        <Shown value={because} most={600} />
      </p>
      <p class="hint">
        Model <Shown value={model.id} /> {visible(model.version, 20)} · normalisation {normalisation.kind}
        {normalisation.n !== undefined && ` of ${normalisation.n}`}
        {normalisation.isProvisional && ', provisional'}
      </p>
      <details>
        <summary>{findings.length} checks of the images and the patient</summary>
        <div class="table">
          <table>
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">Check</th>
                <th scope="col">Values</th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {findings.map(({ id, check, values, outcome, lesion }) => (
                <tr>
                  <th scope="row">{visible(id, 20)}</th>
                  <td>
                    <Shown value={check} most={80} /> {lesion && <Shown value={lesion} most={40} />}
                  </td>
                  <td>
                    <Shown value={values} most={300} />
                  </td>
                  <td>
                    <Badge tone={outcome === 'pass' ? 'ok' : outcome === 'warn' ? 'warning' : 'failed'}>
                      {outcome}
                    </Badge>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

const Picture = ({ view, frame }: { view: CaseView; frame: Frame }) =>
  frame.who !== undefined && view.objects.some(({ kind }) => kind === 'picture') ? (
    <section class="card" aria-labelledby="picture">
      <h2 id="picture">Picture page</h2>
      <a href={`/cases/${view.identity.StudyInstanceUID}/picture.png`}>
        <img
          class="picture"
          src={`/cases/${view.identity.StudyInstanceUID}/picture.png`}
          alt="Key slices with contours, the numbers and the trend of the newest report"
        />
      </a>
    </section>
  ) : null;

const SEVERITY = { info: 'off', done: 'ok', good: 'ok', warning: 'warning', problem: 'failed' } as Readonly<
  Record<string, 'ok' | 'warning' | 'failed' | 'off'>
>;

function Story({ view: { story } }: { view: CaseView }) {
  return (
    <section aria-labelledby="story">
      <h2 id="story">Timeline, newest first</h2>
      <ol class="timeline card" reversed>
        {[...story.entries].reverse().map(({ at, last, count, kind, title, details, who, severity }) => {
          const tone = SEVERITY[severity] ?? 'off';
          return (
            <li class={tone}>
              <When at={last} /> <strong>{visible(title, 120)}</strong>{' '}
              {(tone === 'warning' || tone === 'failed') && (
                <Badge tone={tone}>{tone === 'failed' ? 'problem' : 'look'}</Badge>
              )}{' '}
              {who && (
                <small>
                  by <Shown value={who} most={64} />
                </small>
              )}{' '}
              {count > 1 && (
                <small>
                  {count} times since <When at={at} />
                </small>
              )}
              {details.length > 0 && (
                <details>
                  <summary>
                    <code>{visible(kind, 60)}</code>
                  </summary>
                  <dl class="facts">
                    {details.map(({ name, value }) => (
                      <>
                        <dt>{visible(name, 60)}</dt>
                        <dd>
                          <Shown value={value} most={600} />
                        </dd>
                      </>
                    ))}
                  </dl>
                </details>
              )}
            </li>
          );
        })}
      </ol>
      {story.leftOut > 0 && <p class="hint">{story.leftOut} lines in the middle are not shown.</p>}
    </section>
  );
}
