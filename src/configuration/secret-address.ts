/** A secret is kept for the server that it was given for: under another address it could go to a server of anybody's choice. */

/** What `notifications.email` says where it says nothing. */
export const MAIL_DEFAULTS = { port: 587, secure: false, requireTls: true } as const;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** Scheme, host and port; what is no address is itself. */
const originOf = (url: unknown): unknown =>
  typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : url;

/** By whom the server may be vouched for; what is left out, and `true`, is the system's authorities. */
const protectionOf = (tls: unknown): unknown => {
  const { ca = [], cert, key } = fieldsOf(tls);
  return [ca, cert, key];
};

type Owner = 'node' | 'email' | 'webhook';

/** What must be the same: where the secret goes, as whom, and how it is protected on the way. */
const PLACES = {
  node: ({ host, port, tls, dicomWeb, auth }) => [
    host,
    port,
    originOf(dicomWeb),
    fieldsOf(auth)['user'],
    protectionOf(tls),
  ],
  email: (given) => {
    const { host, port, user, secure, requireTls } = { ...MAIL_DEFAULTS, ...given } as Fields;
    return [host, port, user, secure, requireTls];
  },
  webhook: ({ url }) => [originOf(url)],
} as const satisfies Readonly<Record<Owner, (given: Fields) => readonly unknown[]>>;

/** Whether the secret of the one, in its input form or with defaults, may be that of the other. */
export function isSamePlace(owner: Owner, one: unknown, other: unknown): boolean {
  const placeOf = (value: unknown) => JSON.stringify(PLACES[owner](fieldsOf(value)));
  return placeOf(one) === placeOf(other);
}
