/** Who is told what: settings, a test of each channel, what stands now and what the next message would say. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Badge, Field, Form, type Frame, Reason, When } from '../layout.tsx';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';

type Operations = Areas['notifications'];
type Shape = Awaited<ReturnType<Operations['show']['run']>>;
type Settings = Shape['settings'];

const EVENTS = {
  caseHeld: 'a case is held',
  deliveryFailing: 'a delivery fails',
  disk: 'the disk fills up',
  nodeDown: 'a node does not answer',
  drift: 'the deltas drift',
} as const;

export const notificationPages = (operations: Operations): PageRoute[] => [
  page('/notifications', 'administrator', async ({ run, show, frame }) => {
    const { settings, alerts, channels } = await run(operations.show, {});
    const { message } = await run(operations.preview, {});
    return show(
      'Notifications',
      <div class="columns">
        <SettingsForm frame={frame} settings={settings} />
        <div>
          <Channels frame={frame} settings={settings} channels={channels} />
          <Alerts alerts={alerts} />
          <section class="card" aria-labelledby="next">
            <h2 id="next">The next e-mail would say</h2>
            {message ? (
              <>
                <p>
                  <strong>{visible(message.subject, 200)}</strong>
                </p>
                <pre tabindex={0}>{visible(message.text, 8000).replaceAll('⟨U+000A⟩', '\n')}</pre>
              </>
            ) : (
              <p>Nothing: there is nothing new to tell.</p>
            )}
          </section>
        </div>
      </div>,
      { wide: true },
    );
  }),
  form('/notifications', 'administrator', '/notifications', async (visit) => {
    await visit.run(operations.change, { settings: settingsOf(visit), reason: visit.fields['reason'] });
    return 'The notifications are changed; where a second administrator approves, the change waits under Configuration.';
  }),
  form('/notifications/test', 'administrator', '/notifications', async ({ run, fields }) => {
    const { channel, answer } = await run(operations.test, { channel: fields['channel'] });
    return `The test by ${channel} was taken: ${answer}`;
  }),
];

/** From the fields of the form; what is empty is not configured. */
function settingsOf({ fields, lists }: Visit): unknown {
  const text = (name: string): string | undefined => fields[name]?.trim() || undefined;
  const number = (name: string): number | undefined =>
    text(name) === undefined ? undefined : Number(text(name));
  const withoutNothing = (part: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
  const email = text('email.host') && {
    email: withoutNothing({
      host: text('email.host'),
      port: number('email.port'),
      secure: fields['email.secure'] === 'on',
      requireTls: fields['email.requireTls'] === 'on',
      user: text('email.user'),
      password: text('email.password') ?? (text('email.user') && text('email.kept')),
      from: text('email.from'),
      to: (text('email.to') ?? '').split(/[\s,;]+/).filter(Boolean),
    }),
  };
  const webhook = text('webhook.url') && {
    webhook: withoutNothing({
      url: text('webhook.url'),
      secret: text('webhook.secret') ?? text('webhook.kept'),
    }),
  };
  return withoutNothing({
    ...(email || {}),
    ...(webhook || {}),
    events: lists['events'] ?? [],
    includePatientData: fields['includePatientData'] === 'on',
    baseUrl: text('baseUrl'),
    thresholds: withoutNothing({
      heldMinutes: number('heldMinutes'),
      deliveryAttempts: number('deliveryAttempts'),
      diskFreeGiB: number('diskFreeGiB'),
      nodeFailures: number('nodeFailures'),
    }),
    digest: withoutNothing({ mode: text('mode'), hour: number('hour'), repeatHours: number('repeatHours') }),
  });
}

const Text = ({
  name,
  label,
  value,
  hint,
  type = 'text',
}: {
  name: string;
  label: string;
  value?: string | number | undefined;
  hint?: string;
  type?: string;
}) => (
  <Field id={name} label={label} hint={hint}>
    <input
      id={name}
      name={name}
      type={type}
      value={value === undefined ? undefined : String(value)}
      autocomplete="off"
      aria-describedby={hint ? `${name}-hint` : undefined}
    />
  </Field>
);

const Check = ({
  name,
  label,
  isOn,
  value,
}: {
  name: string;
  label: string;
  isOn: boolean;
  value?: string;
}) => (
  <label class="choice">
    <input type="checkbox" name={name} value={value} checked={isOn} /> {label}
  </label>
);

/** A secret is never shown: empty, it stays. */
const Secret = ({ name, label, isKept }: { name: string; label: string; isKept: boolean }) => (
  <Field id={name} label={label} hint={isKept ? 'One is kept. Empty: it stays.' : 'None is kept.'}>
    <input
      id={name}
      name={name}
      type="password"
      autocomplete="new-password"
      aria-describedby={`${name}-hint`}
    />
  </Field>
);

const SettingsForm = ({ frame, settings }: { frame: Frame; settings: Settings }) => {
  const { email, webhook, events, thresholds, digest } = settings;
  return (
    <Form frame={frame} action="/notifications">
      <fieldset>
        <legend>E-mail</legend>
        <div class="fields">
          <Text name="email.host" label="Mail server" value={email?.host} hint="Empty: no e-mail." />
          <Text name="email.port" label="Port" value={email?.port ?? 587} type="number" />
          <Text name="email.user" label="User" value={email?.user} />
          <Secret name="email.password" label="Password" isKept={email?.password !== undefined} />
          <Text name="email.from" label="From" value={email?.from} type="email" />
          <Text name="email.to" label="To" value={email?.to.join(', ')} hint="Parted by commas." />
        </div>
        {email?.password !== undefined && <input type="hidden" name="email.kept" value="(kept)" />}
        <Check name="email.secure" label="TLS from the first byte (port 465)" isOn={email?.secure ?? false} />
        <Check name="email.requireTls" label="only over TLS" isOn={email?.requireTls ?? true} />
      </fieldset>
      <fieldset>
        <legend>Webhook</legend>
        <Text name="webhook.url" label="Address" value={webhook?.url} type="url" hint="Empty: no webhook." />
        <Secret
          name="webhook.secret"
          label="Secret of the signature"
          isKept={webhook?.secret !== undefined}
        />
        {webhook?.secret !== undefined && <input type="hidden" name="webhook.kept" value="(kept)" />}
      </fieldset>
      <fieldset>
        <legend>Tell when</legend>
        {(Object.entries(EVENTS) as [keyof typeof EVENTS, string][]).map(([name, words]) => (
          <Check name="events" value={name} label={words} isOn={events.includes(name)} />
        ))}
        <div class="fields">
          <Text name="heldMinutes" label="Held for (minutes)" value={thresholds.heldMinutes} type="number" />
          <Text
            name="deliveryAttempts"
            label="Tries of a delivery"
            value={thresholds.deliveryAttempts}
            type="number"
          />
          <Text
            name="diskFreeGiB"
            label="Free disk below (GiB)"
            value={thresholds.diskFreeGiB}
            type="number"
          />
          <Text
            name="nodeFailures"
            label="Failed checks in a row"
            value={thresholds.nodeFailures}
            type="number"
          />
        </div>
      </fieldset>
      <fieldset>
        <legend>How</legend>
        <div class="fields">
          <Field id="mode" label="Messages">
            <select id="mode" name="mode">
              <option value="immediate" selected={digest.mode === 'immediate'}>
                as it happens
              </option>
              <option value="daily" selected={digest.mode === 'daily'}>
                once a day
              </option>
            </select>
          </Field>
          <Text name="hour" label="Hour of the daily message" value={digest.hour} type="number" />
          <Text
            name="repeatHours"
            label="Tell again after (hours)"
            value={digest.repeatHours}
            type="number"
          />
          <Text name="baseUrl" label="Address of these pages" value={settings.baseUrl} type="url" />
        </div>
        <Check
          name="includePatientData"
          label="Patient ID and study date in the text (off: a link alone)"
          isOn={settings.includePatientData}
        />
      </fieldset>
      <Reason id="reason" />
      <button type="submit" disabled={frame.isLocked}>
        Change the notifications
      </button>
    </Form>
  );
};

const Channels = ({
  frame,
  settings,
  channels,
}: {
  frame: Frame;
  settings: Settings;
  channels: Shape['channels'];
}) => (
  <section class="card" aria-labelledby="channels">
    <h2 id="channels">Channels</h2>
    {(['email', 'webhook'] as const).map((channel) => {
      const state = channels.find((each) => each.channel === channel);
      return (
        <Form frame={frame} action="/notifications/test">
          <input type="hidden" name="channel" value={channel} />
          <p>
            <button type="submit" class="quiet" disabled={settings[channel] === undefined || frame.isLocked}>
              Send a test by {channel === 'email' ? 'e-mail' : 'webhook'}
            </button>{' '}
            {settings[channel] === undefined && <small>not configured</small>}
            {state?.sentAt && (
              <small>
                last message <When at={state.sentAt} />
              </small>
            )}{' '}
            {state?.fault && (
              <>
                <Badge tone="failed">failing</Badge> <Shown value={state.fault} /> next try{' '}
                <When at={state.nextAttemptAt} />
              </>
            )}
          </p>
        </Form>
      );
    })}
  </section>
);

const Alerts = ({ alerts }: { alerts: Shape['alerts'] }) => (
  <section class="card" aria-labelledby="alerts">
    <h2 id="alerts">What matters now</h2>
    {alerts.length === 0 && <p>Nothing.</p>}
    <ul>
      {alerts.map(({ kind, since, text, subject }) => (
        <li>
          <Shown value={text} most={400} />{' '}
          <small>
            since <When at={since} />
          </small>{' '}
          {kind === 'caseHeld' && <a href={`/cases/${encodeURIComponent(subject)}`}>the case</a>}
        </li>
      ))}
    </ul>
  </section>
);
