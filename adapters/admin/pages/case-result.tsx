/** The result of the newest report, with its uncertainty, and the checks before it. */
import { Badge, Head, Uid } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { categoryWord, figure } from '../words.ts';
import type { CaseView } from './case-view.ts';

export function Result({ view: { result, objects } }: { view: CaseView }) {
  if (!result?.score) return null;
  const { score, findings, missing, digests } = result;
  const isWithdrawn = objects.some((each) => each.SOPInstanceUID === result.report && each.withdrawn);
  const notPassed = findings.filter(({ outcome }) => outcome !== 'pass');
  const { category, probability, interval, delta, because, normalisation, model, cutOff } = score;
  return (
    <section class="card" aria-labelledby="result">
      <h2 id="result">Result</h2>
      <p>
        {isWithdrawn && <Badge tone="warning">withdrawn</Badge>}{' '}
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
        {normalisation.n !== undefined && ` of ${normalisation.n} cases`}
        {normalisation.source && (
          <>
            , <Shown value={normalisation.source} most={120} />
          </>
        )}
        {normalisation.isProvisional && ', provisional'}
      </p>
      {missing.map(({ code, text }) => (
        <p>
          <Shown value={text} most={400} /> <code>{visible(code, 60)}</code>
        </p>
      ))}
      {notPassed.length > 0 && <Findings caption="Checks that did not pass" findings={notPassed} />}
      <details>
        <summary>All {findings.length} checks of the images and the patient</summary>
        <Findings caption="Checks" findings={findings} />
      </details>
      <details>
        <summary>What made it (digests)</summary>
        <dl class="facts">
          <dt>model</dt>
          <dd>
            <Uid value={model.sha256} what="digest of the model" />
          </dd>
          {Object.entries(digests ?? {}).map(([name, value]) => (
            <>
              <dt>{visible(name, 40)}</dt>
              <dd>
                <Uid value={String(value)} what={`digest of ${name}`} />
              </dd>
            </>
          ))}
        </dl>
      </details>
    </section>
  );
}

type Finding = NonNullable<CaseView['result']>['findings'][number];
const OUTCOMES = {
  pass: { tone: 'ok', word: 'passed' },
  warn: { tone: 'warning', word: 'warning' },
  hold: { tone: 'failed', word: 'holds the case' },
} as const;

const Findings = ({ caption, findings }: { caption: string; findings: readonly Finding[] }) => (
  <div class="table">
    <table>
      <caption>{caption}</caption>
      <Head names={['Rule', 'Check', 'Values', 'Outcome']} />
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
              <Badge tone={OUTCOMES[outcome].tone}>{OUTCOMES[outcome].word}</Badge>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
