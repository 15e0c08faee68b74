/** Every operation under `/api`, for tokens and for browsers that are logged in. */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Actor, AnyOperation, Download } from '../../src/api/operation.ts';
import { Fault } from '../../src/fault.ts';
import type { Logins } from '../../src/users/logins.ts';
import type { Env } from './env.ts';
import { addressOf, refuseForged, sessionCookie } from './guard.ts';
import { placeOf, statusOf } from './http-status.ts';
import { mayDo } from './layout.tsx';
import { BODY_PACE, type BodyPace, wholeBody } from './whole-body.ts';

export type ApiNeeds = Readonly<{
  operations: readonly AnyOperation[];
  logins: Logins;
  perform: (operation: AnyOperation, input: unknown, actor: Actor) => Promise<unknown>;
  openApi: () => unknown;
  /** how long a body may take; default 30 seconds and more for a large one */
  pace?: BodyPace;
  log: (event: string, fields: Readonly<Record<string, string>>) => void;
}>;

const MAX_BODY_BYTES = 4 * 2 ** 20;

export function addApi(app: Hono<Env>, needs: ApiNeeds): void {
  const callers = new WeakMap<Context<Env>, Actor>();
  /** Who calls is known before anything of the body is read. */
  const known = (operation: AnyOperation): MiddlewareHandler<Env> => {
    const limit = wholeBody(
      operation.maxBytes ?? MAX_BODY_BYTES,
      needs.pace ?? BODY_PACE,
      (c, { code, message, detail }, status) => c.json({ code, message, detail }, status),
    );
    return async (c, next) => {
      try {
        const actor = await callerOf(c, needs.logins);
        callers.set(c, actor);
        // Refused, and told, without its body.
        if (!mayDo(actor.role, operation.role)) await needs.perform(operation, {}, actor);
      } catch (thrown) {
        return failed(c, thrown, needs, operation.id);
      }
      return limit(c, next);
    };
  };
  const handle = async (c: Context<Env>, operation: AnyOperation): Promise<Response> => {
    try {
      const actor = callers.get(c);
      if (!actor) throw new Fault('UNAUTHORISED');
      const answer = await needs.perform(operation, await inputOf(c, operation), actor);
      return 'download' in operation.output ? downloaded(answer as Download) : c.json(answer ?? {});
    } catch (thrown) {
      return failed(c, thrown, needs, operation.id);
    }
  };
  for (const operation of needs.operations) {
    const path = `/api${operation.path.replace(/\{(\w+)\}/g, ':$1')}`;
    app.on(operation.method, path, known(operation), (c) => handle(c, operation));
  }
  app.get('/api/openapi.json', async (c) => {
    try {
      await callerOf(c, needs.logins);
      return c.json(needs.openApi());
    } catch (thrown) {
      return failed(c, thrown, needs, 'openapi');
    }
  });
  app.all('/api/*', (c) => c.json({ code: 'INPUT_NOT_FOUND', message: 'There is no such operation.' }, 404));
}

/** Who calls: a token, or a session whose form secret comes in the header X-CSRF-Token with what changes. */
async function callerOf(c: Context<Env>, logins: Logins): Promise<Actor> {
  const address = addressOf(c);
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const [, secret = ''] = /^bearer +(\S+)\s*$/i.exec(header) ?? [];
    const actor = await logins.token(secret, address);
    if (!actor) throw new Fault('UNAUTHORISED', 'the token is not known or has expired');
    return actor;
  }
  const secret = sessionCookie(c);
  const session = secret === undefined ? undefined : await logins.session(secret, address);
  if (!session) throw new Fault('UNAUTHORISED', 'log in, or send a token');
  if (c.req.method !== 'GET') refuseForged(c, c.req.header('x-csrf-token'), session.form);
  return session.actor;
}

async function inputOf(c: Context<Env>, { method }: AnyOperation): Promise<unknown> {
  const path = c.req.param() as Record<string, string>;
  if (method === 'GET') return { ...queryOf(c), ...path };
  const text = await c.req.text();
  if (text === '') return path;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Fault('INPUT_INVALID', 'the body is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Fault('INPUT_INVALID', 'the body is not a JSON object');
  return { ...body, ...path };
}

/** What comes several times is a list. */
function queryOf(c: Context<Env>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] ?? '') : values,
    ]),
  );
}

/** Never shown in the page: a report is no page of ours. */
export const downloaded = ({ contentType, fileName, bytes }: Download): Response =>
  new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      'Content-Type': contentType,
      'Content-Disposition': `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, '_')}"`,
    },
  });

function failed(c: Context<Env>, thrown: unknown, { log }: ApiNeeds, id: string): Response {
  const { fault, status } = statusOf(thrown);
  if (fault.code === 'INTERNAL') log('api.failed', { operation: id, at: placeOf(fault) });
  if (status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.json({ code: fault.code, message: fault.message, detail: fault.detail }, status);
}
