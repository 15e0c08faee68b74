/** What can be asked of a running Earshot, in the browser and under `/api` alike: one table entry an operation. */
import type { z } from 'zod';

/** Each may do what the one before it may. */
export const ROLES = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** True when a `role` includes what `needed` may do. */
export const includesRole = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Who asks. `name` stands in the audit trail and with every change. */
export type Actor = Readonly<{
  name: string;
  role: Role;
  via: 'browser' | 'token';
  /** remote address, as the socket says */
  address: string;
}>;

/** Bytes instead of JSON, as an answer. */
export type Download = Readonly<{ contentType: string; fileName: string; bytes: Uint8Array }>;

/** Which object an operation is about, for the audit trail. No names of patients. */
export type Subject = Readonly<{
  kind:
    | 'case'
    | 'patient'
    | 'node'
    | 'rule'
    | 'model'
    | 'user'
    | 'token'
    | 'configuration'
    | 'report'
    | 'system';
  id: string;
}>;

/**
 * One operation. Parameters of path, query string (GET) and JSON body (POST, PUT) come as one flat `input`; in a query
 * string everything is text, so numbers there are `z.coerce.number()`. Removing is a POST: its reason belongs in no address.
 */
export type Operation<Input = unknown, Output = unknown> = Readonly<{
  /** `area.verb`: its name in the audit trail and its operationId */
  id: string;
  method: 'GET' | 'POST' | 'PUT';
  /** below `/api`, parameters in braces: `/nodes/{name}` */
  path: string;
  /** the least role that may */
  role: Role;
  /** false: it looks, and goes on when changes are locked (`admin.locked`) */
  changes: boolean;
  summary: string;
  input: z.ZodType<Input>;
  /** the answer, or the media type of a Download */
  output: z.ZodType<Output> | Readonly<{ download: string }>;
  /** largest body; default 4 MiB */
  maxBytes?: number;
  /** Several: each has a line of its own. */
  subject?: (input: Input) => Subject | readonly Subject[];
  /** Absent: it is not worth a line of the audit trail (a look at counts that shows no patient). */
  isAudited?: boolean;
  /** Throws Faults: INPUT_NOT_FOUND for what is not there. */
  run: (input: Input, actor: Actor) => Promise<Output>;
}>;

/** Infers input and output from the schemas. */
export const operation = <Input, Output>(entry: Operation<Input, Output>): Operation<Input, Output> => entry;

/** Of a table of operations, whatever they take. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds operations of any input and output
export type AnyOperation = Operation<any, any>;
