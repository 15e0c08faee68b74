/** The administrator's pages and the API as one Hono application, which the HTTP server mounts. */

import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { AnyOperation } from '../../src/api/operation.ts';
import { Fault } from '../../src/fault.ts';
import type { Logins, Session } from '../../src/users/logins.ts';
import { type ApiNeeds, addApi } from './api.ts';
import type { Env, Front } from './env.ts';
import { addressOf, heard, refuseForged, say, securityHeaders, sessionCookie } from './guard.ts';
import { type Html, whole } from './html.ts';
import { placeOf, statusOf } from './http-status.ts';
import { type Frame, mayDo, Page } from './layout.tsx';
import { addLogin, type LoginNeeds } from './login.tsx';
import { isFromOurForm, isOfEarlierSession, offerAgain } from './resend.tsx';
import type { PageRoute, Visit } from './route.ts';
import { visible } from './shown.tsx';
import { BODY_PACE, wholeBody } from './whole-body.ts';

export type Assets = Readonly<{
  /** changes with the contents */
  version: string;
  files: Readonly<Record<string, Readonly<{ contentType: string; bytes: Uint8Array }>>>;
}>;

export type AdminNeeds = Omit<ApiNeeds, 'operations'> &
  LoginNeeds &
  Readonly<{
    operations: readonly AnyOperation[];
    pages: readonly PageRoute[];
    assets: Assets;
    front: Front;
    /** a page that was refused, for the audit trail */
    refused: (session: Session, fault: string) => Promise<void>;
  }>;

const MAX_FORM_BYTES = 2 ** 20;
const RETRY_SECONDS = 5;

export function adminApp(needs: AdminNeeds): Hono<Env> {
  const app = new Hono<Env>({ strict: false });
  app.use('*', (c, next) => {
    c.set('front', needs.front);
    return next();
  });
  app.use('*', securityHeaders);
  addAssets(app, needs.assets);
  addApi(app, needs);
  const frameOf = (c: Context<Env>, session?: Session): Frame => ({
    who: session && { name: session.actor.name, role: session.actor.role, form: session.form },
    said: heard(c),
    isLocked: needs.isLocked(),
    assets: needs.assets.version,
    here: new URL(c.req.url).pathname,
  });
  addLogin(app, needs, frameOf);
  for (const route of needs.pages) addPage(app, route, needs, frameOf);
  // What is thrown before or beside a page, such as by a catalogue that is away when the session is looked up.
  app.onError((thrown, c) => {
    const { fault, status } = statusOf(thrown);
    if (fault.code === 'INTERNAL') needs.log('page.failed', { page: c.req.routePath, at: placeOf(fault) });
    if (status === 503) c.header('Retry-After', String(RETRY_SECONDS));
    return c.html(whole(faultPage(frameOf(c), fault)), status);
  });
  return app;
}

function addAssets(app: Hono<Env>, { version, files }: Assets): void {
  app.get('/assets/:version/:name', (c) => {
    const name = c.req.param('name');
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!file) return c.text('Not found', 404);
    const isPresent = c.req.param('version') === version;
    return new Response(file.bytes as Uint8Array<ArrayBuffer>, {
      headers: {
        'Content-Type': file.contentType,
        'Cache-Control': isPresent ? 'public, max-age=31536000, immutable' : 'no-store',
      },
    });
  });
}

type FrameOf = (c: Context<Env>, session?: Session) => Frame;

function addPage(app: Hono<Env>, route: PageRoute, needs: AdminNeeds, frameOf: FrameOf): void {
  const limitOf = (maxSize: number) =>
    wholeBody(maxSize, needs.pace ?? BODY_PACE, (c, fault, status) =>
      c.html(whole(faultPage(frameOf(c), fault)), status),
    );
  const [small, large] = [limitOf(MAX_FORM_BYTES), limitOf(route.maxBytes ?? MAX_FORM_BYTES)];
  const sessions = new WeakMap<Context<Env>, Session>();
  /** Who sends is known before anything large is read. */
  const known: MiddlewareHandler<Env> = async (c, next) => {
    const session = await sessionOf(c, needs.logins);
    if (session) sessions.set(c, session);
    const may = session !== undefined && mayDo(session.actor.role, route.role);
    return (may ? large : small)(c, next);
  };
  app.on(route.method, route.path, known, async (c) => {
    const session = sessions.get(c);
    if (!session) return toLogin(c, frameOf);
    try {
      if (!mayDo(session.actor.role, route.role)) throw new Fault('FORBIDDEN', `it needs ${route.role}`);
      const { fields, lists } = await inputOf(c, route.method);
      if (isOfEarlierSession(c, fields['csrf'], session.form))
        return await offerAgain(c, frameOf(c, session));
      if (route.method === 'POST') refuseForged(c, fields['csrf'], session.form);
      return await route.handle(visitOf(c, session, fields, lists, needs, frameOf));
    } catch (thrown) {
      const { fault, status } = statusOf(thrown);
      await note(needs, route, session, fault);
      return c.html(whole(faultPage(frameOf(c, session), fault)), status);
    }
  });
}

async function note(needs: AdminNeeds, { path }: PageRoute, session: Session, fault: Fault): Promise<void> {
  const { code } = fault;
  if (code === 'INTERNAL') needs.log('page.failed', { page: path, at: placeOf(fault) });
  if (code === 'FORBIDDEN' || code === 'REQUEST_FORGED') await needs.refused(session, code);
}

async function sessionOf(c: Context<Env>, logins: Logins): Promise<Session | undefined> {
  const secret = sessionCookie(c);
  const isActive = c.req.header('x-live') === undefined;
  return secret === undefined ? undefined : logins.session(secret, addressOf(c), { isActive });
}

/** What was asked for is shown after the login; a form that was sent is not sent again by itself. */
function toLogin(c: Context<Env>, frameOf: FrameOf): Response | Promise<Response> {
  if (isFromOurForm(c)) return offerAgain(c, frameOf(c));
  if (c.req.header('x-fragment') !== undefined) return c.text('The session is over.', 401);
  const { pathname, search } = new URL(c.req.url);
  const next =
    c.req.method === 'GET' && pathname !== '/' ? `?next=${encodeURIComponent(pathname + search)}` : '';
  return c.redirect(`/login${next}`, 303);
}

type Inputs = Pick<Visit, 'fields' | 'lists'>;

/** A field that comes twice is a list, and its last value a field; a file is its bytes in base64. */
async function inputOf(c: Context<Env>, method: string): Promise<Inputs> {
  const given: Record<string, readonly string[]> = { ...c.req.queries() };
  if (method === 'POST') {
    for (const [name, values] of Object.entries(await c.req.parseBody({ all: true }))) {
      given[name] = await Promise.all([values].flat().map(textOf));
    }
  }
  for (const [name, value] of Object.entries(c.req.param() as Record<string, string>)) given[name] = [value];
  const fields = Object.fromEntries(
    Object.entries(given).map(([name, values]) => [name, values.at(-1) ?? '']),
  );
  return { fields, lists: given };
}

const textOf = async (value: string | File): Promise<string> =>
  typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer()).toString('base64');

function visitOf(
  c: Context<Env>,
  session: Session,
  fields: Visit['fields'],
  lists: Visit['lists'],
  needs: AdminNeeds,
  frameOf: FrameOf,
): Visit {
  const run: Visit['run'] = (operation, input) =>
    needs.perform(operation as AnyOperation, input, session.actor) as ReturnType<typeof operation.run>;
  const frame = frameOf(c, session);
  return {
    c,
    actor: session.actor,
    frame,
    show: (title, content, options) =>
      Promise.resolve(
        c.html(
          whole(
            <Page title={title} frame={frame} {...options}>
              {content}
            </Page>,
          ),
        ),
      ),
    fragment: (content) => Promise.resolve(c.html(content)),
    fields,
    lists,
    run,
    go: (path, said) => {
      if (said !== undefined) say(c, { kind: 'done', text: said });
      return c.redirect(path, 303);
    },
    sorry: (path, thrown) => {
      const { fault } = statusOf(thrown);
      if (fault.code === 'INTERNAL') needs.log('page.failed', { page: c.req.routePath, at: placeOf(fault) });
      say(c, { kind: 'failed', text: fault.message });
      return c.redirect(path, 303);
    },
  };
}

const faultPage = (frame: Frame, fault: Fault): Html => (
  <Page title="This did not work" frame={frame}>
    <p class="said failed" role="alert">
      {visible(fault.message, 1500)}
    </p>
    <p>
      <a href="/">To the worklist</a>
    </p>
  </Page>
);
