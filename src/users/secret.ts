/** Random secrets that are shown once, and the digests that are kept of them. */
import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, safe in a URL, a header and a cookie. */
export const newSecret = (prefix = ''): string => `${prefix}${randomBytes(32).toString('base64url')}`;

/** What is random needs no slow hash. */
export const secretDigest = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** What a form of this session carries: it follows from the cookie, and does not tell it. */
export const formSecret = (session: string): string => secretDigest(`form ${session}`);
