/** Passwords: what is asked of them, and the memory-hard hash that is kept instead of them. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt with 64 MiB: a guess costs an attacker that much memory, and a login a quarter of a second. @see RFC 7914 */
const COST = { log2N: 16, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const MIN_LENGTH = 12;
const MAX_LENGTH = 256;

/** What is wrong with a new password; undefined: nothing. Length is what counts (NIST SP 800-63B 5.1.1). */
export function passwordProblem(password: string, name: string): string | undefined {
  const { length } = [...password];
  if (length < MIN_LENGTH) return `a password has ${MIN_LENGTH} characters or more`;
  if (length > MAX_LENGTH) return `a password has ${MAX_LENGTH} characters at most`;
  if (new Set(password).size < 4) return 'a password has four different characters or more';
  if (password.toLowerCase().includes(name.toLowerCase())) return 'a password does not contain the name';
  return undefined;
}

/** `scrypt$log2N$r$p$salt$key`, so that the cost can grow and old hashes still be read. */
export async function hashPassword(password: string, log2N: number = COST.log2N): Promise<string> {
  const salt = randomBytes(16);
  const key = await derived(password, salt, { ...COST, log2N });
  return ['scrypt', log2N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes as long for a wrong password as for the right one; false for a hash that is none. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [kind, log2N, r, p, salt = '', key = ''] = hash.split('$');
  if (kind !== 'scrypt') return false;
  const wanted = Buffer.from(key, 'base64url');
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const found = await derived(password, Buffer.from(salt, 'base64url'), cost);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** Two at a time: a flood of logins must not take all memory. */
const MAX_AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function derived(
  password: string,
  salt: Buffer,
  { log2N, r, p }: Readonly<{ log2N: number; r: number; p: number }>,
): Promise<Buffer> {
  if (running >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const options = { N: 2 ** log2N, r, p, maxmem: 256 * 2 ** log2N * r };
      scrypt(password.normalize('NFKC').slice(0, 4 * MAX_LENGTH), salt, KEY_BYTES, options, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
