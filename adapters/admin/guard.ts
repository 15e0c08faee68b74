/** What stands before every page and every call of the API. */
import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Fault } from '../../src/fault.ts';
import type { Env } from './env.ts';

const SESSION = 'earshot_session';
const FLASH = 'earshot_said';
const PENDING = 'earshot_sso';
const BROWSER = 'earshot_browser';
const BROWSER_SECONDS = 365 * 86_400;

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

const isHttps = (c: Context<Env>): boolean =>
  new URL(c.get('front').publicUrl ?? c.req.url).protocol === 'https:';

/** By TLS of our own, or of a proxy that says so: it can only make cookies stricter. */
const isSecure = (c: Context<Env>): boolean => isHttps(c) || c.req.header('x-forwarded-proto') === 'https';

/** A name that browsers take from this host alone, and by TLS (RFC 6265bis 4.1.3.2). */
const nameOf = (c: Context<Env>, name: string): string => (isHttps(c) ? `__Host-${name}` : name);

/** Lax: a link in a mail leads to the page and not to the login; forms are guarded by `refuseForged`. */
function keep(c: Context<Env>, name: string, value: string, maxAge?: number): void {
  const age = maxAge === undefined ? {} : { maxAge };
  const options = { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(c), ...age } as const;
  setCookie(c, nameOf(c, name), value, options);
}

/** Of the socket, or what a trusted proxy says: the last in X-Forwarded-For that is no trusted proxy itself. */
export function addressOf(c: Context<Env>): string {
  const { isTrustedProxy } = c.get('front');
  let address = plain(getConnInfo(c).remote.address ?? '');
  const said = (c.req.header('x-forwarded-for') ?? '').split(',').map((each) => plain(each.trim()));
  for (const next of said.toReversed()) {
    if (!isTrustedProxy(address) || isIP(next) === 0) break;
    address = next;
  }
  return address;
}

/** An IPv4 address is the same on a socket of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+(\.\d+){3}$)/i, '');

export const sessionCookie = (c: Context<Env>): string | undefined => getCookie(c, nameOf(c, SESSION));
export const setSessionCookie = (c: Context<Env>, secret: string): void => keep(c, SESSION, secret);
export const dropSessionCookie = (c: Context<Env>): void => keep(c, SESSION, '', 0);

/** That somebody logged in here before; it outlives the session and opens nothing. */
export const browserCookie = (c: Context<Env>): string | undefined => getCookie(c, nameOf(c, BROWSER));
export const setBrowserCookie = (c: Context<Env>, token: string): void =>
  keep(c, BROWSER, token, BROWSER_SECONDS);

/** What a browser keeps while its person is at the identity provider, for ten minutes. */
export const setPending = (c: Context<Env>, value: string): void => keep(c, PENDING, value, 600);
export function takePending(c: Context<Env>): string | undefined {
  const value = getCookie(c, nameOf(c, PENDING));
  keep(c, PENDING, '', 0);
  return value;
}

export type Said = Readonly<{ kind: 'done' | 'failed'; text: string }>;

/** A sentence for the next page, once. Of our own making: no patient data. */
export function say(c: Context<Env>, said: Said): void {
  const value = Buffer.from(JSON.stringify({ ...said, text: said.text.slice(0, 1500) })).toString(
    'base64url',
  );
  keep(c, FLASH, value, 60);
}

export function heard(c: Context<Env>): Said | undefined {
  const value = getCookie(c, nameOf(c, FLASH));
  if (!value) return undefined;
  keep(c, FLASH, '', 0);
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
  const { publicUrl } = c.get('front');
  const isOurs =
    publicUrl === undefined
      ? URL.canParse(origin) && new URL(origin).host === c.req.header('host')
      : origin === new URL(publicUrl).origin;
  if (!isOurs) throw new Fault('REQUEST_FORGED');
}

/** And it carries what only a page of this session can know. Throws REQUEST_FORGED. */
export function refuseForged(c: Context<Env>, given: string | undefined, wanted: string): void {
  refuseForeign(c);
  if (given !== wanted) throw new Fault('REQUEST_FORGED');
}
