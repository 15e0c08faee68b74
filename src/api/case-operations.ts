/** Cases to look at: the worklist, a case, what was sent of it; and having many of them tried again. */
import { z } from 'zod';
import type { StateCount, Worklist, WorklistPage } from '../catalogue/worklist.ts';
import { WORKLIST_SORTS } from '../catalogue/worklist-query.ts';
import { asFault } from '../fault.ts';
import { type CaseNeeds, type CaseView, caseOf } from '../pipeline/case-of.ts';
import { type CasePulse, pulseOf } from '../pipeline/case-standing.ts';
import { STUDY_STATES } from '../study/lifecycle.ts';
import { type FileNeeds, fileOperations } from './case-files.ts';
import { moment, uid } from './fields.ts';
import { operation } from './operation.ts';

export type CaseOperationNeeds = FileNeeds &
  Readonly<{
    list: Worklist;
    world: CaseNeeds;
    /** names and AE titles that a node goes by */
    namesOf: (node: string) => readonly string[];
    /** Has one case tried again; what was done, in a sentence. Throws a Fault when it cannot be. */
    retryCase: (
      StudyInstanceUID: string,
      by: Readonly<{ author: string; reason: string }>,
    ) => Promise<string>;
  }>;

const dayField = z.string().regex(/^\d{8}$/, 'a day as YYYYMMDD');
const trueField = z.enum(['true', 'false']).transform((value) => value === 'true');

const listed = z
  .string()
  .max(400)
  .transform((value) => value.split(',').filter(Boolean))
  .pipe(z.array(z.enum(STUDY_STATES)));

/** Of a query string: nothing in it says who a patient is. */
const filters = {
  states: listed.optional().describe('states, parted by commas'),
  reason: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{1,60}$/, 'the code of a reason')
    .optional(),
  node: z.string().min(1).max(64).optional().describe('name of a node'),
  from: dayField.optional(),
  to: dayField.optional(),
  hideTestPatients: trueField.optional(),
  sort: z.enum(WORKLIST_SORTS).optional(),
  after: z.string().max(200).optional(),
};
const listInput = z.object(filters);
const searchInput = z.object({
  ...filters,
  states: z.array(z.enum(STUDY_STATES)).optional(),
  hideTestPatients: z.boolean().optional(),
  text: z.string().max(64).optional().describe('beginning of a Patient ID, or a StudyInstanceUID'),
});

/** Dates as text: what JSON makes of an answer. */
type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Each)[]
    ? readonly Plain<Each>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;
const plain = <T>(value: T): Plain<T> => JSON.parse(JSON.stringify(value)) as Plain<T>;

const reasonSchema = z.object({ code: z.string(), text: z.string() });
const rowSchema = z.looseObject({
  StudyInstanceUID: z.string(),
  PatientID: z.string(),
  IssuerOfPatientID: z.string(),
  StudyDate: z.string(),
  state: z.enum(STUDY_STATES),
  reason: reasonSchema.nullable(),
  since: moment,
  lastReceivedAt: moment,
});
const pageSchema = z.object({
  rows: z.array(rowSchema),
  after: z.string().nullable(),
}) as unknown as z.ZodType<Plain<WorklistPage>>;
const countsSchema = z.object({
  states: z.array(z.object({ state: z.enum(STUDY_STATES), count: z.number(), oldest: moment.nullable() })),
}) as unknown as z.ZodType<Plain<Readonly<{ states: readonly StateCount[] }>>>;
const caseSchema = z.looseObject({
  identity: z.looseObject({ StudyInstanceUID: z.string() }),
  state: z.enum(STUDY_STATES),
  reasons: z.array(reasonSchema),
  since: moment,
}) as unknown as z.ZodType<Plain<CaseView>>;

const pulseSchema = z.looseObject({
  state: z.enum(STUDY_STATES),
  reasons: z.array(reasonSchema),
  since: moment,
}) as unknown as z.ZodType<Plain<CasePulse>>;

const MOST_RETRIED = 500;

export function caseOperations(needs: CaseOperationNeeds) {
  const page = async (query: Omit<z.infer<typeof searchInput>, 'text'> & { text?: string | undefined }) => {
    const { node, ...filter } = query;
    return plain(
      await needs.list.page({
        ...filter,
        sort: filter.sort ?? 'oldest',
        node: node === undefined ? undefined : [node, ...needs.namesOf(node)],
      }),
    );
  };
  return {
    list: operation({
      id: 'cases.list',
      method: 'GET',
      path: '/cases',
      role: 'viewer',
      changes: false,
      summary: 'One page of the worklist.',
      input: listInput,
      output: pageSchema,
      isAudited: true,
      run: page,
    }),
    search: operation({
      id: 'cases.search',
      method: 'POST',
      path: '/cases/search',
      role: 'viewer',
      changes: false,
      summary: 'One page of the worklist, also by Patient ID: in the body, so that no patient is in a URL.',
      input: searchInput,
      output: pageSchema,
      isAudited: true,
      run: page,
    }),
    count: operation({
      id: 'cases.count',
      method: 'GET',
      path: '/cases/counts',
      role: 'viewer',
      changes: false,
      summary: 'How many cases are in each state, and since when the oldest.',
      input: z.object({ hideTestPatients: trueField.optional() }),
      output: countsSchema,
      run: async ({ hideTestPatients = true }) =>
        plain({ states: await needs.list.counts(hideTestPatients) }),
    }),
    view: operation({
      id: 'cases.view',
      method: 'GET',
      path: '/cases/{StudyInstanceUID}',
      role: 'viewer',
      changes: false,
      summary: 'A case with its story, its decision, its results and its deliveries.',
      input: z.object({ StudyInstanceUID: uid }),
      output: caseSchema,
      subject: ({ StudyInstanceUID }) => ({ kind: 'case', id: StudyInstanceUID }),
      isAudited: true,
      run: async ({ StudyInstanceUID }) => plain(await caseOf(needs.world, StudyInstanceUID)),
    }),
    pulse: operation({
      id: 'cases.pulse',
      method: 'GET',
      path: '/cases/{StudyInstanceUID}/pulse',
      role: 'viewer',
      changes: false,
      summary: 'Where a case stands and what happened last, to be asked for while it is on its way.',
      input: z.object({ StudyInstanceUID: uid }),
      output: pulseSchema,
      subject: ({ StudyInstanceUID }) => ({ kind: 'case', id: StudyInstanceUID }),
      run: async ({ StudyInstanceUID }) => plain(await pulseOf(needs.world, StudyInstanceUID)),
    }),
    ...fileOperations(needs),
    retryMany: retryOperation(needs),
  };
}

const retryOperation = ({ retryCase }: CaseOperationNeeds) =>
  operation({
    id: 'cases.retryMany',
    method: 'POST',
    path: '/cases/retry',
    role: 'operator',
    changes: true,
    summary: 'Has many cases tried again; what became of each.',
    input: z.object({
      StudyInstanceUIDs: z.array(uid).min(1).max(MOST_RETRIED),
      reason: z.string().trim().min(1, 'a reason').max(1000),
    }),
    output: z.object({
      cases: z.array(
        z.object({ StudyInstanceUID: z.string(), done: z.string().nullable(), fault: z.string().nullable() }),
      ),
    }),
    subject: ({ StudyInstanceUIDs }) =>
      [...new Set(StudyInstanceUIDs)].map((id) => ({ kind: 'case', id }) as const),
    run: async ({ StudyInstanceUIDs, reason }, { name }) => {
      const cases: { StudyInstanceUID: string; done: string | null; fault: string | null }[] = [];
      for (const StudyInstanceUID of new Set(StudyInstanceUIDs)) {
        try {
          const done = await retryCase(StudyInstanceUID, { author: name, reason });
          cases.push({ StudyInstanceUID, done, fault: null });
        } catch (thrown) {
          // One case that cannot be tried again keeps no other from it.
          cases.push({ StudyInstanceUID, done: null, fault: asFault(thrown).code });
        }
      }
      return { cases };
    },
  });
