/** What eligibility rules and ROI rules said in a dry run, clause by clause and region by region. */
import type { Child } from 'hono/jsx';
import type { Areas } from '../../../src/startup/operations.ts';
import { Badge, Head } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';

type StudyRun = Awaited<ReturnType<Areas['rules']['dryRunStudy']['run']>>;
type Eligibility = StudyRun['eligibility'];
type Rule = Eligibility[number];
type Region = StudyRun['masks'][number]['regions'][number];

const OUTCOMES = {
  hold: { word: 'holds', tone: 'failed' },
  warn: { word: 'warns', tone: 'warning' },
  notMeasured: { word: 'unknown', tone: 'waiting' },
  pass: { word: 'passes', tone: 'ok' },
} as const satisfies Readonly<Record<Rule['outcome'], unknown>>;
const ANSWERS = { met: 'matched', notMet: 'not matched', notMeasured: 'unknown' } as const;
const SIDES = { baseline: 'baseline', followUp: 'follow-up', '': '' } as const;

/** What needs a look comes first; what passes is folded away. */
export function EligibilityShown({ rules }: { rules: Eligibility }) {
  if (rules.length === 0) return <p>No eligibility rule says anything about it.</p>;
  const others = (['hold', 'warn', 'notMeasured'] as const).flatMap((outcome) =>
    rules.filter((rule) => rule.outcome === outcome),
  );
  const passing = rules.filter(({ outcome }) => outcome === 'pass');
  return (
    <>
      {others.length > 0 && <RuleTable rules={others} caption="Rules that hold, warn, or are not known" />}
      {passing.length > 0 && (
        <details class="action" open={others.length === 0}>
          <summary>
            {passing.length} of {rules.length} rules pass
          </summary>
          <RuleTable rules={passing} caption="Rules that pass" />
        </details>
      )}
    </>
  );
}

const RuleTable = ({ rules, caption }: { rules: Eligibility; caption: string }) => (
  <div class="table">
    <table>
      <caption>{caption}</caption>
      <Head names={['Rule', 'Outcome', 'Fact and value', 'Clauses']} />
      <tbody>
        {rules.map((rule) => (
          <tr>
            <th scope="row">
              {visible(rule.id, 80)} <small>{visible(rule.check, 120)}</small>
            </th>
            <td>
              <Badge tone={OUTCOMES[rule.outcome].tone}>{OUTCOMES[rule.outcome].word}</Badge>
            </td>
            <td>
              <code>{rule.fact}</code>
              {rule.seen.map(({ of, value }) => (
                <div>
                  {SIDES[of] && <small>{SIDES[of]}: </small>}
                  <Value value={value} />
                </div>
              ))}
            </td>
            <td>
              {questionsOf(rule).map(({ asked, answers }) => (
                <div>
                  {visible(asked, 150)}: <Answers answers={answers} />
                </div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

type Answer = Readonly<{ of: keyof typeof SIDES; answer: keyof typeof ANSWERS }>;

/** What is asked of both time points, once. */
function questionsOf({ clauses }: Rule): { asked: string; answers: Answer[] }[] {
  const found = new Map<string, Answer[]>();
  for (const { effect, wanted, of, answer } of clauses) {
    const asked = `${effect} when ${wanted}`;
    found.set(asked, [...(found.get(asked) ?? []), { of, answer }]);
  }
  return [...found].map(([asked, answers]) => ({ asked, answers }));
}

/** Once, where they are all the same. */
function Answers({ answers }: { answers: readonly Answer[] }) {
  const [first] = answers;
  const isSame = first !== undefined && answers.every(({ answer }) => answer === first.answer);
  const shown = isSame ? [{ ...first, of: '' as const }] : answers;
  return (
    <>
      {shown.map(({ of, answer }, at) => (
        <>
          {at > 0 && ', '}
          {SIDES[of]} {answer === 'met' ? <strong>{ANSWERS[answer]}</strong> : ANSWERS[answer]}
        </>
      ))}
    </>
  );
}

function Value({ value }: { value: string | null | undefined }) {
  if (value === undefined) return <em>not measured yet</em>;
  return value === null ? <em>of the patient's record, not shown</em> : <Shown value={value} />;
}

const VERDICTS = {
  taken: { word: 'taken', tone: 'ok' },
  candidate: { word: 'one of several', tone: 'warning' },
  rankedLower: { word: 'ranked lower', tone: 'off' },
  rejected: { word: 'rejected', tone: 'off' },
} as const satisfies Readonly<Record<Region['verdict'], unknown>>;
const MOST_SHOWN = 200;

export const RegionTable = ({ regions, caption }: { regions: readonly Region[]; caption: Child }) => (
  <div class="table">
    <table>
      <caption>
        {caption}
        {regions.length > MOST_SHOWN && `; the first ${MOST_SHOWN} of ${regions.length} are shown`}
      </caption>
      <Head names={['Number', 'Region', 'Verdict', 'Why']} />
      <tbody>
        {regions.slice(0, MOST_SHOWN).map(({ number, name, verdict, because }) => (
          <tr>
            <td>{number}</td>
            <th scope="row">
              <Shown value={name} most={80} />
            </th>
            <td>
              <Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].word}</Badge>
            </td>
            <td>{visible(because, 300)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
