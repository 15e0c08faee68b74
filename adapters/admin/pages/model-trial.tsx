/** How far the model on trial says what the active one says. */
import type { ModelOperations } from '../../../src/api/model-operations.ts';
import { Badge, Head, When } from '../layout.tsx';
import { categoryWord, figure } from '../words.ts';

export type TrialOfModel = Awaited<ReturnType<ModelOperations['shadow']['run']>>;
type Agreement = NonNullable<TrialOfModel['agreement']>;
type Newest = TrialOfModel['newest'][number];

export const Trial = ({ trial: { active, shadow, agreement, newest } }: { trial: TrialOfModel }) =>
  shadow === null || agreement === null ? null : (
    <section aria-labelledby="trial">
      <h2 id="trial">
        Trial: {shadow} beside {active}
      </h2>
      {agreement.n === 0 ? (
        <p>No case has been scored by both yet. Every case that is reported from now on is.</p>
      ) : (
        <>
          <div class="columns">
            <Agreeing agreement={agreement} />
            <Crossing agreement={agreement} />
          </div>
          <NewestCases newest={newest} />
        </>
      )}
    </section>
  );

const percent = (part: number, of: number): string => `${Math.round((100 * part) / of)} %`;

const Agreeing = ({ agreement: { n, same, opposed, probability, delta } }: { agreement: Agreement }) => (
  <div class="card">
    <h3>Agreement</h3>
    <dl class="facts">
      <dt>Cases scored by both</dt>
      <dd>{n}</dd>
      <dt>Same category</dt>
      <dd>
        {same} of {n} ({percent(same, n)})
      </dd>
      <dt>Opposed</dt>
      <dd>
        {opposed === 0 ? (
          <Badge tone="ok">none</Badge>
        ) : (
          <>
            <Badge tone="warning">{`${opposed} of ${n}`}</Badge> positive by one, negative by the other
          </>
        )}
      </dd>
      <dt>Probability</dt>
      <dd>
        <Differing of={probability} none="no case has one of both" />
      </dd>
      <dt>Delta</dt>
      <dd>
        <Differing of={delta} none="of different features, not compared" />
      </dd>
    </dl>
    <p class="hint">Differences are those of the model on trial minus those of the active model.</p>
  </div>
);

function Differing({ of, none }: { of: Agreement['delta']; none: string }) {
  if (of === null) return <>{none}</>;
  if (of.largest === 0) return <>the same (n = {of.n})</>;
  return (
    <>
      differs by {figure(of.mean)} on average, by {figure(of.largest)} at most (n = {of.n})
    </>
  );
}

const saidWord = (said: string): string => (said === 'none' ? 'delta alone' : categoryWord(said));

const Crossing = ({ agreement: { categories } }: { agreement: Agreement }) => (
  <div class="table">
    <table>
      <caption>What both said</caption>
      <thead>
        <tr>
          <th scope="col">Active</th>
          <th scope="col">On trial</th>
          <th scope="col" class="number">
            Cases
          </th>
        </tr>
      </thead>
      <tbody>
        {categories.map(({ active, shadow, n }) => (
          <tr>
            <td>{saidWord(active)}</td>
            <td>
              {saidWord(shadow)} {active !== shadow && <Badge tone="warning">differs</Badge>}
            </td>
            <td class="number">{n}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const SHOWN = 10;

const NewestCases = ({ newest }: { newest: readonly Newest[] }) => (
  <div class="table">
    <table>
      <caption>{`The newest ${Math.min(SHOWN, newest.length)} cases of the trial`}</caption>
      <Head names={['Case', 'Scored', 'Active', 'On trial']} />
      <tbody>
        {newest.slice(0, SHOWN).map(({ StudyInstanceUID, scoredAt, active, shadow }) => (
          <tr>
            <th scope="row">
              <a href={`/cases/${encodeURIComponent(StudyInstanceUID)}`}>{StudyInstanceUID}</a>
            </th>
            <td>
              <When at={scoredAt} />
            </td>
            <td class="nowrap">{resultText(active)}</td>
            <td class="nowrap">
              {resultText(shadow)} {active.said !== shadow.said && <Badge tone="warning">differs</Badge>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const resultText = ({ said, delta, probability }: Newest['active']): string =>
  `${saidWord(said)}, ${probability === null ? '' : `p = ${probability.toFixed(2)}, `}delta ${figure(delta)}`;
