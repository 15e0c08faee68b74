import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ROLES } from '../api/operation.ts';
import { Accounts } from '../catalogue/accounts.ts';
import { Fault } from '../fault.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { singleSignOn } from '../startup/single-sign-on.ts';
import { identityOf } from '../users/identity.ts';
import { createLogins } from '../users/logins.ts';
import { newSecret } from '../users/secret.ts';
import { AUTHOR, audited } from './audited.ts';
import { type Command, parse } from './command.ts';

/** `earshot user add NAME`: an account for the pages, also while the service runs. */
export const user: Command = {
  usage: `Usage: earshot user add NAME [--role administrator] [--config earshot.yaml]
       earshot user password NAME [--config earshot.yaml]
       earshot user link NAME SUBJECT [--issuer ISSUER] [--config earshot.yaml]

Makes a user for the administrator's pages, or gives one a new password and unlocks it. The password is read from standard
input, one line; on a terminal without one, an empty line has one made, which is printed once.
link: the person of that subject ("sub") at the identity provider of admin.oidc has the account NAME from now on. A login that was
refused names subject and issuer.
  --role ROLE      viewer, operator or administrator (default administrator)
  --issuer ISSUER  of the subject ("iss"), to the letter (default what the identity provider says of itself)`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      {
        config: { type: 'string', default: 'earshot.yaml' },
        role: { type: 'string', default: 'administrator' },
        issuer: { type: 'string' },
      },
      args[0] === 'link' ? 3 : 2,
    );
    const [what = '', typedName = '', subject = ''] = positionals;
    const name = typedName.trim().toLowerCase();
    if (what !== 'add' && what !== 'password' && what !== 'link')
      throw new Fault('USAGE', 'user add NAME, user password NAME, or user link NAME SUBJECT');
    const role = ROLES.find((each) => each === values.role);
    if (!role) throw new Fault('USAGE', `--role is one of ${ROLES.join(', ')}`);
    const config = loadConfig(values.config);
    await using world = await openBeside(config);
    const logins = createLogins(new Accounts(world.sql, world.clock), config.admin, world.clock);
    const told = (task: () => Promise<void>): Promise<void> =>
      audited(world, config, { action: `users.${what}`, subject: { kind: 'user', id: name } }, task);
    if (what === 'link') {
      const issuer = singleSignOn(config.admin, world.clock)?.issuer;
      const identity = await identityOf(subject, values.issuer, issuer);
      await told(() => logins.change(name, { identity }));
      console.log(`${name} is the account of that subject of ${identity.issuer}; its sessions ended.`);
      return 0;
    }
    const typed = await readPassword(name);
    const password = typed === '' ? newSecret().slice(0, 24) : typed;
    await told(() =>
      what === 'add' ? logins.add(name, password, role, AUTHOR) : logins.change(name, { password }),
    );
    console.log(what === 'add' ? `${name} is ${role}.` : `${name} has a new password; other sessions ended.`);
    if (typed === '') console.log(`Password: ${password}`);
    return 0;
  },
};

/** One line, which a terminal does not show. Empty: one is to be made. */
async function readPassword(name: string): Promise<string> {
  const isTyped = process.stdin.isTTY;
  if (isTyped) process.stderr.write(`Password for ${name} (empty: one is made): `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTyped });
  for await (const line of lines) {
    lines.close();
    if (isTyped) process.stderr.write('\n');
    return line;
  }
  return '';
}
