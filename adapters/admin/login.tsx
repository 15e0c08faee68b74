/** Getting in and out: the only pages for people who are not logged in. */

import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Actor } from '../../src/api/operation.ts';
import { Fault } from '../../src/fault.ts';
import type { Logins, Provided, Session } from '../../src/users/logins.ts';
import type { Env } from './env.ts';
import {
  addressOf,
  browserCookie,
  dropSessionCookie,
  refuseForeign,
  refuseForged,
  say,
  sessionCookie,
  setBrowserCookie,
  setPending,
  setSessionCookie,
  takePending,
} from './guard.ts';
import { type Html, whole } from './html.ts';
import { statusOf } from './http-status.ts';
import type { Frame } from './layout.tsx';
import { accountPage, firstPage, loginPage, providerPage } from './pages/login.tsx';
import { BODY_PACE, type BodyPace, wholeBody } from './whole-body.ts';

/** Login by an identity provider, where one is configured. */
export type SingleSignOn = Readonly<{
  label: string;
  /** Where the browser goes, and what is needed when it comes back. */
  start: () => Promise<Readonly<{ url: string; pending: unknown }>>;
  /** Throws OIDC_FAILED: also for a person without a role here. */
  finish: (callback: URL, pending: unknown) => Promise<Provided>;
}>;

export type LoginNeeds = Readonly<{
  logins: Logins;
  /**
   * A change by somebody who is no user yet, or of the own account: told to the audit trail before and after. `isVouched`: an identity
   * provider says the name; else one that nobody has is told as unknown.
   */
  changed: <T>(
    actor: Pick<Actor, 'name' | 'address'> & Readonly<{ isVouched?: boolean }>,
    action: string,
    task: () => Promise<T>,
  ) => Promise<T>;
  hasAdministrator: () => Promise<boolean>;
  hasPassword: (name: string) => Promise<boolean>;
  singleSignOn?: SingleSignOn | undefined;
  log: (event: string, fields: Readonly<Record<string, string>>) => void;
  pace?: BodyPace;
  /** nobody makes an account or changes a password: that is done on the machine */
  isLocked: () => boolean;
  /** logins and what goes wrong with them, for the audit trail */
  told: (
    actor: Pick<Actor, 'name' | 'address'>,
    action: string,
    outcome: 'done' | 'refused' | 'failed',
    fault?: string,
  ) => Promise<void>;
}>;

/** What a browser keeps while its person is at the identity provider. */
type Begun = Readonly<{ pending: unknown; next: unknown }>;
type FrameOf = (c: Context<Env>, session?: Session) => Frame;

type Ways = Readonly<{
  frameOf: FrameOf;
  limit: MiddlewareHandler<Env>;
  /** a field of a form; empty where it is none */
  text: (c: Context<Env>, name: string) => Promise<string>;
}>;

const MAX_BODY_BYTES = 64 * 1024;

export function addLogin(app: Hono<Env>, needs: LoginNeeds, frameOf: FrameOf): void {
  const { logins, told, pace = BODY_PACE } = needs;
  const limit = wholeBody(MAX_BODY_BYTES, pace, (c, { message }, status) => c.text(message, status));
  const text: Ways['text'] = async (c, name) => {
    const value = (await c.req.parseBody())[name];
    return typeof value === 'string' ? value : '';
  };
  const failed = (c: Context<Env>, thrown: unknown, show: (frame: Frame) => Html | Promise<Html>) => {
    const { fault, status } = statusOf(thrown);
    const said = { kind: 'failed', text: fault.message } as const;
    return Promise.resolve(show({ ...frameOf(c), said })).then((page) => c.html(whole(page), status));
  };
  const asPage = async (frame: Frame, next: string): Promise<Html> =>
    loginPage(frame, pathOf(next), needs.singleSignOn?.label, !(await needs.hasAdministrator()));

  app.get('/login', async (c) => c.html(whole(await asPage(frameOf(c), c.req.query('next') ?? '/'))));
  app.post('/login', limit, async (c) => {
    const name = await text(c, 'name');
    const next = await text(c, 'next');
    const actor = { name: name.trim().toLowerCase().slice(0, 64), address: addressOf(c) };
    try {
      refuseForeign(c);
      const password = await text(c, 'password');
      const secret = await logins.login(name, password, actor.address, browserCookie(c));
      await told(actor, 'login.succeeded', 'done');
      letIn(c, logins, name, secret);
      return c.redirect(pathOf(next), 303);
    } catch (thrown) {
      await told(actor, 'login.failed', 'failed', statusOf(thrown).fault.code);
      return failed(c, thrown, (frame) => asPage(frame, next));
    }
  });
  app.post('/logout', limit, async (c) => {
    const secret = sessionCookie(c);
    const session = secret === undefined ? undefined : await logins.session(secret, addressOf(c));
    if (secret !== undefined && session) {
      refuseForged(c, await text(c, 'csrf'), session.form);
      await logins.logout(secret);
      await told(session.actor, 'logout', 'done');
    }
    dropSessionCookie(c);
    return c.redirect('/login', 303);
  });

  app.get('/first', async (c) => {
    const secret = c.req.query('secret') ?? '';
    if (await logins.isFirst(secret)) return c.html(whole(firstPage(frameOf(c), secret)));
    return failed(c, new Fault('SETUP_LINK_INVALID'), (frame) => asPage(frame, '/'));
  });
  app.post('/first', limit, async (c) => {
    const [secret, name] = [await text(c, 'secret'), await text(c, 'name')];
    const actor = { name: name.trim().toLowerCase().slice(0, 64), address: addressOf(c) };
    try {
      refuseForeign(c);
      if (needs.isLocked()) throw new Fault('ADMIN_LOCKED');
      if (!(await logins.isFirst(secret))) throw new Fault('SETUP_LINK_INVALID');
      const password = await text(c, 'password');
      const make = () => logins.makeFirst(secret, name, password, actor.address);
      letIn(c, logins, name, await needs.changed(actor, 'users.first', make));
      return c.redirect('/setup', 303);
    } catch (thrown) {
      await tellRefused(needs, actor, 'users.first', thrown);
      const isGood = await logins.isFirst(secret);
      return failed(c, thrown, (frame) => (isGood ? firstPage(frame, secret) : asPage(frame, '/')));
    }
  });

  const ways = { frameOf, limit, text };
  addAccount(app, needs, ways);
  if (needs.singleSignOn)
    addSingleSignOn(app, needs, needs.singleSignOn, {
      ...ways,
      failed: (c, thrown) => failed(c, thrown, (frame) => asPage(frame, '/')),
    });
}

/** Once it is told that the session began: a browser that gets no answer has no session. */
function letIn(c: Context<Env>, logins: Logins, name: string, secret: string): void {
  setSessionCookie(c, secret);
  setBrowserCookie(c, logins.keptByBrowser(name, browserCookie(c)));
}

function addAccount(app: Hono<Env>, needs: LoginNeeds, { frameOf, limit, text }: Ways): void {
  const { logins, hasPassword } = needs;
  app.get('/account', async (c) => {
    const session = await logins.session(sessionCookie(c) ?? '', addressOf(c));
    if (!session) return c.redirect('/login?next=/account', 303);
    return c.html(whole(accountPage(frameOf(c, session), await hasPassword(session.actor.name))));
  });
  app.post('/account/password', limit, async (c) => {
    const session = await logins.session(sessionCookie(c) ?? '', addressOf(c));
    if (!session) {
      say(c, { kind: 'failed', text: 'The session is over: the password is not changed.' });
      return c.redirect('/login?next=/account', 303);
    }
    const { actor } = session;
    try {
      refuseForged(c, await text(c, 'csrf'), session.form);
      if (needs.isLocked()) throw new Fault('ADMIN_LOCKED');
      const [present, password] = [await text(c, 'present'), await text(c, 'password')];
      await needs.changed(actor, 'account.password', async () => {
        await logins.confirm(actor.name, present, session.id);
        await logins.change(actor.name, { password }, session.id);
      });
      say(c, { kind: 'done', text: 'The password is changed.' });
    } catch (thrown) {
      await tellRefused(needs, actor, 'account.password', thrown);
      say(c, { kind: 'failed', text: statusOf(thrown).fault.message });
    }
    return c.redirect('/account', 303);
  });
}

function addSingleSignOn(
  app: Hono<Env>,
  needs: LoginNeeds,
  provider: SingleSignOn,
  {
    frameOf,
    limit,
    text,
    failed,
  }: Ways & Readonly<{ failed: (c: Context<Env>, thrown: unknown) => Promise<Response> }>,
): void {
  const { logins, told, log } = needs;
  app.post('/login/oidc', limit, async (c) => {
    try {
      refuseForeign(c);
      const { url, pending } = await provider.start();
      const next = pathOf(await text(c, 'next'));
      const value = Buffer.from(JSON.stringify({ pending, next })).toString('base64url');
      setPending(c, value);
      // No redirect: `form-action 'self'` holds for where a form is redirected to, in Chromium.
      c.header('Refresh', `0;url=${url}`);
      return c.html(whole(providerPage(frameOf(c), url)));
    } catch (thrown) {
      return failed(c, thrown);
    }
  });
  app.get('/login/oidc/callback', async (c) => {
    const address = addressOf(c);
    try {
      const pending = takePending(c);
      if (!pending) throw new Fault('OIDC_FAILED', 'the login took too long, or was begun elsewhere');
      const known = JSON.parse(Buffer.from(pending, 'base64url').toString('utf8')) as Begun;
      const person = await provider.finish(new URL(c.req.url), known.pending);
      const { name, secret } = await logins.loginByProvider(person, address, {
        mayAdd: !needs.isLocked(),
        told: (known, action, task) => needs.changed({ name: known, address, isVouched: true }, action, task),
      });
      await told({ name, address }, 'login.succeeded', 'done');
      letIn(c, logins, name, secret);
      return c.redirect(pathOf(String(known.next)), 303);
    } catch (thrown) {
      const { code, detail } = statusOf(thrown).fault;
      log('login.providerFailed', { code, detail });
      await told({ name: '', address }, 'login.failed', ...outcomeOf(thrown));
      return failed(c, thrown);
    }
  });
}

const NOT_BEGUN: ReadonlySet<string> = new Set(['ADMIN_LOCKED', 'REQUEST_FORGED', 'SETUP_LINK_INVALID']);

/** What was not even begun; the rest tells `changed`. */
async function tellRefused(
  { told }: LoginNeeds,
  actor: Pick<Actor, 'name' | 'address'>,
  action: string,
  thrown: unknown,
): Promise<void> {
  const [outcome, code] = outcomeOf(thrown);
  if (NOT_BEGUN.has(code)) await told(actor, action, outcome, code);
}

function outcomeOf(thrown: unknown): ['refused' | 'failed', string] {
  const { code } = statusOf(thrown).fault;
  return [code === 'ADMIN_LOCKED' ? 'refused' : 'failed', code];
}

/** A path of ours, or the first page: never another site. */
const pathOf = (next: string): string => (/^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/');
