/** What the check of a rule file says: problems with their places, examples, and the rules as sentences. */
import { Badge, Head } from '../layout.tsx';
import { visible } from '../shown.tsx';
import type { RuleCheck } from './rule-words.ts';

type Examples = RuleCheck['examples'];

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const failingOf = ({ examples }: RuleCheck): Examples => examples.filter(({ passes }) => !passes);

export function Verdict({ check }: { check: RuleCheck }) {
  if (!check.isValid)
    return <Badge tone="failed">{`${counted(check.problems.length, 'problem')}, not valid`}</Badge>;
  const failing = failingOf(check).length;
  if (failing > 0)
    return (
      <Badge tone="failed">{`${failing} of ${counted(check.examples.length, 'example')} failing`}</Badge>
    );
  if (check.examples.length === 0) return <Badge tone="warning">valid, no examples</Badge>;
  return <Badge tone="ok">{`valid, ${counted(check.examples.length, 'example')} passing`}</Badge>;
}

type CheckedProps = Readonly<{
  check: RuleCheck;
  /** id of the field with the text, which places lead to */
  field: string;
  isUnsaved?: boolean;
}>;

export const Checked = ({ check, field, isUnsaved }: CheckedProps) => {
  const failing = failingOf(check);
  return (
    <>
      <p>
        <Verdict check={check} /> {isUnsaved && <Badge tone="waiting">not saved yet</Badge>}
      </p>
      {check.problems.length > 0 && (
        <ul class="problems">
          {check.problems.map((problem) => (
            <li>
              <Place problem={problem} field={field} />{' '}
              {problem.path !== '' && <code>{visible(problem.path, 120)}</code>}{' '}
              {visible(problem.message, 400)}
            </li>
          ))}
        </ul>
      )}
      {failing.length > 0 && <ExampleTable caption="Examples that fail" examples={failing} />}
      {check.rules.length > 0 && (
        <details id="check-rules" open>
          <summary>What it says, in {counted(check.rules.length, 'sentence')}</summary>
          <ul>
            {check.rules.map(({ id, sentence }) => (
              <li>
                <strong>{visible(id, 80)}</strong> {visible(sentence, 1000)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {check.examples.length > 0 && (
        <details id="check-examples">
          <summary>Every example</summary>
          <ExampleTable caption="Examples" examples={check.examples} />
        </details>
      )}
    </>
  );
};

type Problem = RuleCheck['problems'][number];

const Place = ({ problem: { line, column }, field }: { problem: Problem; field: string }) =>
  line === 0 ? (
    <strong>The whole text:</strong>
  ) : (
    <a href={`#${field}`} data-line={line} data-column={column}>
      line {line}, column {column}
    </a>
  );

const ExampleTable = ({ caption, examples }: { caption: string; examples: Examples }) => (
  <div class="table">
    <table>
      <caption>{caption}</caption>
      <Head names={['Example', 'Expected', 'Got', 'Result']} />
      <tbody>
        {examples.map(({ rule, example, expected, got, passes }) => (
          <tr>
            <th scope="row">
              {visible(rule, 200)} <small>no. {example}</small>
            </th>
            <td>{visible(expected)}</td>
            <td>{visible(got)}</td>
            <td>{passes ? <Badge tone="ok">passes</Badge> : <Badge tone="failed">fails</Badge>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** Every rule with its reason and how many of its examples pass. */
export function RuleTable({ check, caption }: { check: RuleCheck; caption: string }) {
  const hasReasons = check.rules.some(({ because }) => because !== '');
  const isByRule = check.examples.some(({ rule }) => check.rules.some(({ id }) => id === rule));
  return (
    <div class="table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">What it does</th>
            {hasReasons && <th scope="col">Why</th>}
            {isByRule && (
              <th scope="col" class="number">
                Examples passing
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {check.rules.map(({ id, sentence, because }) => (
            <tr>
              <th scope="row" class="nowrap">
                {visible(id, 80)}
              </th>
              <td>{visible(sentence, 1000)}</td>
              {hasReasons && <td>{visible(because, 500)}</td>}
              {isByRule && (
                <td class="number">{passing(check.examples.filter(({ rule }) => rule === id))}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const passing = (examples: Examples): string =>
  `${examples.filter(({ passes }) => passes).length} of ${examples.length}`;
