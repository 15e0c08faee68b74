/** What stands before every page and every call of the API. */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Fault } from '../../src/fault.ts';
import type { Env } from './env.ts';

const SESSION = 'earshot_session';

/** No script but ours, no frame around a page, nothing kept by caches or told to others. With no-referrer browsers hide the origin of forms. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

export const securityHeaders: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  if (isSecure(c)) c.res.headers.set('Strict-Transport-Security', 'max-age=31536000');
};

/** By TLS of our own, or of a proxy that says so: it can only make cookies stricter. */
export const isSecure = (c: Context<Env>): boolean =>
  new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';

export const addressOf = (c: Context<Env>): string => getConnInfo(c).remote.address ?? '';

export const sessionCookie = (c: Context<Env>): string | undefined => getCookie(c, SESSION);

/** Lax: a link in a mail leads to the page and not to the login; forms are guarded by `refuseForged`. */
export function setSessionCookie(c: Context<Env>, secret: string): void {
  setCookie(c, SESSION, secret, { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(c) });
}

export function dropSessionCookie(c: Context<Env>): void {
  setCookie(c, SESSION, '', { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 0 });
}

const FLASH = 'earshot_said';
export type Said = Readonly<{ kind: 'done' | 'failed'; text: string }>;

/** A sentence for the next page, once. Of our own making: no patient data. */
export function say(c: Context<Env>, said: Said): void {
  const value = Buffer.from(JSON.stringify({ ...said, text: said.text.slice(0, 1500) })).toString(
    'base64url',
  );
  setCookie(c, FLASH, value, { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 60, secure: isSecure(c) });
}

export function heard(c: Context<Env>): Said | undefined {
  const value = getCookie(c, FLASH);
  if (!value) return undefined;
  setCookie(c, FLASH, '', { path: '/', maxAge: 0 });
  try {
    const { kind, text } = JSON.parse(Buffer.from(value, 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    return { kind: kind === 'done' ? 'done' : 'failed', text: String(text) };
  } catch {
    return undefined;
  }
}

/** A form comes from a page of ours: browsers say where it comes from (Fetch Metadata, RFC 6454). Throws REQUEST_FORGED. */
export function refuseForeign(c: Context<Env>): void {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Fault('REQUEST_FORGED');
  const origin = c.req.header('origin');
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== c.req.header('host'))
    throw new Fault('REQUEST_FORGED');
}

/** And it carries what only a page of this session can know. Throws REQUEST_FORGED. */
export function refuseForged(c: Context<Env>, given: string | undefined, wanted: string): void {
  refuseForeign(c);
  if (given !== wanted) throw new Fault('REQUEST_FORGED');
}
