/** What a page is: one entry of a table, so that nobody gets to one that the table does not open to the role. */
import type { Context } from 'hono';
import type { Actor, Operation, Role } from '../../src/api/operation.ts';
import type { Env } from './env.ts';
import type { Html } from './html.ts';
import type { Frame } from './layout.tsx';

/** One request for a page by somebody who may see it. */
export type Visit = Readonly<{
  c: Context<Env>;
  actor: Actor;
  /** for `Form` and what else depends on who looks */
  frame: Frame;
  /** A whole page. The title never has patient data. */
  show: (title: string, content: Html, options?: Readonly<{ wide?: boolean }>) => Promise<Response>;
  /** A part of a page, for what is live. */
  fragment: (content: Html) => Promise<Response>;
  /** Parameters of path and query; of forms, the fields. A file is its bytes in base64. */
  fields: Readonly<Record<string, string>>;
  /** Fields that may come several times. */
  lists: Readonly<Record<string, readonly string[]>>;
  /** Runs an operation as this person. */
  run: <Input, Output>(operation: Operation<Input, Output>, input: unknown) => Promise<Output>;
  /** Goes on to another page, with a sentence that is shown there once. */
  go: (path: string, said?: string) => Response;
  /** The same page again, with what is wrong. */
  sorry: (path: string, thrown: unknown) => Response;
}>;

export type PageRoute = Readonly<{
  method: 'GET' | 'POST';
  path: string;
  /** the least role that may */
  role: Role;
  /** largest body of a form; default 1 MiB */
  maxBytes?: number;
  handle: (visit: Visit) => Promise<Response> | Response;
}>;

export const page = (path: string, role: Role, handle: PageRoute['handle']): PageRoute => ({
  method: 'GET',
  path,
  role,
  handle,
});

/** What answers something that is sent with a page of its own. */
export const answer = (
  path: string,
  role: Role,
  handle: PageRoute['handle'],
  maxBytes?: number,
): PageRoute => ({
  method: 'POST',
  path,
  role,
  ...(maxBytes === undefined ? {} : { maxBytes }),
  handle,
});

/** A form: what goes wrong is shown on the page at `back`, and what went well too. */
export const form = (
  path: string,
  role: Role,
  back: string | ((visit: Visit) => string),
  act: (visit: Visit) => Promise<Response | string | undefined>,
  maxBytes?: number,
): PageRoute =>
  answer(
    path,
    role,
    async (visit) => {
      const place = typeof back === 'string' ? back : back(visit);
      try {
        const done = await act(visit);
        return done instanceof Response ? done : visit.go(place, done);
      } catch (thrown) {
        return visit.sorry(place, thrown);
      }
    },
    maxBytes,
  );
