/** A form that was filled in under a session that is over: nothing was done, and nothing that was typed is lost. */
import type { Context } from 'hono';
import type { Env } from './env.ts';
import { type Html, whole } from './html.ts';
import { Field, type Frame, Page } from './layout.tsx';

/** Only browsers say so, and only of pages of ours: what comes from elsewhere is never offered again. */
export const isFromOurForm = (c: Context<Env>): boolean =>
  c.req.method === 'POST' &&
  c.req.header('sec-fetch-site') === 'same-origin' &&
  c.req.header('x-fragment') === undefined;

/** Somebody logged in again since the form was opened. */
export const isOfEarlierSession = (c: Context<Env>, given: string | undefined, wanted: string): boolean =>
  isFromOurForm(c) && given !== undefined && given !== '' && given !== wanted;

/** Never put into a page again. */
const SECRET = /password|present|secret/i;

type Kept = Readonly<{
  fields: readonly (readonly [string, string])[];
  secrets: readonly string[];
  hasFile: boolean;
}>;

/** Shows what was typed, to be sent again by hand: under the session of `frame`, or after a login in another window. */
export async function offerAgain(c: Context<Env>, frame: Frame): Promise<Response> {
  const kept = await keptOf(c);
  return c.html(whole(<Again frame={frame} action={c.req.path} kept={kept} />), frame.who ? 403 : 401);
}

async function keptOf(c: Context<Env>): Promise<Kept> {
  const all = Object.entries(await c.req.parseBody({ all: true })).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as const),
  );
  const fields = all.filter(
    (each): each is [string, string] =>
      typeof each[1] === 'string' && each[0] !== 'csrf' && !SECRET.test(each[0]),
  );
  const secrets = all.flatMap(([name, value]) => (SECRET.test(name) && value !== '' ? [name] : []));
  return { fields, secrets, hasFile: all.some(([, value]) => typeof value !== 'string' && value.size > 0) };
}

const Again = ({ frame, action, kept }: { frame: Frame; action: string; kept: Kept }): Html => (
  <Page title={frame.who ? 'Send it again' : 'Your session is over'} frame={frame}>
    <p class="said failed" role="alert">
      <strong>Nothing was done yet. </strong>
      {frame.who
        ? 'The form was opened in an earlier session.'
        : 'The session ended while the form was open. What you typed is kept on this page.'}
    </p>
    {!frame.who && (
      <p>
        <a href="/login" target="_blank" rel="noopener">
          Log in in a new window
        </a>
        , then come back to this page and send it again.
      </p>
    )}
    <form method="post" action={action} class="narrow">
      <input type="hidden" name="csrf" value={frame.who?.form ?? '-'} />
      {kept.fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {kept.secrets.map((name) => (
        <Field id={`again-${name}`} label={`The ${name} again`} hint="It is not kept.">
          <input
            id={`again-${name}`}
            name={name}
            type="password"
            autocomplete="off"
            maxlength={256}
            aria-describedby={`again-${name}-hint`}
          />
        </Field>
      ))}
      {kept.hasFile && <p class="hint">The file is not kept: go back and choose it again.</p>}
      <button type="submit">Send it again</button>
    </form>
  </Page>
);
