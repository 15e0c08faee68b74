/** Who calls, and what a caller may do. Secrets are compared as digests under a key of this process, all of them. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';

/** What a route gets beside the request: Node's own. */
export type Env = { Bindings: HttpBindings };

/** A sender has a bearer token, or user and password. */
export type Sender = Readonly<{
  name: string;
  token?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}>;
export type AnonymousStow = 'loopback' | 'anyone' | 'nobody';
export type Caller = Readonly<{ from: string; peer: string }>;
export type Refused = 'unauthorised' | 'tooManyFailures';

const ANONYMOUS = 'anonymous';
const LOOPBACK = /^(::1|(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
/** A proxy on this machine makes every caller look local; it says so, and then nobody is. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'] as const;

/** True for a caller on this machine that is neither a proxy nor a page in a browser. */
export const isLocal = (
  { headers }: Pick<IncomingMessage, 'headers'>,
  address: string | undefined,
): boolean =>
  LOOPBACK.test(address ?? '') &&
  headers.origin === undefined &&
  FORWARDED.every((name) => headers[name] === undefined);

const KEY = randomBytes(32);
const digest = (secret: string | Buffer): Buffer => createHmac('sha256', KEY).update(secret).digest();

/** Compares a header with what it must be, in a time that does not depend on where they differ. */
export function secretCheck(wanted: string): (given: string | undefined) => boolean {
  const right = digest(wanted);
  return (given) => timingSafeEqual(digest(given ?? ''), right) && given !== undefined;
}

/** What stands behind the scheme of an Authorization header; a scheme has any case (RFC 9110 11.1). */
function credentials(header: string): Buffer {
  const [, scheme = '', rest = ''] = /^(\S+) +(\S+)\s*$/.exec(header) ?? [];
  if (/^bearer$/i.test(scheme)) return digest(`bearer ${rest}`);
  if (/^basic$/i.test(scheme))
    return digest(Buffer.concat([Buffer.from('basic '), Buffer.from(rest, 'base64')]));
  return digest(`other ${header}`);
}

const digestOfSender = ({ token, user, password }: Sender): Buffer =>
  token === undefined ? digest(`basic ${user}:${password}`) : digest(`bearer ${token}`);

/**
 * Says who sends, or why nobody may. Credentials that are given must be right, also from an address that needs none.
 * @see RFC 6750, RFC 7617
 */
export function senderAccess(senders: readonly Sender[], anonymous: AnonymousStow) {
  const known = senders.map((sender) => ({ name: sender.name, digest: digestOfSender(sender) }));
  const failures = new FailedLogins();
  const nameOf = (given: Buffer): string | undefined => {
    // Every one is compared, so that the time does not tell which.
    return known.filter((one) => timingSafeEqual(one.digest, given))[0]?.name;
  };

  return (request: Pick<IncomingMessage, 'headers'>, address: string | undefined): Caller | Refused => {
    const peer = address ?? '';
    const header = request.headers.authorization;
    if (header === undefined) {
      const may = anonymous === 'anyone' || (anonymous === 'loopback' && isLocal(request, address));
      return may ? { from: ANONYMOUS, peer } : 'unauthorised';
    }
    if (failures.isBlocked(peer)) return 'tooManyFailures';
    const given = credentials(header);
    const from = nameOf(given);
    if (from !== undefined) return { from, peer: `sender ${from}` };
    failures.note(peer, given);
    return 'unauthorised';
  };
}

const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/**
 * An address that tried too many wrong logins within a minute is not looked at until the minute is over. The same wrong
 * login counts once: a sender with an old password guesses nothing, and must not shut out others behind its proxy.
 */
class FailedLogins {
  readonly #byAddress = new Map<string, { tried: Set<string>; since: number }>();

  isBlocked(address: string): boolean {
    const entry = this.#byAddress.get(address);
    return (
      entry !== undefined && entry.tried.size >= MAX_FAILURES && performance.now() - entry.since < WINDOW_MS
    );
  }

  note(address: string, given: Buffer): void {
    const now = performance.now();
    const entry = this.#byAddress.get(address);
    if (entry !== undefined && now - entry.since < WINDOW_MS) {
      entry.tried.add(given.toString('hex'));
      return;
    }
    if (this.#byAddress.size >= MAX_ADDRESSES) this.#byAddress.clear();
    this.#byAddress.set(address, { tried: new Set([given.toString('hex')]), since: now });
  }
}
