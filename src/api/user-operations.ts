import { z } from 'zod';
import type { Accounts } from '../catalogue/accounts.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../ports.ts';
import { identityOf } from '../users/identity.ts';
import type { Logins } from '../users/logins.ts';
import { newSecret, secretDigest } from '../users/secret.ts';
import { moment, reason } from './fields.ts';
import { operation, ROLES } from './operation.ts';

type Needs = Readonly<{
  accounts: Accounts;
  logins: Logins;
  clock: Clock;
  /** what the identity provider calls itself; undefined: there is none */
  issuer: (() => Promise<string>) | undefined;
}>;

const name = z.string().min(1).max(64);
const role = z.enum(ROLES);
const user = z.object({
  name,
  role,
  /** password: here; provider: by the identity provider */
  login: z.enum(['password', 'provider']),
  /** who the person is at the identity provider */
  subject: z.string().nullable(),
  isDisabled: z.boolean(),
  lockedUntil: moment.nullable(),
  createdAt: moment,
  createdBy: z.string(),
  lastLoginAt: moment.nullable(),
});
const token = z.object({
  id: z.string(),
  name,
  role,
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment,
  usedAt: moment.nullable(),
});
const nothing = z.object({});
const MAX_TOKEN_DAYS = 730;

export type UserOperations = ReturnType<typeof userOperations>;

/** Users and tokens of the API: administrators only. */
export function userOperations({ accounts, logins, clock, issuer }: Needs) {
  const aboutUser = (input: { name: string }) => ({ kind: 'user', id: input.name }) as const;
  const present = (times: readonly Date[]): string | null => {
    const last = new Date(Math.max(...times.map((time) => time.getTime())));
    return last > clock() ? last.toISOString() : null;
  };

  return {
    list: operation({
      id: 'users.list',
      method: 'GET',
      path: '/users',
      role: 'administrator',
      changes: false,
      summary: 'Users with their roles',
      input: nothing,
      output: z.object({ users: z.array(user) }),
      run: async () => ({
        users: await Promise.all(
          (await accounts.users()).map(
            async ({ passwordHash, failures: _, lockedUntil, issuer: __, ...row }) => ({
              ...row,
              login: passwordHash === null ? ('provider' as const) : ('password' as const),
              lockedUntil: present([lockedUntil, await logins.lockedUntil(row.name)]),
              createdAt: row.createdAt.toISOString(),
              lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
            }),
          ),
        ),
      }),
    }),
    add: operation({
      id: 'users.add',
      method: 'POST',
      path: '/users',
      role: 'administrator',
      changes: true,
      summary: 'Makes a user with a password',
      input: z.object({ name, password: z.string().max(256), role, reason }),
      output: nothing,
      subject: aboutUser,
      run: async (input, actor) => {
        await logins.add(input.name, input.password, input.role, actor.name);
        return {};
      },
    }),
    change: operation({
      id: 'users.change',
      method: 'PUT',
      path: '/users/{name}',
      role: 'administrator',
      changes: true,
      summary:
        'Changes role or password of a user, disables, enables, unlocks, or links to a subject of the identity provider; ends the sessions of the user',
      input: z.object({
        name,
        role: role.optional(),
        password: z.string().max(256).optional(),
        isDisabled: z.boolean().optional(),
        subject: z.string().min(1).max(255).optional(),
        /** of the subject; default what the provider says of itself */
        issuer: z.string().min(1).max(2048).optional(),
        reason,
      }),
      output: nothing,
      subject: aboutUser,
      run: async ({ name: wanted, subject, issuer: given, reason: _, ...change }) => {
        if (subject === undefined && given !== undefined)
          throw new Fault('USER_INVALID', 'an issuer is given with a subject');
        const identity = subject === undefined ? undefined : await identityOf(subject, given, issuer);
        await logins.change(wanted, { ...change, identity });
        await logins.unlock(wanted);
        return {};
      },
    }),
    remove: operation({
      id: 'users.remove',
      method: 'POST',
      path: '/users/{name}/remove',
      role: 'administrator',
      changes: true,
      summary: 'Removes a user; what the user did stays in the audit trail',
      input: z.object({ name, reason }),
      output: nothing,
      subject: aboutUser,
      run: async (input) => {
        if (!(await accounts.user(input.name))) throw new Fault('INPUT_NOT_FOUND', 'no such user');
        if (!(await accounts.remove(input.name)))
          throw new Fault('USER_INVALID', 'nobody with a password would be left who may administer');
        return {};
      },
    }),
    tokens: operation({
      id: 'tokens.list',
      method: 'GET',
      path: '/tokens',
      role: 'administrator',
      changes: false,
      summary: 'Tokens of the API, without their secrets',
      input: nothing,
      output: z.object({ tokens: z.array(token) }),
      run: async () => ({
        tokens: (await accounts.tokens()).map((row) => ({
          ...row,
          createdAt: row.createdAt.toISOString(),
          expiresAt: row.expiresAt.toISOString(),
          usedAt: row.usedAt?.toISOString() ?? null,
        })),
      }),
    }),
    addToken: operation({
      id: 'tokens.add',
      method: 'POST',
      path: '/tokens',
      role: 'administrator',
      changes: true,
      summary: 'Makes a token; its secret is in this answer and nowhere else',
      input: z.object({ name, role, days: z.coerce.number().int().min(1).max(MAX_TOKEN_DAYS), reason }),
      output: z.object({ id: z.string(), secret: z.string(), expiresAt: moment }),
      subject: (input) => ({ kind: 'token', id: input.name }),
      run: async (input, actor) => {
        const secret = newSecret('ear_');
        const id = secretDigest(secret).slice(0, 12);
        const expiresAt = new Date(clock().getTime() + input.days * 86_400_000);
        const row = { id, name: input.name, role: input.role, createdBy: actor.name, expiresAt };
        await accounts.addToken(row, secretDigest(secret));
        return { id, secret, expiresAt: expiresAt.toISOString() };
      },
    }),
    removeToken: operation({
      id: 'tokens.remove',
      method: 'POST',
      path: '/tokens/{id}/remove',
      role: 'administrator',
      changes: true,
      summary: 'Takes a token back at once',
      input: z.object({ id: z.string().min(1).max(64), reason }),
      output: nothing,
      subject: (input) => ({ kind: 'token', id: input.id }),
      run: async ({ id }) => {
        if (!(await accounts.removeToken(id))) throw new Fault('INPUT_NOT_FOUND', 'no such token');
        return {};
      },
    }),
  } as const;
}
