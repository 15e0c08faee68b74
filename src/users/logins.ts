/** Who is there: passwords, sessions, tokens and the link of the first administrator. */
import type { Actor, Role } from '../api/operation.ts';
import type { Accounts, Identity, SessionRow } from '../catalogue/accounts.ts';
import { LoginTries } from '../catalogue/login-tries.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../ports.ts';
import { knownBrowsers } from './known-browsers.ts';
import { hashPassword, isPassword, passwordProblem } from './password.ts';
import { formSecret, newSecret, secretDigest } from './secret.ts';

export type LoginLimits = Readonly<{
  sessionIdleMinutes: number;
  sessionHours: number;
  maxFailures: number;
  lockMinutes: number;
}>;

/** A browser that is logged in. */
export type Session = Readonly<{ id: string; actor: Actor /** what its forms carry */; form: string }>;

/** What an identity provider says of a person; `name` is what is shown. */
export type Provided = Identity & Readonly<{ name: string; role: Role }>;

/** A change of an account, told to the audit trail before and after. */
type Told = (name: string, action: 'users.add' | 'users.role', task: () => Promise<void>) => Promise<void>;
type ByProvider = Readonly<{ /** else nobody new comes in */ mayAdd: boolean; told: Told }>;
const UNTOLD: ByProvider = { mayAdd: true, told: (_name, _action, task) => task() };

/** What is undefined stays. */
type AccountChange = Readonly<{
  role?: Role | undefined;
  password?: string | undefined;
  isDisabled?: boolean | undefined;
  identity?: Identity | undefined;
}>;

export type Logins = ReturnType<typeof createLogins>;

const MINUTE_MS = 60_000;
const FIRST_LINK_MS = 24 * 60 * MINUTE_MS;
/** A session that goes on is noted so often, not with each request. */
const SEEN_EVERY_MS = MINUTE_MS;
const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** An account is locked for all who never logged in where they are now, after so many times the wrong passwords of one place. */
const PLACES = 10;

/** `log2N`: cost of new password hashes, for tests; default the product's. `key`: signs what browsers keep; default a new one. */
export function createLogins(
  accounts: Accounts,
  limits: LoginLimits,
  clock: Clock,
  { log2N, key = newSecret() }: { log2N?: number; key?: string } = {},
) {
  /** For names that do not exist: the answer takes as long. */
  const decoy = hashPassword(newSecret(), log2N);

  const firstLinksSince = (): Date => new Date(clock().getTime() - FIRST_LINK_MS);

  const begin = async (user: string, role: Role, address: string): Promise<string> => {
    const now = clock().getTime();
    await accounts.endOld(
      new Date(now - limits.sessionHours * 60 * MINUTE_MS),
      new Date(now - limits.sessionIdleMinutes * MINUTE_MS),
    );
    const secret = newSecret();
    await accounts.begin({ id: secretDigest(secret), user, role, address });
    return secret;
  };

  /** One that began far in the future began before the clock was set back: nobody knows how long ago. */
  const isOver = ({ createdAt, seenAt }: SessionRow): boolean => {
    const now = clock().getTime();
    return (
      Math.abs(now - createdAt.getTime()) > limits.sessionHours * 60 * MINUTE_MS ||
      Math.abs(now - seenAt.getTime()) > limits.sessionIdleMinutes * MINUTE_MS
    );
  };

  const tries = new LoginTries(accounts.sql, clock, limits.maxFailures, limits.lockMinutes);
  const browsers = knownBrowsers(key);
  /** The same words whether the name, the password or the number of tries is what is wrong. */
  const refused = () =>
    new Fault(
      'LOGIN_FAILED',
      `after ${limits.maxFailures} wrong ones, wait ${Math.ceil(limits.lockMinutes)} min`,
    );

  /** Of guesses from everywhere; false also for a name that nobody has. */
  const countEverywhere = (name: string): Promise<boolean> => {
    const until = new Date(clock().getTime() + limits.lockMinutes * MINUTE_MS);
    return accounts.countTry(name, limits.maxFailures * PLACES, until);
  };
  const addresses = wrongGuesses(clock);

  return {
    /**
     * The secret of a new session. `browser`: what it keeps of `keptByBrowser`. One in which this person logged in before is not held
     * to what comes from its address, nor to guesses from everywhere, so that nobody elsewhere can keep this person out; it has
     * `maxFailures` tries of its own. Every way of being wrong takes as long and is answered alike.
     * Faults: LOGIN_FAILED, LOGIN_LOCKED.
     */
    async login(given: string, password: string, address: string, browser?: string): Promise<string> {
      const name = nameOf(given);
      const known = browsers.idOf(name, browser);
      const user = await accounts.user(name);
      // A new password begins a new count, also one that the command line gave.
      const place = `${known ?? address} ${user?.passwordHash ?? ''}`;
      const isOpenHere = await tries.count(name, place);
      // A known browser that has no try left is as any other: without this its guesses would keep all logins waiting.
      if (known === undefined || !isOpenHere) addresses.refuse(address);
      const isOpen = isOpenHere && (known !== undefined || (await countEverywhere(name)));
      const isRight = await isPassword(password, user?.passwordHash ?? (await decoy));
      if (!isOpen || !user || user.isDisabled || !user.passwordHash || !isRight) {
        addresses.note(address);
        throw refused();
      }
      await tries.forget(name, place);
      return begin(user.name, user.role, address);
    },

    /** For a browser in which this person has just logged in, with what it keeps already. */
    keptByBrowser: (name: string, kept?: string): string => browsers.keptWith(nameOf(name), kept),

    /** Until when guesses from somewhere are not looked at. */
    lockedUntil: (name: string): Promise<Date> => tries.lockedUntil(name),
    unlock: (name: string): Promise<void> => tries.unlock(name),

    /**
     * A person whom an identity provider vouches for, known by issuer and subject. Who comes first gets an account of the name given,
     * unless that is somebody's. The secret of the session, and the name of the account. Faults: ADMIN_LOCKED and OIDC_NAME_TAKEN, with
     * issuer and subject to link; OIDC_FAILED, and those of `told`.
     */
    async loginByProvider(person: Provided, address: string, { mayAdd, told }: ByProvider = UNTOLD) {
      const { role } = person;
      const known = await accounts.userOf(person);
      if (known?.isDisabled) throw new Fault('OIDC_FAILED', 'the account is disabled here');
      const name = known?.name ?? person.name;
      if (!known) {
        await refuseNew(person, mayAdd);
        await told(name, 'users.add', () => addProvided(person));
      } else if (known.role !== role)
        await told(name, 'users.role', async () => {
          if (!(await accounts.change(name, { role })))
            throw new Fault('OIDC_FAILED', 'nobody would be left who may administer');
        });
      return { name, secret: await begin(name, role, address) };
    },

    /** Undefined: nobody, or the session is over. The role is the user's present one. A page that asks by itself is no activity. */
    async session(
      secret: string,
      address: string,
      { isActive = true }: Readonly<{ isActive?: boolean }> = {},
    ): Promise<Session | undefined> {
      const id = secretDigest(secret);
      const row = await accounts.session(id);
      if (!row) return undefined;
      const user = await accounts.user(row.user);
      if (!user || user.isDisabled || isOver(row)) {
        await accounts.end(id);
        return undefined;
      }
      if (isActive && Math.abs(clock().getTime() - row.seenAt.getTime()) > SEEN_EVERY_MS)
        await accounts.see(id);
      const actor: Actor = { name: user.name, role: user.role, via: 'browser', address };
      return { id, actor, form: formSecret(secret) };
    },

    logout: (secret: string) => accounts.end(secretDigest(secret)),

    /** Undefined: no such token, or it has expired. */
    async token(secret: string, address: string): Promise<Actor | undefined> {
      const row = await accounts.token(secretDigest(secret));
      if (!row || row.expiresAt <= clock()) return undefined;
      if (clock().getTime() - (row.usedAt?.getTime() ?? 0) > SEEN_EVERY_MS) await accounts.useToken(row.id);
      // No name of a user: what a token does is not what that person did.
      return { name: `token:${row.name}`, role: row.role, via: 'token', address };
    },

    /**
     * The secret of the link under which the first administrator is made; undefined when there is one. It takes the place of the one
     * before, but where several processes start: then each has its own, any of them honours all, and the first to be used ends all. Good
     * for a day.
     */
    async offerFirst(isOneOfMany = false): Promise<string | undefined> {
      if (await accounts.hasAdministrator()) return undefined;
      const secret = newSecret();
      const othersSince = isOneOfMany ? firstLinksSince() : new Date(8.64e15);
      await accounts.offerFirst(secretDigest(secret), othersSince);
      return secret;
    },

    /** True while the link is good. */
    isFirst: (secret: string): Promise<boolean> => accounts.isFirst(secretDigest(secret), firstLinksSince()),

    /** Uses the link up. Faults: SETUP_LINK_INVALID, USER_INVALID. */
    async makeFirst(secret: string, name: string, password: string, address: string): Promise<string> {
      if (!(await this.isFirst(secret))) throw new Fault('SETUP_LINK_INVALID');
      const row = await newUser(name, password, 'administrator', 'the link at the start');
      if (!(await accounts.add(row, true))) throw new Fault('SETUP_LINK_INVALID');
      return begin(row.name, 'administrator', address);
    },

    /** Faults: USER_INVALID. */
    async add(name: string, password: string, role: Role, createdBy: string): Promise<void> {
      const row = await newUser(name, password, role, createdBy);
      if (!(await accounts.add(row))) throw new Fault('USER_INVALID', 'the name is taken');
    },

    /**
     * All of it or nothing. Sessions of the user end, but `keepSession`: the one in which the person changes the own password.
     * Faults: USER_INVALID, INPUT_NOT_FOUND.
     */
    async change(
      name: string,
      { password, identity, ...standing }: AccountChange,
      keepSession?: string,
    ): Promise<void> {
      if (!(await accounts.user(name))) throw new Fault('INPUT_NOT_FOUND', 'no such user');
      const holder = identity && (await accounts.userOf(identity));
      if (holder && holder.name !== name)
        throw new Fault('USER_INVALID', 'an account has this subject already');
      const passwordHash = password === undefined ? undefined : await hashOf(password, name);
      if (!(await accounts.change(name, { ...standing, ...identity, passwordHash }, keepSession)))
        throw new Fault('USER_INVALID', 'nobody with a password would be left who may administer');
    },

    /** Whether this is the person's password; so many wrong ones in a session as at the login. Faults: LOGIN_FAILED. */
    async confirm(name: string, password: string, session: string): Promise<void> {
      const user = await accounts.user(name);
      const isOpen = await tries.count(name, session);
      const isRight = await isPassword(password, user?.passwordHash ?? (await decoy));
      if (!isOpen || !user?.passwordHash || !isRight) throw refused();
      await tries.forget(name, session);
    },
  };

  /** Faults: ADMIN_LOCKED, OIDC_NAME_TAKEN. */
  async function refuseNew(person: Provided, mayAdd: boolean): Promise<void> {
    if (!mayAdd) throw new Fault('ADMIN_LOCKED', `a new account, ${saidToLink(person)}`);
    if (await accounts.user(person.name)) throw new Fault('OIDC_NAME_TAKEN', saidToLink(person));
  }

  /** Faults: OIDC_NAME_TAKEN, where somebody was quicker. */
  async function addProvided(person: Provided): Promise<void> {
    const row = { ...person, passwordHash: null, createdBy: 'identity provider' };
    if (!(await accounts.add(row))) throw new Fault('OIDC_NAME_TAKEN', saidToLink(person));
  }

  async function newUser(name: string, password: string, role: Role, createdBy: string) {
    const known = nameOf(name);
    if (!NAME.test(known))
      throw new Fault('USER_INVALID', 'a name has small letters, digits and . _ @ -, 64 at most');
    return { name: known, role, passwordHash: await hashOf(password, known), createdBy };
  }

  async function hashOf(password: string, name: string): Promise<string> {
    const problem = passwordProblem(password, name);
    if (problem) throw new Fault('USER_INVALID', problem);
    return hashPassword(password, log2N);
  }
}

/** So many wrong passwords from one address in a minute; then it is not looked at until the minute is over. */
const MOST_WRONG = 60;
const MOST_ADDRESSES = 10_000;

function wrongGuesses(clock: Clock) {
  const byAddress = new Map<string, { count: number; since: number }>();
  const present = (address: string) => {
    const entry = byAddress.get(address);
    return entry && clock().getTime() - entry.since < MINUTE_MS ? entry : undefined;
  };
  return {
    refuse: (address: string): void => {
      if ((present(address)?.count ?? 0) >= MOST_WRONG) throw new Fault('LOGIN_LOCKED', '1 min');
    },
    note: (address: string): void => {
      if (byAddress.size >= MOST_ADDRESSES) byAddress.clear();
      const entry = present(address) ?? { count: 0, since: clock().getTime() };
      byAddress.set(address, { ...entry, count: entry.count + 1 });
    },
  };
}

/** What an administrator gives to link an account to this person. */
const saidToLink = ({ issuer, subject }: Identity): string => `issuer ${issuer} subject ${subject}`;
const nameOf = (given: string): string => given.trim().toLowerCase();
