import { asFault, Fault } from '../fault.ts';
import { type Actor, type AnyOperation, includesRole, type Operation, type Subject } from './operation.ts';

/** unknown: the service ended, or the database failed, between the beginning of a change and its line. */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed', 'unknown'] as const;
type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One line of the audit trail: who did or saw what, and what came of it. */
export type AuditLine = Readonly<{
  actor: string;
  role: string;
  via: string;
  address: string;
  /** id of the operation */
  action: string;
  outcome: AuditOutcome;
  subject?: Subject | undefined;
  /** what the person gave as reason */
  reason?: string | undefined;
  /** code of the fault */
  fault?: string | undefined;
  /** it changed nothing, and was done */
  isLook?: boolean;
}>;

/** What every operation passes on its way. */
export type Gate = Readonly<{
  isLocked: () => boolean;
  audit: (line: AuditLine) => Promise<void>;
  /** Resolves when it is durable that this is about to be done; the answer tells what came of it, in place of `unknown`. */
  begin: (lines: readonly AuditLine[]) => Promise<(lines: readonly AuditLine[]) => Promise<void>>;
}>;

type Came = Pick<AuditLine, 'outcome' | 'fault'>;

/**
 * The one way to an operation: role, lock, input, audit trail, run, audit trail, in this order. Nothing is changed that the trail
 * has not heard of before, and when it cannot hear what came of it, the answer is that fault.
 * Faults: FORBIDDEN, ADMIN_LOCKED, INPUT_INVALID, AUDIT_NOT_WRITTEN, and those of the operation.
 */
export async function perform<Input, Output>(
  gate: Gate,
  operation: Operation<Input, Output>,
  raw: unknown,
  actor: Actor,
): Promise<Output> {
  let input: Input;
  try {
    if (!includesRole(actor.role, operation.role)) throw new Fault('FORBIDDEN', `it needs ${operation.role}`);
    if (operation.changes && gate.isLocked()) throw new Fault('ADMIN_LOCKED');
    input = parsed(operation, raw);
  } catch (thrown) {
    const lines = linesOf(operation, actor, cameOf(thrown), undefined);
    for (const line of lines) await gate.audit(line);
    throw thrown;
  }
  const tell = await telling(gate, operation, actor, input);
  return toldAfter(tell, () => operation.run(input, actor));
}

/**
 * A change that is no operation, told before and after as one is. `lineOf` is asked both times: who did it may only have an account
 * after it. Faults: AUDIT_NOT_WRITTEN, and those of the task.
 */
export async function toldChange<T>(
  gate: Pick<Gate, 'begin'>,
  lineOf: () => Promise<Omit<AuditLine, 'outcome'>>,
  task: () => Promise<T>,
): Promise<T> {
  const settle = await begun(gate, [{ ...(await lineOf()), outcome: 'unknown' }]);
  return toldAfter(async (came) => settle([{ ...(await lineOf()), ...came }]), task);
}

/** Runs it, and tells what came of it: also of what fails, whose fault is thrown. */
async function toldAfter<T>(tell: (came: Came) => Promise<void>, task: () => Promise<T>): Promise<T> {
  let made: T;
  try {
    made = await task();
  } catch (thrown) {
    await tell(cameOf(thrown));
    throw asFault(thrown);
  }
  await tell({ outcome: 'done' });
  return made;
}

/** What is to be told of a fault. */
function cameOf(thrown: unknown): Came {
  const { code } = asFault(thrown);
  return { outcome: code === 'FORBIDDEN' || code === 'ADMIN_LOCKED' ? 'refused' : 'failed', fault: code };
}

/** A change is told before it is made. Faults: AUDIT_NOT_WRITTEN. */
async function telling<Input, Output>(
  gate: Gate,
  operation: Operation<Input, Output>,
  actor: Actor,
  input: Input,
): Promise<(came: Came) => Promise<void>> {
  if (!operation.changes)
    return async (came) => {
      if (!operation.isAudited && came.outcome === 'done') return;
      for (const line of linesOf(operation, actor, came, input)) await gate.audit(line);
    };
  const settle = await begun(gate, linesOf(operation, actor, { outcome: 'unknown' }, input));
  return (came) => settle(linesOf(operation, actor, came, input));
}

/** Faults: AUDIT_NOT_WRITTEN. */
async function begun(gate: Pick<Gate, 'begin'>, lines: readonly AuditLine[]): ReturnType<Gate['begin']> {
  try {
    return await gate.begin(lines);
  } catch (thrown) {
    throw new Fault('AUDIT_NOT_WRITTEN', asFault(thrown).code, { cause: thrown });
  }
}

function parsed<Input>(operation: Operation<Input, unknown>, raw: unknown): Input {
  const found = operation.input.safeParse(raw);
  if (found.success) return found.data;
  // The message of an issue tells what is wanted, never what was given.
  const problems = found.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new Fault('INPUT_INVALID', problems.slice(0, 20).join('; '));
}

/** What is taken away as a file is told each time. */
const isLook = ({ changes, output }: AnyOperation): boolean => !changes && !('download' in output);

function linesOf<Input>(
  operation: Operation<Input, never> | AnyOperation,
  { name, role, via, address }: Actor,
  came: Came,
  input: Input | undefined,
): AuditLine[] {
  const reason = (input as { reason?: unknown } | undefined)?.reason;
  return subjectsOf(operation, input).map((subject) => ({
    actor: name,
    role,
    via,
    address,
    action: operation.id,
    ...came,
    ...(isLook(operation) && came.outcome === 'done' ? { isLook: true } : {}),
    reason: typeof reason === 'string' ? reason : undefined,
    subject,
  }));
}

/** There is a line also of what is about nothing. */
function subjectsOf<Input>(
  operation: Operation<Input, never> | AnyOperation,
  input: Input | undefined,
): readonly (Subject | undefined)[] {
  const found = input === undefined ? [] : [operation.subject?.(input) ?? []].flat();
  return found.length > 0 ? found : [undefined];
}
