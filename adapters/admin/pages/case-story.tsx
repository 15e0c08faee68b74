/** The timeline of a case: what happened, newest first. How grave it is, a mark and a word say, not a colour alone. */
import { Badge, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import type { CaseView } from './case-view.ts';

type Severity = CaseView['story']['entries'][number]['severity'];
export const SEVERITIES: Readonly<
  Record<Severity, Readonly<{ tone: 'ok' | 'warning' | 'failed' | 'off'; word: string }>>
> = {
  info: { tone: 'off', word: '' },
  good: { tone: 'ok', word: '' },
  warning: { tone: 'warning', word: 'look' },
  error: { tone: 'failed', word: 'problem' },
};

export function Story({ view: { story } }: { view: CaseView }) {
  return (
    <section aria-labelledby="story">
      <h2 id="story">Timeline, newest first</h2>
      <ol class="timeline card" reversed>
        {[...story.entries].reverse().map(({ at, last, count, kind, title, details, who, severity }) => {
          const { tone, word } = SEVERITIES[severity];
          return (
            <li class={tone}>
              <When at={last} /> <strong>{visible(title, 120)}</strong>{' '}
              {word && <Badge tone={tone}>{word}</Badge>}{' '}
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
