/** Dry runs: what rules, in use or typed, would make of a study that is here or of a file. Nothing is sent or changed. */
import { Field, Form, type Frame, mayDo } from '../layout.tsx';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import { type FileRun, FileShown } from './dry-run-file.tsx';
import { type StudyRun, StudyShown } from './dry-run-study.tsx';
import { MAX_TEXT_FORM_BYTES, type Rules, sentenceOf, type Typed, typedIn } from './rule-words.ts';

const MAX_FILE_FORM_BYTES = 64 * 2 ** 20 + MAX_TEXT_FORM_BYTES;

export const dryRunPages = (rules: Rules): PageRoute[] => [
  page('/rules/dry-run', 'operator', async (visit) =>
    visit.fields['study'] === undefined ? showDryRun(visit, {}) : ofStudy(visit, rules),
  ),
  answer('/rules/dry-run', 'operator', (visit) => ofStudy(visit, rules), MAX_TEXT_FORM_BYTES),
  answer('/rules/dry-run/candidate', 'operator', (visit) => showDryRun(visit, {}), MAX_TEXT_FORM_BYTES),
  answer('/rules/dry-run/file', 'operator', (visit) => ofFile(visit, rules), MAX_FILE_FORM_BYTES),
];

type Shown = Readonly<{ study?: StudyRun; file?: FileRun; wrong?: string }>;

const textsOf = (typed: Typed | undefined): Readonly<Record<string, string>> =>
  typed ? { [typed.which]: typed.text } : {};

async function ofStudy(visit: Visit, rules: Rules): Promise<Response> {
  try {
    const StudyInstanceUID = (visit.fields['study'] ?? '').trim();
    const texts = textsOf(typedIn(visit));
    return showDryRun(visit, { study: await visit.run(rules.dryRunStudy, { StudyInstanceUID, texts }) });
  } catch (thrown) {
    return showDryRun(visit, { wrong: sentenceOf(thrown) });
  }
}

async function ofFile(visit: Visit, rules: Rules): Promise<Response> {
  const content = visit.fields['file'] ?? '';
  if (content === '') return showDryRun(visit, { wrong: 'Choose a DICOM file first.' });
  try {
    const texts = textsOf(typedIn(visit));
    return showDryRun(visit, { file: await visit.run(rules.dryRunFile, { content, texts }) });
  } catch (thrown) {
    return showDryRun(visit, { wrong: sentenceOf(thrown) });
  }
}

function showDryRun(visit: Visit, { study, file, wrong }: Shown): Promise<Response> {
  const { frame, fields, show } = visit;
  const typed = typedIn(visit);
  return show(
    'Dry run of the rules',
    <>
      {wrong !== undefined && (
        <p class="said failed" role="alert">
          <strong>Not tried: </strong>
          {visible(wrong, 3000)}
        </p>
      )}
      {typed ? (
        <Candidate frame={frame} typed={typed} />
      ) : (
        <p>
          With the <a href="/rules">rules in use</a>.
        </p>
      )}
      {study && <StudyShown run={study} />}
      {file && <FileShown run={file} />}
      {(study ?? file) && (
        <p class="note">
          This was a dry run: <strong>nothing was sent or changed</strong>.
        </p>
      )}
      {(study ?? file) && <h2>Another one</h2>}
      <Choose frame={frame} typed={typed} study={fields['study'] ?? ''} />
    </>,
  );
}

/** The text goes with every form, so that it is still there at the end. */
const Carried = ({ typed }: { typed: Typed | undefined }) =>
  Object.entries(typed ?? {}).map(([name, value]) => <input type="hidden" name={name} value={value} />);

const Candidate = ({ frame, typed }: { frame: Frame; typed: Typed }) => (
  <Form frame={frame} action={`/rules/${typed.which}/check`} class="note">
    <p>
      With the text of <strong>{typed.which}.yaml</strong> as it was typed. It is not saved; the other files
      are those in use.
    </p>
    <Carried typed={typed} />
    {frame.who && mayDo(frame.who.role, 'administrator') && (
      <button type="submit" class="quiet">
        Back to the text
      </button>
    )}
  </Form>
);

const Choose = ({ frame, typed, study }: { frame: Frame; typed: Typed | undefined; study: string }) => (
  <div class="cards">
    <section class="card" aria-labelledby="study-heading">
      <h2 id="study-heading">A study that is here</h2>
      <Form frame={frame} action="/rules/dry-run">
        <Carried typed={typed} />
        <Field
          id="study"
          label="StudyInstanceUID"
          hint="Of the follow-up. The page of a case leads here too."
        >
          <input
            id="study"
            name="study"
            required
            maxlength={64}
            value={study}
            autocomplete="off"
            aria-describedby="study-hint"
          />
        </Field>
        <button type="submit">Try on this study</button>
      </Form>
    </section>
    <section class="card" aria-labelledby="file-heading">
      <h2 id="file-heading">A DICOM file</h2>
      <Form frame={frame} action="/rules/dry-run/file" files>
        <Carried typed={typed} />
        <Field id="file" label="File" hint="Choose it or drop it here: an image or a mask, at most 64 MiB.">
          <input id="file" name="file" type="file" required aria-describedby="file-hint" />
        </Field>
        <button type="submit">Try on this file</button>
      </Form>
    </section>
  </div>
);
