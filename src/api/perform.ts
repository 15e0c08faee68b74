import { asFault, Fault } from '../fault.ts';
import { type Actor, type AnyOperation, includesRole, type Operation, type Subject } from './operation.ts';

/** One line of the audit trail: who did or saw what, and what came of it. */
export type AuditLine = Readonly<{
  actor: string;
  role: string;
  via: string;
  address: string;
  /** id of the operation */
  action: string;
  outcome: 'done' | 'refused' | 'failed';
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
}>;

/**
 * The one way to an operation: role, lock, input, run, audit trail, in this order. What was done without a line in the trail did
 * not happen: when the line cannot be written, the answer is that fault.
 * Faults: FORBIDDEN, ADMIN_LOCKED, INPUT_INVALID, and those of the operation.
 */
export async function perform<Input, Output>(
  gate: Gate,
  operation: Operation<Input, Output>,
  raw: unknown,
  actor: Actor,
): Promise<Output> {
  let input: Input | undefined;
  try {
    if (!includesRole(actor.role, operation.role)) throw new Fault('FORBIDDEN', `it needs ${operation.role}`);
    if (operation.changes && gate.isLocked()) throw new Fault('ADMIN_LOCKED');
    input = parsed(operation, raw);
    const output = await operation.run(input, actor);
    await note(gate, operation, actor, { outcome: 'done' }, input);
    return output;
  } catch (thrown) {
    const fault = asFault(thrown);
    const outcome = fault.code === 'FORBIDDEN' || fault.code === 'ADMIN_LOCKED' ? 'refused' : 'failed';
    await note(gate, operation, actor, { outcome, fault: fault.code }, input);
    throw fault;
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

async function note<Input>(
  gate: Gate,
  operation: Operation<Input, never> | AnyOperation,
  { name, role, via, address }: Actor,
  what: Pick<AuditLine, 'outcome' | 'fault'>,
  input: Input | undefined,
): Promise<void> {
  if (!operation.changes && !operation.isAudited && what.outcome === 'done') return;
  const reason = (input as { reason?: unknown } | undefined)?.reason;
  const line = {
    actor: name,
    role,
    via,
    address,
    action: operation.id,
    ...what,
    ...(isLook(operation) && what.outcome === 'done' ? { isLook: true } : {}),
    reason: typeof reason === 'string' ? reason : undefined,
  };
  for (const subject of subjectsOf(operation, input)) await gate.audit({ ...line, subject });
}

/** There is a line also of what is about nothing. */
function subjectsOf<Input>(
  operation: Operation<Input, never> | AnyOperation,
  input: Input | undefined,
): readonly (Subject | undefined)[] {
  const found = input === undefined ? [] : [operation.subject?.(input) ?? []].flat();
  return found.length > 0 ? found : [undefined];
}
