/** One case: what became of it and why, what was sent, and what a person may do. */
import type { Areas } from '../../../src/startup/operations.ts';
import { type Frame, Uid } from '../layout.tsx';
import { type PageRoute, page } from '../route.ts';
import { Shown } from '../shown.tsx';
import { dayOf } from '../words.ts';
import { Actions } from './case-actions.tsx';
import { Conflicts, Decision, Holdings } from './case-decision.tsx';
import { Deliveries, Objects } from './case-objects.tsx';
import { Result } from './case-result.tsx';
import { isUnderWay, newestAt, Standing } from './case-standing.tsx';
import { Story } from './case-story.tsx';
import type { CaseView } from './case-view.ts';

export const casePages = ({ cases, orders }: Pick<Areas, 'cases' | 'orders'>): PageRoute[] => {
  return [
    page('/cases/:uid', 'viewer', async (visit) => {
      const view: CaseView = await visit.run(cases.view, { StudyInstanceUID: visit.fields['uid'] });
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
          <div
            id="live"
            data-live={`/cases/${StudyInstanceUID}/now?seen=${newestAt(view)}`}
            data-every={isUnderWay(view) ? '5' : '30'}
          >
            <Standing pulse={view} />
          </div>
          <div class="columns">
            <div>
              <Conflicts view={view} />
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
    page('/cases/:uid/now', 'viewer', async ({ run, fields, fragment }) => {
      const pulse = await run(cases.pulse, { StudyInstanceUID: fields['uid'] });
      const hasMovedOn = String(newestAt(pulse)) !== fields['seen'];
      return fragment(
        <Standing pulse={pulse} againAt={hasMovedOn ? `/cases/${fields['uid']}` : undefined} />,
      );
    }),
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
