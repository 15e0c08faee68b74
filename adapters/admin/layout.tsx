/** The frame of every page: navigation by role, what was said, and the parts that pages share. */
import type { Child, FC, PropsWithChildren } from 'hono/jsx';
import type { Role } from '../../src/api/operation.ts';
import type { Said } from './guard.ts';
import { visible } from './shown.tsx';

const ROLE_RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, administrator: 2 };
export const mayDo = (role: Role, needed: Role): boolean => ROLE_RANK[role] >= ROLE_RANK[needed];

type Place = Readonly<{ path: string; name: string; role: Role }>;
/** In the order of a day: what came, what it came from, how it is judged, who was told. */
const PLACES: readonly Place[] = [
  { path: '/', name: 'Worklist', role: 'viewer' },
  { path: '/patients', name: 'Patients', role: 'viewer' },
  { path: '/nodes', name: 'Nodes', role: 'viewer' },
  { path: '/rules', name: 'Rules', role: 'viewer' },
  { path: '/models', name: 'Models', role: 'viewer' },
  { path: '/health', name: 'Health', role: 'viewer' },
  { path: '/notifications', name: 'Notifications', role: 'administrator' },
  { path: '/configuration', name: 'Configuration', role: 'administrator' },
  { path: '/audit', name: 'Audit', role: 'administrator' },
  { path: '/users', name: 'Users', role: 'administrator' },
  { path: '/setup', name: 'Set-up', role: 'administrator' },
  { path: '/about', name: 'About', role: 'viewer' },
];

/** What every page is drawn with; made once a request. */
export type Frame = Readonly<{
  /** absent: nobody is logged in */
  who?: Readonly<{ name: string; role: Role; form: string }> | undefined;
  said?: Said | undefined;
  isLocked: boolean;
  /** changes with the content of the assets, so that browsers may keep them */
  assets: string;
  /** path of the page */
  here: string;
}>;

/** `title` never has patient data: it stands in the browser's history. */
export const Page: FC<PropsWithChildren<{ title: string; frame: Frame; wide?: boolean }>> = ({
  title,
  frame,
  wide,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} – Earshot`}</title>
      <link rel="stylesheet" href={`/assets/${frame.assets}/style.css`} />
      <link rel="icon" href={`/assets/${frame.assets}/icon.svg`} type="image/svg+xml" />
      <script src={`/assets/${frame.assets}/pages.js`} defer />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <span class="brand">Earshot</span>
        {frame.who && <Navigation frame={frame} role={frame.who.role} />}
        {frame.who && <Leave who={frame.who} />}
      </header>
      <main id="main" class={wide ? 'wide' : undefined} tabindex={-1}>
        <h1>{title}</h1>
        {frame.isLocked && frame.who && (
          <p class="note">
            Changes are locked (<code>admin.locked</code>): they come by the configuration file.
          </p>
        )}
        {frame.said && (
          <p class={`said ${frame.said.kind}`} role={frame.said.kind === 'failed' ? 'alert' : 'status'}>
            <strong>{frame.said.kind === 'failed' ? 'Not done: ' : 'Done: '}</strong>
            {visible(frame.said.text, 1500)}
          </p>
        )}
        {children}
      </main>
      <footer>Research use only. Not for primary diagnosis.</footer>
    </body>
  </html>
);

const isHere = (path: string, here: string): boolean =>
  path === '/' ? here === '/' || here.startsWith('/cases') : here === path || here.startsWith(`${path}/`);

const Navigation: FC<{ frame: Frame; role: Role }> = ({ frame, role }) => (
  <nav aria-label="Pages">
    <ul>
      {PLACES.filter((place) => mayDo(role, place.role)).map(({ path, name }) => (
        <li>
          <a href={path} aria-current={isHere(path, frame.here) ? 'page' : undefined}>
            {name}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const Leave: FC<{ who: NonNullable<Frame['who']> }> = ({ who }) => (
  <form method="post" action="/logout" class="who">
    <input type="hidden" name="csrf" value={who.form} />
    <a href="/account">
      <span class="visually-hidden">Your account: </span>
      {visible(who.name, 24)}
    </a>{' '}
    <small>{who.role}</small> <button type="submit">Log out</button>
  </form>
);

/** 24 hours, to the second, with the zone of this machine. */
export const moment = (at: Date): string => {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minutes = -at.getTimezoneOffset();
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone}`;
};

export const When: FC<{ at: Date | string | null | undefined }> = ({ at }) => {
  if (at === null || at === undefined) return <span class="none">–</span>;
  const date = new Date(at);
  return <time datetime={date.toISOString()}>{moment(date)}</time>;
};

/** In the largest unit that fits: 40 s, 12 min, 5 h, 3 d. */
export function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** A UID or a digest, to be copied. */
export const Uid: FC<{ value: string; what?: string }> = ({ value, what = 'UID' }) => (
  <span class="uid">
    <code>{visible(value, 80)}</code>
    <button type="button" class="copy" data-copy={value} aria-label={`Copy ${what}`} hidden>
      Copy
    </button>
  </span>
);

/** The head of a table. */
export const Head: FC<{ names: readonly string[] }> = ({ names }) => (
  <thead>
    <tr>
      {names.map((name) => (
        <th scope="col">{name}</th>
      ))}
    </tr>
  </thead>
);

/** What a colour would say, in words too. `tone`: ok, warning, failed, waiting, off. */
export const Badge: FC<PropsWithChildren<{ tone: 'ok' | 'warning' | 'failed' | 'waiting' | 'off' }>> = ({
  tone,
  children,
}) => <span class={`badge ${tone}`}>{children}</span>;

/** A form that changes something; every one of them carries what only this session knows. */
export const Form: FC<
  PropsWithChildren<{ frame: Frame; action: string; files?: boolean; id?: string; class?: string }>
> = ({ frame, action, files, id, class: className, children }) => (
  <form
    method="post"
    action={action}
    id={id}
    class={className}
    enctype={files ? 'multipart/form-data' : undefined}
    data-guard="changes"
  >
    <input type="hidden" name="csrf" value={frame.who?.form ?? ''} />
    {children}
  </form>
);

/** Label and field, with a hint that screen readers tell. */
export const Field: FC<PropsWithChildren<{ id: string; label: Child; hint?: Child }>> = ({
  id,
  label,
  hint,
  children,
}) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    {hint && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
  </div>
);

/** Asked with every change; it stands in the history and in the audit trail. */
export const Reason: FC<{ id: string; value?: string | undefined }> = ({ id, value }) => (
  <Field id={id} label="Reason or ticket" hint="Kept with the change. No patient data.">
    <input
      id={id}
      name="reason"
      value={value}
      required
      maxlength={500}
      autocomplete="off"
      aria-describedby={`${id}-hint`}
    />
  </Field>
);

/** Something that is done after a second look: the form opens in place, without a script. */
export const Action: FC<
  PropsWithChildren<{
    frame: Frame;
    action: string;
    name: string;
    id: string;
    danger?: boolean;
    /** it sends files */
    files?: boolean;
    whyNot?: string | undefined;
  }>
> = ({ frame, action, name, id, danger, files, whyNot, children }) =>
  whyNot === undefined ? (
    <details class="action">
      <summary>{name}</summary>
      <Form frame={frame} action={action} files={files === true}>
        {children}
        <Reason id={`${id}-reason`} />
        <button type="submit" class={danger ? 'danger' : undefined}>
          {name}
        </button>
      </Form>
    </details>
  ) : (
    <p class="action off">
      <span>{name}</span> <small>{visible(whyNot)}</small>
    </p>
  );
