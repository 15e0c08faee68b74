/** What was made of a case, to be looked at and downloaded. Names of files hold no patient data: no part of a UID of the patient's. */
import { z } from 'zod';
import { boundedEvents, type MadeObject, madeObjects } from '../catalogue/case-view.ts';
import type { Reports } from '../catalogue/reports.ts';
import { Fault } from '../fault.ts';
import { type CaseNeeds, caseOf } from '../pipeline/case-of.ts';
import type { InstanceFiles, Sql } from '../ports.ts';
import { type Preview, previewOf } from '../sr/preview.ts';
import { validatorOutput } from '../sr/validator-output.ts';
import { uid } from './fields.ts';
import { type Download, operation, type Subject } from './operation.ts';

export type FileNeeds = Readonly<{
  sql: Sql;
  world: CaseNeeds;
  reports: Reports;
  files: Pick<InstanceFiles, 'read'>;
  /** the pixels of a Secondary Capture of ours as PNG */
  pngOf: (part10: Uint8Array) => Uint8Array;
}>;

const ofCase = z.object({ StudyInstanceUID: uid });
const ofObject = z.object({ StudyInstanceUID: uid, SOPInstanceUID: uid });
type OfCase = z.infer<typeof ofCase>;
type OfObject = z.infer<typeof ofObject>;

const subject = ({ StudyInstanceUID }: OfCase): Subject => ({ kind: 'case', id: StudyInstanceUID });
const seen = { method: 'GET', role: 'viewer', changes: false, isAudited: true } as const;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The object itself, of that case and of no other; a rendition of a report of it as well. */
async function fileOf({ sql, files }: FileNeeds, { StudyInstanceUID, SOPInstanceUID }: OfObject) {
  const made = (await madeObjects(sql, StudyInstanceUID)).find(
    (each) => each.SOPInstanceUID === SOPInstanceUID,
  );
  if (made) return files.read(made.file);
  const [rendition] = await sql.query<{ file: string }>(
    'SELECT "file" FROM "rendition" WHERE "SOPInstanceUID" = $1 AND "StudyInstanceUID" = $2',
    [SOPInstanceUID, StudyInstanceUID],
  );
  if (!rendition) throw new Fault('INPUT_NOT_FOUND', 'the case has no object of this UID');
  return files.read(rendition.file);
}

/** With what the assertions say of it, line by line. */
type Previewed = Preview & Readonly<{ validator: string }>;
const PREVIEW = z.looseObject({
  isCut: z.boolean(),
  validator: z.string(),
}) as unknown as z.ZodType<Previewed>;

export function fileOperations(needs: FileNeeds) {
  return {
    preview: operation<OfObject, Previewed>({
      ...seen,
      id: 'reports.preview',
      path: '/cases/{StudyInstanceUID}/reports/{SOPInstanceUID}/preview',
      summary: 'A document just as it was sent, item by item.',
      input: ofObject,
      output: PREVIEW,
      subject,
      run: async (input) => {
        const bytes = await fileOf(needs, input);
        return { ...previewOf(bytes), validator: validatorOutput(bytes) };
      },
    }),
    download: operation<OfObject, Download>({
      ...seen,
      id: 'reports.download',
      path: '/cases/{StudyInstanceUID}/reports/{SOPInstanceUID}/object',
      summary: 'An object of the case as DICOM Part 10.',
      input: ofObject,
      output: { download: 'application/dicom' },
      subject,
      run: async (input) => download('application/dicom', 'object.dcm', await fileOf(needs, input)),
    }),
    validate: operation<OfObject, Download>({
      ...seen,
      id: 'reports.validate',
      path: '/cases/{StudyInstanceUID}/reports/{SOPInstanceUID}/validator',
      summary: 'What the assertions say of a document, line by line.',
      input: ofObject,
      output: { download: 'text/plain' },
      subject,
      run: async (input) =>
        download('text/plain', 'validator.txt', text(validatorOutput(await fileOf(needs, input)))),
    }),
    picture: operation<OfCase, Download>({
      ...seen,
      id: 'cases.picture',
      path: '/cases/{StudyInstanceUID}/picture',
      summary: 'The newest picture page of the case.',
      input: ofCase,
      output: { download: 'image/png' },
      subject,
      run: async ({ StudyInstanceUID }) => {
        const made = await madeObjects(needs.sql, StudyInstanceUID);
        const picture = made.find(({ kind }) => kind === 'picture');
        if (!picture) throw new Fault('INPUT_NOT_FOUND', 'the case has no picture page');
        return download('image/png', 'picture.png', needs.pngOf(await needs.files.read(picture.file)));
      },
    }),
    inputs: operation<OfCase, Download>({
      ...seen,
      id: 'cases.inputs',
      path: '/cases/{StudyInstanceUID}/inputs',
      summary: 'What the result rests on: measurements, decision and digests.',
      input: ofCase,
      output: { download: 'application/json' },
      subject,
      run: async (input) => download('application/json', 'inputs.json', text(await inputsOf(needs, input))),
    }),
  };
}

const download = (contentType: string, fileName: string, bytes: Uint8Array): Download => ({
  contentType,
  fileName,
  bytes,
});

/** A case is measured a few times a lesion; of more only the newest are here. */
const MOST_MEASUREMENTS = 40;

async function inputsOf({ sql, world, reports }: FileNeeds, { StudyInstanceUID }: OfCase): Promise<string> {
  const { decision, result, state, reasons, series } = await caseOf(world, StudyInstanceUID);
  const { events } = await boundedEvents(sql, StudyInstanceUID);
  const measured = events.flatMap(({ kind, detail }) =>
    kind === 'measured' ? [detail as MeasuredDetail] : [],
  );
  const byKey = new Map(measured.map((detail) => [detail.key, detail]));
  const measurements: unknown[] = [];
  for (const [key, { StudyInstanceUID: of, mask, region }] of [...byKey].slice(-MOST_MEASUREMENTS)) {
    const measurement = await reports.measurement<Readonly<{ header?: unknown }>>(key);
    const { header: _header, ...numbers } = measurement ?? {};
    measurements.push({ key, StudyInstanceUID: of, mask, region, ...numbers });
  }
  const made: readonly MadeObject[] = await madeObjects(sql, StudyInstanceUID);
  const digests = made.map(({ SOPInstanceUID, kind, digest, inputs }) => ({
    SOPInstanceUID,
    kind,
    digest,
    inputs,
  }));
  const all = { StudyInstanceUID, state, reasons, series, decision, result, measurements, objects: digests };
  return `${JSON.stringify(all, null, 2)}\n`;
}
type MeasuredDetail = Readonly<{ key: string; StudyInstanceUID: string; mask: string; region: number }>;
