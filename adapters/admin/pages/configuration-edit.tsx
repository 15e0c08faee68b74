/** A section as text. What is typed is checked while it is typed, and is never lost: what is refused comes back with the reason. */
import type { ConfigurationOperations } from '../../../src/api/configuration-operations.ts';
import type { Section } from '../../../src/configuration/section.ts';
import { Fault } from '../../../src/fault.ts';
import { Diff, WholeText } from '../diff.tsx';
import type { Html } from '../html.ts';
import { statusOf } from '../http-status.ts';
import { Field, Form, type Frame, Reason } from '../layout.tsx';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import { saidOf, WhatChanges } from './configuration-change.tsx';
import { changePath, editPath, SECTION_WORDS } from './configuration-words.ts';

/** A text of 512 KiB, and what forms make of its line ends and quotes. */
export const MOST_SENT = 2 * 2 ** 20;

/** Browsers send the ends of lines of a text field as two characters. */
export const typed = (text: string | undefined): string => (text ?? '').replaceAll('\r\n', '\n');

export const editPages = (ops: ConfigurationOperations): PageRoute[] => {
  const standing = async ({ run, fields }: Visit) => {
    const { sections } = await run(ops.sections, {});
    const found = sections.find(({ section }) => section === fields['section']);
    if (!found) throw new Fault('INPUT_NOT_FOUND', 'there is no such section');
    return found;
  };
  const planned = async ({ run, fields }: Visit): Promise<Html> => {
    try {
      const plan = await run(ops.plan, { section: fields['section'], text: typed(fields['text']) });
      return plan.before === plan.after && !plan.changesSecrets ? (
        <p>It is valid, and says what counts now.</p>
      ) : (
        <>
          <p>It is valid. Against what counts now:</p>
          <WhatChanges change={plan} />
        </>
      );
    } catch (thrown) {
      return <Wrong thrown={thrown} />;
    }
  };

  return [
    page('/configuration/edit', 'administrator', async (visit) => {
      const { section, text, digest } = await standing(visit);
      const { name } = SECTION_WORDS[section];
      return visit.frame.isLocked
        ? visit.show(name, <WholeText text={text} name={name} />)
        : visit.show(
            `Edit ${name}`,
            <Editor frame={visit.frame} section={section} text={text} basedOn={digest} reason="" />,
            { wide: true },
          );
    }),
    answer(
      '/configuration/edit',
      'administrator',
      async (visit) => {
        const { fields, frame } = visit;
        const text = typed(fields['text']);
        const again = async (basedOn: string | undefined, section: Section, checked: Html) =>
          visit.show(
            `Edit ${SECTION_WORDS[section].name}`,
            <Editor
              frame={frame}
              section={section}
              text={text}
              basedOn={basedOn ?? ''}
              reason={fields['reason'] ?? ''}
              checked={checked}
            />,
            { wide: true },
          );
        const now = await standing(visit);
        if (fields['step'] === 'check') return again(fields['basedOn'], now.section, await planned(visit));
        try {
          const { reason, basedOn } = fields;
          const made = await visit.run(ops.change, { section: now.section, text, reason, basedOn });
          return visit.go(changePath(made.id), saidOf(made));
        } catch (thrown) {
          const { fault, status } = statusOf(thrown);
          visit.c.status(status);
          // Whoever has seen what came between may save over it.
          return fault.code === 'CHANGE_CONFLICT'
            ? again(now.digest, now.section, <Between now={now.text} typed={text} section={now.section} />)
            : again(fields['basedOn'], now.section, <Wrong thrown={thrown} />);
        }
      },
      MOST_SENT,
    ),
    answer(
      '/configuration/edit/check',
      'administrator',
      async (visit) => visit.fragment(await planned(visit)),
      MOST_SENT,
    ),
  ];
};

export const Wrong = ({ thrown }: { thrown: unknown }): Html => (
  <p class="said failed" role="alert">
    <strong>Not valid: </strong>
    {visible(statusOf(thrown).fault.message, 1500)}
  </p>
);

const Between = ({ now, typed, section }: { now: string; typed: string; section: Section }): Html => (
  <>
    <p class="said failed" role="alert">
      <strong>Not saved: </strong>somebody else changed this section meanwhile. What you typed is still in the
      field. Below is what counts now against it: take over by hand what is to stay, and save again.
    </p>
    <Diff before={now} after={typed} name={SECTION_WORDS[section].name} />
  </>
);

type Edited = Readonly<{
  frame: Frame;
  section: Section;
  text: string;
  basedOn: string;
  reason: string;
  checked?: Html;
}>;

const Editor = ({ frame, section, text, basedOn, reason, checked }: Edited): Html => (
  <>
    <p>
      <a href="/configuration">Configuration</a> · the same by fields:{' '}
      <a href={SECTION_WORDS[section].page}>{SECTION_WORDS[section].name}</a>
    </p>
    <div class="columns">
      <Form frame={frame} action="/configuration/edit">
        <input type="hidden" name="section" value={section} />
        <input type="hidden" name="basedOn" value={basedOn} />
        <Field
          id="text"
          label="Text"
          hint={
            section.startsWith('rules/') ? (
              'A file of rules, as it would stand in the folder of rules.'
            ) : (
              <>
                JSON, or YAML as in the configuration file. <code>(kept)</code> stands for a secret, and keeps
                it.
              </>
            )
          }
        >
          <textarea
            id="text"
            name="text"
            class="code"
            rows={28}
            spellcheck={false}
            autocomplete="off"
            aria-describedby="text-hint"
            data-check="/configuration/edit/check"
            data-target="checked"
          >
            {`\n${text}`}
          </textarea>
        </Field>
        <Reason id="reason" value={reason} />
        <p class="row">
          <button type="submit">Save</button>
          <button type="submit" class="quiet" name="step" value="check" formnovalidate>
            Check only
          </button>
          <a href={editPath(section)}>Start over</a>
        </p>
      </Form>
      <section aria-labelledby="check">
        <h2 id="check">What would change</h2>
        <div id="checked" aria-live="polite">
          {checked ?? <p class="hint">Nothing is typed yet. Nothing counts before it is saved.</p>}
        </div>
      </section>
    </div>
  </>
);
