import type { Html } from '../html.ts';
import { Field, type Frame, Page } from '../layout.tsx';

/** `provider`: the name on the button of single sign-on. `next`: where to go on, a path of ours. */
export const loginPage = (
  frame: Frame,
  next: string,
  provider: string | undefined,
  noUsers: boolean,
): Html => (
  <Page title="Log in" frame={frame}>
    {noUsers && (
      <p class="note">
        There is no administrator yet.{' '}
        {!frame.isLocked && 'The service printed a link for the first one when it started. '}
        <code>earshot user add NAME</code> makes one on the machine.
      </p>
    )}
    <form method="post" action="/login" class="narrow">
      <input type="hidden" name="next" value={next} />
      <Field id="name" label="Name">
        <input id="name" name="name" required autocomplete="username" autofocus maxlength={64} />
      </Field>
      <Field id="password" label="Password">
        <input
          id="password"
          name="password"
          type="password"
          required
          autocomplete="current-password"
          maxlength={256}
        />
      </Field>
      <button type="submit">Log in</button>
    </form>
    {provider && (
      <form method="post" action="/login/oidc" class="narrow">
        <input type="hidden" name="next" value={next} />
        <button type="submit">{provider}</button>
      </form>
    )}
  </Page>
);

/** Left by itself at once; the link is for browsers that do not. */
export const providerPage = (frame: Frame, url: string): Html => (
  <Page title="On to the identity provider" frame={frame}>
    <p>
      <a href={url}>Go on to the identity provider</a>
    </p>
  </Page>
);

const NewPassword = ({ label }: { label: string }): Html => (
  <Field id="password" label={label} hint="12 characters or more; a sentence is easy to keep in mind.">
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
);

export const firstPage = (frame: Frame, secret: string): Html => (
  <Page title="First administrator" frame={frame}>
    <p>This link works once. It makes the account that can make all others.</p>
    <form method="post" action="/first" class="narrow">
      <input type="hidden" name="secret" value={secret} />
      <Field id="name" label="Name" hint="Small letters, digits and . _ @ -">
        <input
          id="name"
          name="name"
          required
          autocomplete="username"
          maxlength={64}
          aria-describedby="name-hint"
        />
      </Field>
      <NewPassword label="Password" />
      <button type="submit">Make the account</button>
    </form>
  </Page>
);

export const accountPage = (frame: Frame, hasPassword: boolean): Html => (
  <Page title="Your account" frame={frame}>
    <dl class="facts">
      <dt>Name</dt>
      <dd>{frame.who?.name}</dd>
      <dt>Role</dt>
      <dd>{frame.who?.role}</dd>
    </dl>
    {hasPassword && frame.isLocked && (
      <p>
        Changes are locked: <code>earshot user password NAME</code> changes your password on the machine.
      </p>
    )}
    {hasPassword && !frame.isLocked && (
      <form method="post" action="/account/password" class="narrow">
        <h2>Change your password</h2>
        <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
        <Field id="present" label="Present password">
          <input
            id="present"
            name="present"
            type="password"
            required
            autocomplete="current-password"
            maxlength={256}
          />
        </Field>
        <NewPassword label="New password" />
        <button type="submit">Change it</button>
        <p class="hint">Your other sessions end.</p>
      </form>
    )}
    {!hasPassword && <p>You log in by the identity provider.</p>}
  </Page>
);
