/** The first run: the checklist, and the test patient. */
import { z } from 'zod';
import { Fault } from '../fault.ts';
import { type Preview, previewOf } from '../sr/preview.ts';
import { type Download, operation } from './operation.ts';

const progressOutput = z.object({
  state: z.enum(['running', 'passed', 'failed']),
  startedAt: z.iso.datetime(),
  milliseconds: z.int(),
  author: z.string(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      state: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
      milliseconds: z.int().nullable(),
      text: z.string(),
    }),
  ),
});
type Progress = z.infer<typeof progressOutput>;

const itemOutput = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'unknown']),
  text: z.string(),
  remedy: z.string(),
});
type Item = z.infer<typeof itemOutput>;

/** Of any depth; the page and the API show it as it is. */
const PREVIEW = z.looseObject({ isCut: z.boolean() }) as unknown as z.ZodType<Preview>;

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;

export type SetupOperationNeeds = Readonly<{
  checklist(): Promise<readonly Item[]>;
  startSelfTest(author: string): Promise<Deep<Progress>>;
  selfTest(): Promise<Deep<Progress> | undefined>;
  /** the report that the last test patient got, in the form that the configuration prefers */
  testReport(): Promise<Uint8Array | undefined>;
}>;

/** Without the random Patient ID, which nobody needs. */
const told = ({ state, startedAt, milliseconds, author, steps }: Deep<Progress>): Progress => ({
  ...{ state, startedAt, milliseconds, author },
  steps: steps.map((step) => ({ ...step })),
});

const reportOf = async ({ testReport }: SetupOperationNeeds): Promise<Uint8Array> => {
  const bytes = await testReport();
  if (!bytes) throw new Fault('INPUT_NOT_FOUND', 'no test patient has got a report yet');
  return bytes;
};

/** The table of these operations. */
export const setupOperations = (needs: SetupOperationNeeds) =>
  ({
    checklist: operation({
      id: 'setup.checklist',
      method: 'GET',
      path: '/setup',
      role: 'administrator',
      changes: false,
      summary: 'What must be in order before a case can come through, each item with its reason',
      input: z.strictObject({}),
      output: z.array(itemOutput),
      run: async () => [...(await needs.checklist())],
    }),
    startTestPatient: operation({
      id: 'setup.startTestPatient',
      method: 'POST',
      path: '/setup/test-patient',
      role: 'administrator',
      changes: true,
      summary: 'Sends a test patient through the whole path, or tells of the one that is under way',
      input: z.strictObject({}),
      output: progressOutput,
      subject: () => ({ kind: 'system', id: 'test-patient' }),
      run: async (_input, actor) => told(await needs.startSelfTest(actor.name)),
    }),
    testPatient: operation({
      id: 'setup.testPatient',
      method: 'GET',
      path: '/setup/test-patient',
      role: 'administrator',
      changes: false,
      summary: 'How the test patient fares, or how the last one did; null: there was none',
      input: z.strictObject({}),
      output: progressOutput.nullable(),
      run: async () => {
        const progress = await needs.selfTest();
        return progress === undefined ? null : told(progress);
      },
    }),
    testReport: operation({
      id: 'setup.testReport',
      method: 'GET',
      path: '/setup/test-patient/report',
      role: 'administrator',
      changes: false,
      summary: 'The report that the last test patient got',
      input: z.strictObject({}),
      output: { download: 'application/dicom' },
      run: async (): Promise<Download> => ({
        contentType: 'application/dicom',
        fileName: 'earshot-test-report.dcm',
        bytes: await reportOf(needs),
      }),
    }),
    testReportPreview: operation({
      id: 'setup.testReportPreview',
      method: 'GET',
      path: '/setup/test-patient/report/preview',
      role: 'administrator',
      changes: false,
      summary: 'The same report item by item',
      input: z.strictObject({}),
      output: PREVIEW,
      run: async (): Promise<Preview> => previewOf(await reportOf(needs)),
    }),
  }) as const;
