import type { UserOperations } from '../../../src/api/user-operations.ts';
import { asFault } from '../../../src/fault.ts';
import { Action, Badge, Field, Form, type Frame, Head, Reason, When } from '../layout.tsx';
import { answer, form, type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';

const Roles = ({ id, name = 'role', selected }: { id: string; name?: string; selected?: string }) => (
  <select id={id} name={name}>
    {(['viewer', 'operator', 'administrator'] as const).map((role) => (
      <option value={role} selected={role === selected}>
        {role}
      </option>
    ))}
  </select>
);

export const userPages = (users: UserOperations): PageRoute[] => [
  page('/users', 'administrator', (visit) => showUsers(users, visit)),
  answer('/users', 'administrator', async (visit) => {
    const { run, fields, go } = visit;
    try {
      await run(users.add, fields);
      return go('/users', `The user ${fields['name']} is made.`);
    } catch (thrown) {
      const { code, message } = asFault(thrown);
      if (code === 'FORBIDDEN' || code === 'INTERNAL') throw thrown;
      const { name, role, reason } = fields;
      return showUsers(users, visit, { name, role, reason, problem: message });
    }
  }),
  form('/users/change', 'administrator', '/users', async ({ run, fields }) => {
    const { name = '', role, password, standing, subject, issuer, reason } = fields;
    const isDisabled = { disable: true, enable: false }[standing ?? ''];
    await run(users.change, {
      name,
      reason,
      ...(role ? { role } : {}),
      ...(password ? { password } : {}),
      ...(subject ? { subject } : {}),
      ...(issuer ? { issuer } : {}),
      ...(isDisabled === undefined ? {} : { isDisabled }),
    });
    return `The user ${name} is changed.`;
  }),
  form('/users/remove', 'administrator', '/users', async ({ run, fields }) => {
    await run(users.remove, { name: fields['name'], reason: fields['reason'] });
    return `The user ${fields['name']} is removed.`;
  }),
  form('/tokens', 'administrator', '/users', async ({ run, fields, show }) => {
    const { secret, expiresAt } = await run(users.addToken, fields);
    return show(
      'The new token',
      <div class="card">
        <p>This is shown once. Put it where the program that calls finds it.</p>
        <p>
          <code>{secret}</code>
        </p>
        <p>
          It is good until <When at={expiresAt} />.
        </p>
        <p>
          <a href="/users">Back to the users</a>
        </p>
      </div>,
    );
  }),
  form('/tokens/remove', 'administrator', '/users', async ({ run, fields }) => {
    await run(users.removeToken, { id: fields['id'], reason: fields['reason'] });
    return 'The token is taken back.';
  }),
];

/** What a form that was refused had in it, but for the password. */
type Typed = Readonly<
  Partial<Record<'name' | 'role' | 'reason', string | undefined>> & { problem?: string | undefined }
>;

async function showUsers(
  users: UserOperations,
  { run, show, frame }: Visit,
  typed: Typed = {},
): Promise<Response> {
  const [{ users: people }, { tokens }] = [await run(users.list, {}), await run(users.tokens, {})];
  return show(
    'Users',
    <>
      <p>
        A <strong>viewer</strong> sees cases and reports; an <strong>operator</strong> also decides about
        cases and patients; an <strong>administrator</strong> also changes nodes, rules, models and users.
      </p>
      <div class="table">
        <table>
          <caption>People</caption>
          <Head names={['Name', 'Role', 'Login', 'Last login', 'Made', 'Change']} />
          <tbody>
            {people.map((person, index) => (
              <tr id={`user-${person.name}`}>
                <th scope="row">
                  <Shown value={person.name} /> {person.isDisabled && <Badge tone="off">disabled</Badge>}
                  {person.lockedUntil && <Badge tone="warning">locked</Badge>}
                </th>
                <td>{person.role}</td>
                <td>{loginOf(person)}</td>
                <td>
                  <When at={person.lastLoginAt} />
                </td>
                <td>
                  <When at={person.createdAt} /> by <Shown value={person.createdBy} />
                </td>
                <td>
                  <ChangeUser frame={frame} person={person} index={index} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="cards">
        <NewUser frame={frame} typed={typed} />
        <NewToken frame={frame} />
      </div>
      <Tokens frame={frame} tokens={tokens} />
    </>,
  );
}

type Person = Readonly<{
  name: string;
  role: string;
  isDisabled: boolean;
  login: string;
  subject: string | null;
}>;

const loginOf = ({ login, subject }: Person): string => {
  if (login === 'provider') return 'identity provider';
  return subject === null ? 'password' : 'password, identity provider';
};

const ChangeUser = ({ frame, person, index }: { frame: Frame; person: Person; index: number }) => (
  <>
    <Action frame={frame} action="/users/change" name="Change" id={`change-${index}`}>
      <input type="hidden" name="name" value={person.name} />
      <Field id={`role-${index}`} label="Role">
        <Roles id={`role-${index}`} selected={person.role} />
      </Field>
      {person.login === 'password' && (
        <Field id={`password-${index}`} label="New password" hint="Empty: it stays.">
          <input
            id={`password-${index}`}
            name="password"
            type="password"
            autocomplete="new-password"
            maxlength={256}
            aria-describedby={`password-${index}-hint`}
          />
        </Field>
      )}
      <Field
        id={`subject-${index}`}
        label="Subject at the identity provider"
        hint="The person of that subject has this account from now on. Empty: it stays."
      >
        <input
          id={`subject-${index}`}
          name="subject"
          maxlength={255}
          autocomplete="off"
          aria-describedby={`subject-${index}-hint`}
        />
      </Field>
      <Field
        id={`issuer-${index}`}
        label="Issuer of that subject"
        hint="As a refused login named it. Empty: what the provider says of itself."
      >
        <input
          id={`issuer-${index}`}
          name="issuer"
          maxlength={2048}
          autocomplete="off"
          aria-describedby={`issuer-${index}-hint`}
        />
      </Field>
      <Field id={`standing-${index}`} label="Standing">
        <select id={`standing-${index}`} name="standing">
          <option value="">as it is, and unlocked</option>
          {person.isDisabled ? (
            <option value="enable">enabled again</option>
          ) : (
            <option value="disable">disabled: may not log in</option>
          )}
        </select>
      </Field>
    </Action>
    <Action frame={frame} action="/users/remove" name="Remove" id={`remove-${index}`} danger>
      <input type="hidden" name="name" value={person.name} />
    </Action>
  </>
);

const NewUser = ({ frame, typed }: { frame: Frame; typed: Typed }) => (
  <section class="card" aria-labelledby="new-user">
    <h2 id="new-user">New user</h2>
    {typed.problem !== undefined && (
      <p class="said failed" role="alert">
        {visible(typed.problem, 1500)}
      </p>
    )}
    <Form frame={frame} action="/users">
      <Field id="name" label="Name" hint="Small letters, digits and . _ @ -">
        <input
          id="name"
          name="name"
          value={typed.name}
          required
          maxlength={64}
          autocomplete="off"
          aria-describedby="name-hint"
        />
      </Field>
      <Field id="password" label="First password" hint="12 characters or more">
        <input
          id="password"
          name="password"
          type="password"
          required
          minlength={12}
          maxlength={256}
          autocomplete="new-password"
          aria-describedby="password-hint"
        />
      </Field>
      <Field id="role" label="Role">
        <Roles id="role" {...(typed.role === undefined ? {} : { selected: typed.role })} />
      </Field>
      <Reason id="new-user-reason" value={typed.reason} />
      <button type="submit">Make the user</button>
    </Form>
  </section>
);

const NewToken = ({ frame }: { frame: Frame }) => (
  <section class="card" aria-labelledby="new-token">
    <h2 id="new-token">New token for the API</h2>
    <Form frame={frame} action="/tokens">
      <Field id="token-name" label="Name" hint="Of the program that calls; it stands in the audit trail.">
        <input
          id="token-name"
          name="name"
          required
          maxlength={64}
          autocomplete="off"
          aria-describedby="token-name-hint"
        />
      </Field>
      <Field id="token-role" label="Role">
        <Roles id="token-role" />
      </Field>
      <Field id="days" label="Good for (days)">
        <input id="days" name="days" type="number" min={1} max={730} value="90" required />
      </Field>
      <Reason id="new-token-reason" />
      <button type="submit">Make the token</button>
    </Form>
  </section>
);

type Token = Readonly<{
  id: string;
  name: string;
  role: string;
  createdBy: string;
  expiresAt: string;
  usedAt: string | null;
}>;

const Tokens = ({ frame, tokens }: { frame: Frame; tokens: readonly Token[] }) =>
  tokens.length === 0 ? (
    <p>There are no tokens.</p>
  ) : (
    <div class="table">
      <table>
        <caption>Tokens of the API</caption>
        <Head names={['Name', 'Role', 'Made by', 'Good until', 'Last used', 'Take back']} />
        <tbody>
          {tokens.map(({ id, name, role, createdBy, expiresAt, usedAt }) => (
            <tr>
              <th scope="row">
                <Shown value={name} />
              </th>
              <td>{role}</td>
              <td>
                <Shown value={createdBy} />
              </td>
              <td>
                <When at={expiresAt} />
              </td>
              <td>
                <When at={usedAt} />
              </td>
              <td>
                <Action frame={frame} action="/tokens/remove" name="Take back" id={`token-${id}`} danger>
                  <input type="hidden" name="id" value={id} />
                </Action>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
