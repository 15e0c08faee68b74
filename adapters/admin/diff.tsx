/** Two texts, one below the other, with what differs marked by sign and colour. */
import type { Html } from './html.ts';
import { type DiffLine, lineDiff, MOST_LINES } from './line-diff.ts';
import { visible } from './shown.tsx';

/** So many lines that stay are shown around each that does not. */
const AROUND = 3;
const MOST_CHARACTERS = 2000;

/** `name` is told by screen readers. Long texts are not compared: both are shown. */
export const Diff = ({ before, after, name }: { before: string; after: string; name: string }): Html => {
  const lines = lineDiff(before, after);
  if (!lines) return <Both before={before} after={after} name={name} />;
  if (lines.every(({ kind }) => kind === 'same')) return <p>The texts say the same, line by line.</p>;
  return (
    <section class="text" tabindex={0} aria-label={`${name}: what differs`}>
      <pre class="diff">
        {runsOf(lines).map((run) =>
          run.isHidden ? (
            <small>{`⋯ ${run.lines.length} lines stay as they are\n`}</small>
          ) : (
            run.lines.map((line) => <Line {...line} />)
          ),
        )}
      </pre>
    </section>
  );
};

const Line = ({ kind, text }: DiffLine): Html => {
  const shown = visible(text.replaceAll('\t', '    '), MOST_CHARACTERS);
  if (kind === 'same') return <span>{`  ${shown}\n`}</span>;
  return kind === 'added' ? <ins>{`+ ${shown}\n`}</ins> : <del>{`- ${shown}\n`}</del>;
};

const Both = ({ before, after, name }: { before: string; after: string; name: string }): Html => (
  <>
    <p>There are more than {MOST_LINES} lines: they are not compared. Both texts as they are:</p>
    <h3>Before</h3>
    <WholeText text={before} name={`${name} before`} />
    <h3>After</h3>
    <WholeText text={after} name={`${name} after`} />
  </>
);

export const WholeText = ({ text, name }: { text: string; name: string }): Html => (
  <section class="text" tabindex={0} aria-label={name}>
    <pre>
      {text
        .split('\n')
        .map((line) => visible(line.replaceAll('\t', '    '), MOST_CHARACTERS))
        .join('\n')}
    </pre>
  </section>
);

type Run = Readonly<{ isHidden: boolean; lines: readonly DiffLine[] }>;

/** What stays is hidden where nothing near it changes. */
function runsOf(lines: readonly DiffLine[]): Run[] {
  const isNear = nearChange(lines);
  const runs: { isHidden: boolean; lines: DiffLine[] }[] = [];
  lines.forEach((line, index) => {
    const isHidden = !isNear[index];
    const last = runs.at(-1);
    if (last?.isHidden === isHidden) last.lines.push(line);
    else runs.push({ isHidden, lines: [line] });
  });
  // To hide one line saves nothing.
  return runs.map((run) => (run.lines.length === 1 ? { ...run, isHidden: false } : run));
}

function nearChange(lines: readonly DiffLine[]): boolean[] {
  const isNear = lines.map(() => false);
  lines.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    isNear.fill(true, Math.max(0, index - AROUND), index + AROUND + 1);
  });
  return isNear;
}
