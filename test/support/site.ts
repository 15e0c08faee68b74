/** The pages and the API of a running service, with a user of every role. */
import { ROLES, type Role } from '../../src/api/operation.ts';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { openDatabase } from '../../src/startup/open-database.ts';
import { createLogins } from '../../src/users/logins.ts';
import { testPlace } from './databases.ts';

const PASSWORD = 'a phantom listens at night';
/** Quick hashes: what is tried here is not their cost. */
const LOG2N = 10;
const LIMITS = { sessionIdleMinutes: 30, sessionHours: 12, maxFailures: 10, lockMinutes: 15 };

type Call = Readonly<{
  as?: Role;
  method?: string;
  /** JSON body of the API */
  json?: unknown;
  /** fields of a form */
  form?: Readonly<Record<string, string>>;
}>;

export type Site = Readonly<{
  url: string;
  /** Name=value of a session of that role. */
  cookie: (role: Role) => string;
  call: (path: string, call?: Call) => Promise<Response>;
  /** Of an operation, parsed; throws unless it is a success. */
  json: <T>(path: string, call?: Call) => Promise<T>;
  /** The same users before another process of the installation. */
  at: (httpPort: number) => Site;
}>;

type Session = Readonly<{ cookie: string; csrf: string }>;

/** Makes the users `viewer`, `operator` and `administrator` and logs each in. */
export async function openSite({
  dataDir,
  httpPort,
}: Readonly<{ dataDir: string; httpPort: number }>): Promise<Site> {
  const sql = await openDatabase(await testPlace(dataDir));
  const clock = () => new Date();
  const logins = createLogins(new Accounts(sql, clock), LIMITS, clock, { log2N: LOG2N });
  const sessions = new Map<Role, Session>();
  for (const role of ROLES) {
    await logins.add(role, PASSWORD, role, 'test');
    const secret = await logins.login(role, PASSWORD, '127.0.0.1');
    const session = await logins.session(secret, '127.0.0.1');
    sessions.set(role, { cookie: `earshot_session=${secret}`, csrf: session?.form ?? '' });
  }
  await sql.close();
  const siteAt = (port: number): Site => {
    const url = `http://127.0.0.1:${port}`;
    const call: Site['call'] = (path, options = {}) =>
      fetch(url + path, requestOf(options, options.as && sessions.get(options.as)));
    return {
      url,
      cookie: (role) => sessions.get(role)?.cookie ?? '',
      call,
      json: async (path, options) => {
        const answer = await call(path, options);
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
        return JSON.parse(text);
      },
      at: siteAt,
    };
  };
  return siteAt(httpPort);
}

function requestOf({ method, json, form }: Call, session: Session | undefined): RequestInit {
  const hasBody = json !== undefined || form !== undefined;
  return {
    method: method ?? (hasBody ? 'POST' : 'GET'),
    redirect: 'manual',
    headers: {
      ...(session ? { cookie: session.cookie, 'x-csrf-token': session.csrf } : {}),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(form === undefined ? {} : { body: new URLSearchParams({ ...form, csrf: session?.csrf ?? '' }) }),
  };
}
