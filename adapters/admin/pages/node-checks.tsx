/** The checks of one node: the newest of each kind with its button, and all of them so far. */
import type { Html } from '../html.ts';
import { Form, type Frame, Head, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { age, type Check, KIND_WORDS, type Kind, Outcome, pathOf, type Standing } from './node-words.tsx';

/** What came of the check that was just made. */
export const Ran = ({ standing, ran }: { standing: Standing; ran: string | undefined }): Html | null => {
  const made = standing.kinds.flatMap(({ newest }) => (newest ? [newest] : []));
  const newest = made.sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
  const check = ran === 'all' ? newest : made.find(({ kind }) => kind === ran);
  return check ? (
    <p class={`said ${check.outcome === 'failed' ? 'failed' : 'done'}`} role="status">
      <strong>
        {KIND_WORDS[check.kind]} {check.outcome}:
      </strong>{' '}
      {visible(check.text, 700)}
    </p>
  ) : null;
};

export const Checks = ({
  frame,
  standing: { node, kinds },
  mayRun,
}: {
  frame: Frame;
  standing: Standing;
  mayRun: boolean;
}): Html | null => {
  const isRunnable = mayRun && !frame.isLocked;
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      {isRunnable && kinds.some(({ whyNot }) => whyNot === null) && (
        <div class="field">
          <CheckButton frame={frame} node={node} kind="all" name="Run all checks that fit" />
        </div>
      )}
      <div class="table">
        <table>
          <caption>The newest of each kind</caption>
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col">Result</th>
              {isRunnable && <th scope="col">Run</th>}
            </tr>
          </thead>
          <tbody>
            {kinds.map(({ kind, whyNot, newest }) => (
              <tr>
                <th scope="row">{KIND_WORDS[kind]}</th>
                <td>
                  {whyNot === null ? <Result check={newest} /> : <span class="none">{visible(whyNot)}</span>}
                </td>
                {isRunnable && (
                  <td class="nowrap">
                    {whyNot === null && (
                      <CheckButton
                        frame={frame}
                        node={node}
                        kind={kind}
                        name={`Check ${KIND_WORDS[kind]}`}
                        isQuiet
                      />
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};

const Result = ({ check }: { check: Check | null }): Html =>
  check === null ? (
    <span class="none">not checked yet</span>
  ) : (
    <>
      <Outcome check={check} />{' '}
      <small>
        {age(check.startedAt)}, {check.milliseconds} ms, by {visible(check.author, 64)}
      </small>
      <br />
      <Shown value={check.text} most={700} />
    </>
  );

const CheckButton = ({
  frame,
  node,
  kind,
  name,
  isQuiet,
}: {
  frame: Frame;
  node: string;
  kind: Kind | 'all';
  name: string;
  isQuiet?: boolean;
}): Html => (
  <Form frame={frame} action={`${pathOf(node)}/check`} class="inline">
    <input type="hidden" name="kind" value={kind} />
    <button type="submit" class={isQuiet ? 'quiet' : undefined}>
      {name}
    </button>
  </Form>
);

export const History = ({ checks }: { checks: readonly Check[] }): Html | null =>
  checks.length === 0 ? null : (
    <div class="table">
      <table>
        <caption>Checks so far, the newest first</caption>
        <Head names={['When', 'Check', 'Result', 'Took', 'By', 'What was found']} />
        <tbody>
          {checks.map((check) => (
            <tr>
              <td>
                <When at={check.startedAt} />
              </td>
              <td>{KIND_WORDS[check.kind]}</td>
              <td>
                <Outcome check={check} />
              </td>
              <td class="number">{check.milliseconds} ms</td>
              <td>
                <Shown value={check.author} most={64} />
              </td>
              <td>
                <Shown value={check.text} most={700} />
                {check.code !== '' && <small> {visible(check.code, 40)}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
