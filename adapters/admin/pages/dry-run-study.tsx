/** What a dry run says of a study: where its case would go, and why. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Badge, Head, Uid } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { STATE_WORDS } from '../words.ts';
import { EligibilityShown, RegionTable } from './dry-run-rules.tsx';

export type StudyRun = Awaited<ReturnType<Areas['rules']['dryRunStudy']['run']>>;

export const StudyShown = ({ run }: { run: StudyRun }) => (
  <>
    <StateCard run={run} />
    <h2>Baseline</h2>
    <BaselineShown baseline={run.baseline} />
    <h2>Lesions and regions</h2>
    <Lesions lesions={run.lesions} />
    {run.masks.length === 0 && <p>No mask of this study, or of its baseline, is here.</p>}
    {run.masks.map(({ of, SOPInstanceUID, regions }) => (
      <RegionTable
        regions={regions}
        caption={
          <>
            Mask of the {of === 'baseline' ? 'baseline' : 'follow-up'},{' '}
            <Shown value={SOPInstanceUID} most={70} />
          </>
        }
      />
    ))}
    <RejectedRegions rejected={run.rejectedRegions} />
    <h2>Eligibility</h2>
    <EligibilityShown rules={run.eligibility} />
  </>
);

type State = StudyRun['state'];

const StateCard = ({ run: { StudyInstanceUID, state } }: { run: StudyRun }) => (
  <section class="card" aria-labelledby="state-heading">
    <h2 id="state-heading">What would become of the case</h2>
    <p>
      <strong>{differenceOf(state)}</strong> {visible(state.note, 300)}
    </p>
    <dl class="facts">
      <dt>Study</dt>
      <dd>
        <a href={`/cases/${StudyInstanceUID}`}>The case</a>{' '}
        <Uid value={StudyInstanceUID} what="StudyInstanceUID" />
      </dd>
      <dt>Now</dt>
      <dd>
        <StateShown state={state.now} reasons={state.reasonsNow} />
      </dd>
      <dt>With these rules</dt>
      <dd>
        <StateShown state={state.would} reasons={state.reasons} />
      </dd>
    </dl>
  </section>
);

function differenceOf({ now, would, isDifferent, reasonsNow, reasons }: State): string {
  const word = STATE_WORDS[would].word;
  if (isDifferent) return `The case would go from “${STATE_WORDS[now].word}” to “${word}”.`;
  return saidBy(reasonsNow) === saidBy(reasons)
    ? `Nothing would change: “${word}”.`
    : `It would stay “${word}”, for other reasons.`;
}

/** What they say, without the values, of which a dry run withholds some. */
const saidBy = (reasons: State['reasons']): string =>
  reasons
    .map(({ code, text }) => `${code} ${text.split(':')[0]}`)
    .sort()
    .join();

const StateShown = ({ state, reasons }: { state: State['now']; reasons: State['reasons'] }) => (
  <>
    <Badge tone={STATE_WORDS[state].tone}>{STATE_WORDS[state].word}</Badge>
    {reasons.map(({ code, text }) => (
      <div>
        <Shown value={text} most={400} />{' '}
        <small>
          <code>{visible(code, 40)}</code>
        </small>
      </div>
    ))}
  </>
);

type Baseline = StudyRun['baseline'];

const KINDS = {
  matched: 'A baseline is found.',
  ambiguous: 'Several studies are equally good: a person must decide.',
  none: 'No study is the baseline.',
  conflict: 'The earlier studies contradict each other.',
  isBaselineItself: 'This study is a baseline itself.',
  notAsked: 'No baseline is looked for.',
} as const satisfies Readonly<Record<Baseline['kind'], string>>;

const BaselineShown = ({ baseline: { kind, chosen, rule, because, rejected } }: { baseline: Baseline }) => (
  <>
    <dl class="facts card">
      <dt>Outcome</dt>
      <dd>
        {KINDS[kind]} {visible(because, 400)}
      </dd>
      {rule !== null && (
        <>
          <dt>By the rule</dt>
          <dd>{visible(rule, 80)}</dd>
        </>
      )}
      {chosen !== null && (
        <>
          <dt>Study</dt>
          <dd>
            <a href={`/cases/${chosen}`}>The case</a> <Uid value={chosen} what="baseline" />
          </dd>
        </>
      )}
    </dl>
    {rejected.length > 0 && (
      <div class="table">
        <table>
          <caption>
            {kind === 'matched' ? 'Studies that were rejected' : 'Studies that were considered'}
          </caption>
          <Head names={['Study', 'Why']} />
          <tbody>
            {rejected.map((each) => (
              <tr>
                <th scope="row">
                  <a href={`/cases/${each.StudyInstanceUID}`}>
                    <Shown value={each.StudyInstanceUID} most={70} />
                  </a>
                </th>
                <td>{visible(each.because, 400)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </>
);

type Lesion = StudyRun['lesions'][number];

const MATCHED_BY = {
  trackingUid: 'equal tracking UIDs',
  name: 'equal names',
  single: 'the only one at both',
  map: 'the lesion map',
  person: 'a person',
} as const satisfies Readonly<Record<Lesion['by'], string>>;

const Lesions = ({ lesions }: { lesions: StudyRun['lesions'] }) =>
  lesions.length === 0 ? (
    <p>No lesion is matched between baseline and follow-up.</p>
  ) : (
    <div class="table">
      <table>
        <caption>Lesions that would be compared; the model speaks of the target</caption>
        <Head names={['Lesion', 'Matched by', 'Baseline', 'Follow-up', 'Target', 'Measured']} />
        <tbody>
          {lesions.map(({ label, by, baseline, followUp, isTarget, isMeasured }) => (
            <tr>
              <th scope="row">
                <Shown value={label} most={80} />
              </th>
              <td>{MATCHED_BY[by]}</td>
              <td>region {baseline.region}</td>
              <td>region {followUp.region}</td>
              <td>{isTarget === null ? 'open' : isTarget ? 'yes' : 'no'}</td>
              <td>{isMeasured ? 'yes' : 'not yet'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const RejectedRegions = ({ rejected }: { rejected: StudyRun['rejectedRegions'] }) =>
  rejected.length > 0 && (
    <div class="table">
      <table>
        <caption>Regions that belong to no series of their study</caption>
        <Head names={['Mask', 'Region', 'Why']} />
        <tbody>
          {rejected.map(({ SOPInstanceUID, region, because }) => (
            <tr>
              <th scope="row">
                <Shown value={SOPInstanceUID} most={70} />
              </th>
              <td>{region === null ? 'all' : `no. ${region}`}</td>
              <td>{visible(because, 400)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
