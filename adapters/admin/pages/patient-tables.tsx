/** Tables about patients: given, looked at, and put into effect as they were looked at. */
import type { PatientOperations } from '../../../src/api/patient-operations.ts';
import type { PatientTableOperations } from '../../../src/api/patient-table-operations.ts';
import { asFault } from '../../../src/fault.ts';
import type { Html } from '../html.ts';
import { Field, Form, type Frame, Reason } from '../layout.tsx';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { oneRow, TABLE_BYTES, tableIn } from './csv-field.ts';
import { CorrectionPreview, ImportPreview, MergePreview } from './patient-previews.tsx';
import { CORRECT, IMPORT, MERGE, OneCorrection, OneMerge, type TableKind } from './patient-table-kinds.tsx';

type Operations = PatientOperations & PatientTableOperations;
/** `changes`: how many; none can be put into effect. */
type Preview = Readonly<{ digest: string; changes: number; content: Html }>;
type Ways = Readonly<{
  kind: TableKind;
  /** the form for one row, filled in from the address */
  one?: (visit: Visit) => Promise<Html>;
  look: (run: Visit['run'], csv: string) => Promise<Preview>;
  apply: (run: Visit['run'], input: unknown) => Promise<string>;
}>;

export const patientTablePages = (patients: Operations): PageRoute[] =>
  [importing(patients), merging(patients), correcting(patients)].flatMap(routesOf);

const importing = (patients: Operations): Ways => ({
  kind: IMPORT,
  look: async (run, csv) => {
    const preview = await run(patients.previewImport, { csv });
    const changes = preview.added.length + preview.changed.length;
    return { digest: preview.digest, changes, content: <ImportPreview {...preview} /> };
  },
  apply: async (run, input) => {
    const { changed } = await run(patients.import, input);
    return `${changed} ${changed === 1 ? 'record is' : 'records are'} kept; the cases of these patients are looked at again.`;
  },
});

const merging = (patients: Operations): Ways => ({
  kind: MERGE,
  one: async ({ run, fields }) => {
    const { from } = fields;
    const old = from ? await run(patients.read, { key: from }) : undefined;
    return <OneMerge PatientID={old?.PatientID ?? ''} IssuerOfPatientID={old?.IssuerOfPatientID ?? ''} />;
  },
  look: async (run, csv) => {
    const preview = await run(patients.previewMerge, { csv });
    // A merge of identities of which nothing is here counts for what comes later.
    return { digest: preview.digest, changes: 1, content: <MergePreview {...preview} /> };
  },
  apply: async (run, input) => {
    const { changed } = await run(patients.merge, input);
    return `The identities are merged; ${changed} ${changed === 1 ? 'study is' : 'studies are'} looked at again.`;
  },
});

const correcting = (patients: Operations): Ways => ({
  kind: CORRECT,
  one: async ({ fields }) => <OneCorrection study={fields['study'] ?? ''} />,
  look: async (run, csv) => {
    const preview = await run(patients.previewCorrection, { csv });
    return {
      digest: preview.digest,
      changes: preview.studies.length,
      content: <CorrectionPreview {...preview} />,
    };
  },
  apply: async (run, input) => {
    const { changed } = await run(patients.correct, input);
    return `${changed} ${changed === 1 ? 'study is' : 'studies are'} corrected and looked at again.`;
  },
});

const routesOf = (ways: Ways): PageRoute[] => {
  const { path, template, fileName, columns } = ways.kind;
  const posted = (below: string, handle: PageRoute['handle']): PageRoute =>
    answer(`${path}${below}`, 'operator', handle, TABLE_BYTES);
  return [
    page(path, 'operator', (visit) => asking(ways, visit)),
    page(`${path}/template`, 'operator', ({ c }) =>
      c.body(template, 200, {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': `attachment; filename="${fileName}"`,
      }),
    ),
    posted('/preview', (visit) => looking(ways, visit, () => tableIn(visit.fields))),
    posted('/one', (visit) => looking(ways, visit, () => oneRow(columns, visit.fields))),
    posted('', async (visit) => {
      const { fields, run, go } = visit;
      const { csv, reason, previewDigest } = fields;
      try {
        return go('/patients', await ways.apply(run, { csv, reason, previewDigest }));
      } catch (thrown) {
        return asking(ways, visit, { thrown, csv: csv ?? '' });
      }
    }),
  ];
};

async function looking(ways: Ways, visit: Visit, tableOf: () => string): Promise<Response> {
  let csv = visit.fields['csv'] ?? '';
  try {
    csv = tableOf();
    const { digest, changes, content } = await ways.look(visit.run, csv);
    return visit.show(
      ways.kind.previewTitle,
      <>
        <p class="note">Nothing is changed yet.</p>
        {content}
        {changes > 0 && <Confirm frame={visit.frame} kind={ways.kind} csv={csv} digest={digest} />}
        <p>
          <a href={ways.kind.path}>Start again with another table</a>
        </p>
      </>,
    );
  } catch (thrown) {
    return asking(ways, visit, { thrown, csv });
  }
}

const Confirm = ({
  frame,
  kind,
  csv,
  digest,
}: {
  frame: Frame;
  kind: TableKind;
  csv: string;
  digest: string;
}) => (
  <section class="card" aria-labelledby="confirm">
    <h2 id="confirm">{kind.confirm}</h2>
    <p>{kind.warning}</p>
    <Form frame={frame} action={kind.path}>
      <input type="hidden" name="csv" value={csv} />
      <input type="hidden" name="previewDigest" value={digest} />
      <Reason id="reason" />
      <button type="submit">{kind.confirm}</button>
    </Form>
  </section>
);

/** The table that could not be read stays to be corrected. */
async function asking(
  { kind, one }: Ways,
  visit: Visit,
  failed?: Readonly<{ thrown: unknown; csv: string }>,
): Promise<Response> {
  const { frame, show } = visit;
  return show(
    kind.title,
    <>
      {failed && <Problems thrown={failed.thrown} />}
      <p>{kind.about}</p>
      <div class={one ? 'cards' : undefined}>
        {one && (
          <section class="card" aria-labelledby="one">
            <h2 id="one">{kind.oneTitle}</h2>
            <Form frame={frame} action={`${kind.path}/one`}>
              {await one(visit)}
              <button type="submit">Show what would change</button>
            </Form>
          </section>
        )}
        <Given frame={frame} kind={kind} csv={failed?.csv ?? ''} />
      </div>
    </>,
  );
}

const Given = ({ frame, kind, csv }: { frame: Frame; kind: TableKind; csv: string }) => (
  <section class="card" aria-labelledby="table">
    <h2 id="table">A table</h2>
    <p>
      CSV in UTF-8, with comma or semicolon. Columns:{' '}
      {kind.columns.map((name, at) => [at > 0 && ', ', <code>{name}</code>])}. {kind.columnsSaid}{' '}
      <a href={`${kind.path}/template`}>Download an example ({kind.fileName})</a>
    </p>
    <Form frame={frame} action={`${kind.path}/preview`} files>
      <Field id="file" label="CSV file">
        <input id="file" name="file" type="file" accept=".csv,text/csv" />
      </Field>
      <Field id="csv" label="or paste it here">
        <textarea
          id="csv"
          name="csv"
          class="code short"
          rows={8}
          spellcheck={false}
          placeholder={kind.template}
        >
          {csv === '' ? '' : `\n${csv}`}
        </textarea>
      </Field>
      <button type="submit">Show what would change</button>
    </Form>
  </section>
);

/** Each with its row, where the fault names rows. */
const Problems = ({ thrown }: { thrown: unknown }) => {
  const fault = asFault(thrown);
  const problems = fault.code === 'TABLE_INVALID' ? fault.detail.split('; ') : [fault.message];
  return (
    <div class="said failed" role="alert">
      <strong>Not done. Nothing was changed.</strong>
      <ul>
        {problems.map((problem) => (
          <li>{problem}</li>
        ))}
      </ul>
    </div>
  );
};
