/** Rules: what they say in plain sentences, and their text, checked while it is typed. */
import { type Frame, mayDo, Reason, Uid } from '../layout.tsx';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import { dryRunPages } from './dry-run.tsx';
import { Checked, RuleTable, Verdict } from './rule-check.tsx';
import {
  FILE_WORDS,
  FILES,
  MAX_TEXT_FORM_BYTES,
  type RuleCheck,
  type RuleFile,
  type Rules,
  sentenceOf,
  type Typed,
  typedIn,
} from './rule-words.ts';

const may = ({ who, isLocked }: Frame): boolean =>
  who !== undefined && mayDo(who.role, 'administrator') && !isLocked;

export const rulePages = (rules: Rules): PageRoute[] => [
  ...dryRunPages(rules),
  page('/rules', 'viewer', async ({ run, show, frame }) => {
    const files = await Promise.all(FILES.map((which) => run(rules.read, { which })));
    return show(
      'Rules',
      <>
        <p>
          Every case is judged by these rules, and every report says which text of them was used.
          {frame.who && mayDo(frame.who.role, 'operator') && (
            <>
              {' '}
              A <a href="/rules/dry-run">dry run</a> says what they make of a study or a file.
            </>
          )}
        </p>
        {files.map(({ which, check }) => (
          <Summary which={which} check={check} mayEdit={may(frame)} />
        ))}
      </>,
    );
  }),
  page('/rules/:which', 'viewer', (visit) => showFile(visit, rules)),
  answer(
    '/rules/:which/check',
    'administrator',
    async (visit) => {
      const typed = typedIn(visit);
      if (visit.c.req.header('x-fragment') === undefined || !typed) return showFile(visit, rules, { typed });
      const check = await checkOf(visit, rules, typed);
      const isUnsaved = check.sha256 !== typed.basedOn;
      return visit.fragment(<Checked check={check} field="text" isUnsaved={isUnsaved} />);
    },
    MAX_TEXT_FORM_BYTES,
  ),
  answer(
    '/rules/:which',
    'administrator',
    async (visit) => {
      const typed = typedIn(visit);
      try {
        const { state } = await visit.run(rules.change, typed ?? visit.fields);
        const said =
          state === 'inUse' ? 'saved and in use.' : 'kept, and waits for the approval of a second person.';
        return visit.go(`/rules/${visit.fields['which']}`, `The rules are ${said}`);
      } catch (thrown) {
        return showFile(visit, rules, { typed, wrong: sentenceOf(thrown) });
      }
    },
    MAX_TEXT_FORM_BYTES,
  ),
];

const Summary = ({ which, check, mayEdit }: { which: RuleFile; check: RuleCheck; mayEdit: boolean }) => (
  <section class="card" aria-labelledby={`${which}-heading`}>
    <h2 id={`${which}-heading`}>{FILE_WORDS[which].name}</h2>
    <p>
      {FILE_WORDS[which].about} <Verdict check={check} />
    </p>
    <p class="row">
      <a href={`/rules/${which}`} class={mayEdit ? 'button' : undefined}>
        {mayEdit ? 'Edit' : 'Read'} {which}.yaml
      </a>
      <span>
        <small>sha256 of the text </small>
        <Uid value={check.sha256} what={`sha256 of ${which}.yaml`} />
      </span>
    </p>
    {check.isValid && <Sentences which={which} check={check} />}
  </section>
);

const MOST_OPEN = 12;

/** Many rules are opened by who reads them. */
const Sentences = ({ which, check }: { which: RuleFile; check: RuleCheck }) => {
  const table = <RuleTable check={check} caption={`The rules of ${which}.yaml in sentences`} />;
  if (check.rules.length <= MOST_OPEN) return table;
  return (
    <details class="action">
      <summary>{check.rules.length} rules in sentences</summary>
      {table}
    </details>
  );
};

type Edited = Readonly<{ typed?: Typed | undefined; wrong?: string | undefined }>;

/** With what was typed in the place of what is in use, and what is wrong with it. */
async function showFile(visit: Visit, rules: Rules, { typed, wrong }: Edited = {}): Promise<Response> {
  const { which, text, check } = await visit.run(rules.read, { which: visit.fields['which'] });
  const { frame } = visit;
  const title = `Rules: ${which}.yaml`;
  const mayTry = frame.who !== undefined && mayDo(frame.who.role, 'administrator');
  if (!mayTry) return visit.show(title, <ReadOnly which={which} text={text} check={check} />);
  const checked = typed ? await checkOf(visit, rules, typed) : check;
  const standing = { text, sha256: check.sha256 };
  return visit.show(
    title,
    <>
      {wrong !== undefined && (
        <p class="said failed" role="alert">
          <strong>Not saved: </strong>
          {visible(wrong, 3000)} What was typed is below.
        </p>
      )}
      <p>
        <a href="/rules">All rules</a> · {FILE_WORDS[which].about}
      </p>
      <div class="columns">
        <Editor frame={frame} which={which} standing={standing} typed={typed} />
        <section class="card" aria-labelledby="check-heading">
          <h2 id="check-heading">Check</h2>
          <div id="check" aria-live="polite">
            <Checked check={checked} field="text" isUnsaved={checked.sha256 !== standing.sha256} />
          </div>
        </section>
      </div>
    </>,
    { wide: true },
  );
}

/** What is too long to be looked at is a problem of the text like others. */
async function checkOf({ run }: Visit, rules: Rules, { which, text }: Typed): Promise<RuleCheck> {
  try {
    return await run(rules.check, { which, text });
  } catch (thrown) {
    const problem = { line: 0, column: 0, path: '', message: sentenceOf(thrown) };
    return { isValid: false, problems: [problem], examples: [], rules: [], sha256: '' };
  }
}

const ReadOnly = ({ which, text, check }: { which: RuleFile; text: string; check: RuleCheck }) => (
  <>
    <p>
      <a href="/rules">All rules</a> · {FILE_WORDS[which].about}
    </p>
    <p>
      <small>sha256 </small>
      <Uid value={check.sha256} what="sha256" />
    </p>
    <div class="card">
      <Checked check={check} field="text" />
    </div>
    <h2 id="text">Text</h2>
    <pre tabindex={0}>{text}</pre>
  </>
);

type EditorProps = Readonly<{
  frame: Frame;
  which: RuleFile;
  /** what is in use */
  standing: Readonly<{ text: string; sha256: string }>;
  typed?: Typed | undefined;
}>;

const Editor = ({ frame, which, standing, typed }: EditorProps) => {
  const isUnsaved = typed !== undefined && typed.text !== standing.text;
  const isConflict = typed !== undefined && typed.basedOn !== standing.sha256;
  return (
    <form
      method="post"
      action={`/rules/${which}`}
      data-guard="changes"
      data-unsaved={isUnsaved ? 'true' : undefined}
    >
      <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
      <input type="hidden" name="which" value={which} />
      <input type="hidden" name="basedOn" value={typed?.basedOn ?? standing.sha256} />
      <div class="field">
        <label for="text">Text of {which}.yaml</label>
        <textarea
          id="text"
          name="text"
          class="code"
          rows={28}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          wrap="off"
          data-check={`/rules/${which}/check`}
          data-target="check"
          aria-describedby="text-hint"
        >
          {`\n${typed?.text ?? standing.text}`}
        </textarea>
        <p class="hint" id="text-hint">
          Examples stand in the text; it is saved when all of them pass.
        </p>
      </div>
      {isConflict && <Conflict standing={standing} />}
      {may(frame) && <Reason id="reason" value={typed?.reason} />}
      <p class="row">
        {may(frame) && <button type="submit">Save and use</button>}
        <button type="submit" class="quiet" formaction={`/rules/${which}/check`} formnovalidate>
          Check
        </button>
        <button type="submit" class="quiet" formaction="/rules/dry-run/candidate" formnovalidate>
          Try on a study
        </button>
      </p>
    </form>
  );
};

const Conflict = ({ standing }: Pick<EditorProps, 'standing'>) => (
  <div class="note">
    <p>Somebody else saved another text since you opened this page.</p>
    <details>
      <summary>The text that is in use now</summary>
      <pre tabindex={0}>{standing.text}</pre>
    </details>
    <label class="choice">
      <input type="checkbox" name="basedOn" value={standing.sha256} /> I have looked at it; mine takes its
      place
    </label>
  </div>
);
