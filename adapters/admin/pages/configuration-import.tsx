/** Taking over what another installation, or this one earlier, exported: shown first, and done with a reason. */
import type { ConfigurationOperations } from '../../../src/api/configuration-operations.ts';
import { Fault } from '../../../src/fault.ts';
import type { Html } from '../html.ts';
import { statusOf } from '../http-status.ts';
import { Field, Form, type Frame, Reason } from '../layout.tsx';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { WhatChanges } from './configuration-change.tsx';
import { MOST_SENT, typed, Wrong } from './configuration-edit.tsx';
import { SECTION_WORDS } from './configuration-words.ts';

export const importPages = (ops: ConfigurationOperations): PageRoute[] => {
  const start = (visit: Visit, text: string, wrong?: unknown): Promise<Response> => {
    if (wrong !== undefined) visit.c.status(statusOf(wrong).status);
    return visit.show('Import a configuration', <Start frame={visit.frame} text={text} wrong={wrong} />);
  };
  return [
    page('/configuration/import', 'administrator', (visit) => {
      if (visit.frame.isLocked) throw new Fault('ADMIN_LOCKED');
      return start(visit, '');
    }),
    answer(
      '/configuration/import/preview',
      'administrator',
      async (visit) => {
        const text = textOf(visit);
        try {
          const { planned } = await visit.run(ops.planImport, { text });
          return visit.show(
            'What the import would change',
            <Preview frame={visit.frame} text={text} planned={planned} />,
            {
              wide: true,
            },
          );
        } catch (thrown) {
          return start(visit, text, thrown);
        }
      },
      MOST_SENT,
    ),
    answer(
      '/configuration/import',
      'administrator',
      async (visit) => {
        const text = typed(visit.fields['text']);
        try {
          const { changes } = await visit.run(ops.import, { text, reason: visit.fields['reason'] });
          const names = changes.map(({ section }) => SECTION_WORDS[section].name).join(', ');
          const isPending = changes.some(({ state }) => state === 'pending');
          return visit.go(
            '/configuration',
            isPending ? `Waiting for another administrator: ${names}.` : `Taken over: ${names}.`,
          );
        } catch (thrown) {
          return start(visit, text, thrown);
        }
      },
      MOST_SENT,
    ),
  ];
};

/** A chosen file counts before what is in the field; a field with no file chosen is an empty file. */
function textOf({ fields }: Visit): string {
  const file = Buffer.from(fields['file'] ?? '', 'base64').toString('utf8');
  return typed(file === '' ? fields['text'] : file);
}

const Start = ({ frame, text, wrong }: { frame: Frame; text: string; wrong: unknown }): Html => (
  <>
    {wrong !== undefined && <Wrong thrown={wrong} />}
    <p>
      Takes a file that was exported here or at another installation. Sections that it does not have stay as
      they are, and <code>(kept)</code> keeps the secret of this installation. The next page shows what would
      change; nothing is done before.
    </p>
    <Form frame={frame} action="/configuration/import/preview" files>
      <Field id="file" label="File">
        <input id="file" name="file" type="file" accept=".yaml,.yml,.json,text/yaml,application/yaml" />
      </Field>
      <Field id="text" label="Or its text">
        <textarea id="text" name="text" class="code" rows={16} spellcheck={false} autocomplete="off">
          {`\n${text}`}
        </textarea>
      </Field>
      <button type="submit">Show what would change</button>
    </Form>
  </>
);

type Planned = Parameters<typeof WhatChanges>[0]['change'];

const Preview = ({
  frame,
  text,
  planned,
}: {
  frame: Frame;
  text: string;
  planned: readonly Planned[];
}): Html =>
  planned.length === 0 ? (
    <p>
      Nothing: the file says what counts already. <a href="/configuration">Back to the configuration</a>
    </p>
  ) : (
    <>
      {planned.map((each) => (
        <section aria-label={SECTION_WORDS[each.section].name}>
          <h2>{SECTION_WORDS[each.section].name}</h2>
          <WhatChanges change={each} />
        </section>
      ))}
      <Form frame={frame} action="/configuration/import" class="card">
        <input type="hidden" name="text" value={text} />
        <Reason id="reason" />
        <p class="row">
          <button type="submit">Take it over</button>
          <a href="/configuration">Leave everything as it is</a>
        </p>
      </Form>
    </>
  );
