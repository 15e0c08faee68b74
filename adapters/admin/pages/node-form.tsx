/** The form of a node: everything that the configuration file could say of it. */
import type { Child } from 'hono/jsx';
import type { Language } from '../../../src/sr/language.ts';
import type { Outcome, Sendable } from '../../../src/sr/report-choice.ts';
import type { Html } from '../html.ts';
import { Field, Form, type Frame, Reason } from '../layout.tsx';
import { visible } from '../shown.tsx';
import type { NodeFields, Problem } from './node-fields.ts';

type Typed = Readonly<{ fields: NodeFields; problems: readonly Problem[] }>;
type Choice = readonly [value: string, label: string];

const ROLES: readonly Choice[] = [
  ['source', 'source: sends studies'],
  ['archive', 'archive: is asked for earlier studies'],
  ['destination', 'destination: gets reports'],
  ['annotator', 'annotator: draws masks'],
];
const SENDS: Readonly<Record<Sendable, string>> = {
  sr: 'SR',
  picture: 'picture',
  pdf: 'PDF',
  view: 'SR for measurement viewers',
};
const OUTCOMES: Readonly<Record<Outcome, string>> = {
  scored: 'scored',
  deltaOnly: 'delta alone',
  progression: 'progression',
  notEvaluable: 'not evaluable',
};
const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', zh: 'Chinese' };

const idOf = (field: string): string => `node-${field.replace('.', '-')}`;
const problemsOf = ({ problems }: Typed, field: string): readonly string[] =>
  problems.filter((each) => each.field === field).map(({ text }) => text);

const Wrong = ({ typed, field }: { typed: Typed; field: string }): Html | null => {
  const texts = problemsOf(typed, field);
  return texts.length === 0 ? null : (
    <p class="problem" id={`${idOf(field)}-problem`}>
      <strong>Not valid:</strong> {visible(texts.join('; '), 600)}
    </p>
  );
};

type TextOptions = Readonly<{
  typed: Typed;
  field: string;
  label: string;
  hint?: Child;
  type?: 'number' | 'url' | 'password';
  isFixed?: boolean;
  isNeeded?: boolean;
}>;

const Text = ({ typed, field, label, hint, type, isFixed, isNeeded }: TextOptions): Html | null => {
  const isWrong = problemsOf(typed, field).length > 0;
  const told = [
    hint !== undefined ? `${idOf(field)}-hint` : '',
    isWrong ? `${idOf(field)}-problem` : '',
  ].filter(Boolean);
  return (
    <Field id={idOf(field)} label={label} hint={hint}>
      <input
        id={idOf(field)}
        name={field}
        type={type === 'password' ? 'password' : undefined}
        inputmode={type === 'number' ? 'numeric' : undefined}
        value={typed.fields[field]?.join(', ') ?? ''}
        maxlength={2000}
        required={isNeeded}
        readonly={isFixed}
        autocomplete={type === 'password' ? 'new-password' : 'off'}
        aria-describedby={told.join(' ') || undefined}
        aria-invalid={isWrong ? 'true' : undefined}
      />
      <Wrong typed={typed} field={field} />
    </Field>
  );
};

type PickOptions = Readonly<{
  typed: Typed;
  field: string;
  label: string;
  choices: readonly Choice[];
  hint?: string;
}>;

const Pick = ({ typed, field, label, choices, hint }: PickOptions): Html => (
  <Field id={idOf(field)} label={label} hint={hint}>
    <select id={idOf(field)} name={field} aria-describedby={hint ? `${idOf(field)}-hint` : undefined}>
      {choices.map(([value, text]) => (
        <option value={value} selected={(typed.fields[field]?.at(-1) ?? '') === value}>
          {text}
        </option>
      ))}
    </select>
    <Wrong typed={typed} field={field} />
  </Field>
);

const Choices = ({ typed, field, label, choices, hint }: PickOptions): Html => (
  <fieldset>
    <legend>{label}</legend>
    {choices.map(([value, text]) => (
      <label class="choice">
        <input type="checkbox" name={field} value={value} checked={typed.fields[field]?.includes(value)} />
        {text}
      </label>
    ))}
    {hint && <p class="hint">{hint}</p>}
    <Wrong typed={typed} field={field} />
  </fieldset>
);

const DEFAULT: Choice = ['', 'default'];

export type NodeFormProps = Readonly<{
  frame: Frame;
  action: string;
  typed: Typed;
  /** names of other nodes, which may stand in for this one */
  others: readonly string[];
  /** an existing one keeps its name */
  isNew: boolean;
  basedOn: string;
}>;

export const NodeForm = ({ frame, action, typed, others, isNew, basedOn }: NodeFormProps): Html => (
  <Form frame={frame} action={action} id="node-form">
    <input type="hidden" name="basedOn" value={basedOn} />
    {typed.problems.length > 0 && <Problems typed={typed} />}
    <Who typed={typed} isNew={isNew} />
    <AsDestination typed={typed} others={others} />
    <AsArchive typed={typed} />
    <section class="card" aria-labelledby="pace">
      <h2 id="pace">Pace</h2>
      <div class="fields">
        <Text
          {...{ typed, field: 'quietHours', label: 'Quiet hours' }}
          hint="Such as 22:00-06:00 or 22:00-06:00 Europe/Vienna; several with commas."
        />
        <Text
          {...{ typed, field: 'maxPerMinute', label: 'Most requests a minute', type: 'number' }}
          hint="Empty: as fast as it goes."
        />
      </div>
    </section>
    <Security typed={typed} isNew={isNew} />
    <section class="card">
      <Reason id="node-reason" />
      <button type="submit">{isNew ? 'Add the node' : 'Change the node'}</button>{' '}
      <a href="/nodes">Leave it as it is</a>
    </section>
  </Form>
);

const Problems = ({ typed: { problems } }: { typed: Typed }): Html => (
  <div class="said failed" role="alert">
    <strong>Nothing was changed.</strong>
    <ul>
      {problems.map(({ field, text }) => (
        <li>
          {field === undefined ? (
            visible(text, 600)
          ) : (
            <a href={`#${idOf(field)}`}>{`${field}: ${visible(text, 600)}`}</a>
          )}
        </li>
      ))}
    </ul>
    What was typed is kept; a password must be typed again.
  </div>
);

const Who = ({ typed, isNew }: { typed: Typed; isNew: boolean }): Html => (
  <section class="card" aria-labelledby="who">
    <h2 id="who">Who it is</h2>
    <div class="fields">
      <Text
        {...{ typed, field: 'name', label: 'Name', isNeeded: true, isFixed: !isNew }}
        hint={
          isNew
            ? 'Letters, digits, dots, dashes and underscores.'
            : 'It stays: deliveries and checks go by it.'
        }
      />
      <Text {...{ typed, field: 'aeTitle', label: 'AE title' }} hint="Of a DIMSE node, to the letter." />
      <Text {...{ typed, field: 'host', label: 'Host' }} hint="Name or address. Empty: it only calls us." />
      <Text {...{ typed, field: 'port', label: 'Port', type: 'number' }} />
      <Text
        {...{ typed, field: 'dicomWeb', label: 'DICOMweb address' }}
        hint="Instead of AE title, host and port: https://pacs.example/dicom-web"
      />
    </div>
    <Choices {...{ typed, field: 'roles', label: 'Roles', choices: ROLES }} />
    <Choices
      {...{ typed, field: 'disabled', label: 'Standing', choices: [['true', 'disabled']] }}
      hint="A disabled node may not send, is not asked and gets nothing."
    />
  </section>
);

const AsDestination = ({ typed, others }: { typed: Typed; others: readonly string[] }): Html => (
  <section class="card" aria-labelledby="as-destination">
    <h2 id="as-destination">As a destination</h2>
    <div class="fields">
      <Pick
        {...{ typed, field: 'mode', label: 'Mode' }}
        choices={[
          ['', 'live'],
          ['test', 'test: the test node gets what is meant for it'],
          ['off', 'off: gets nothing'],
        ]}
      />
      <Pick
        {...{ typed, field: 'testNode', label: 'Test node' }}
        choices={[['', 'none'], ...others.map((name): Choice => [name, name])]}
      />
      <Pick
        {...{ typed, field: 'srSopClass', label: 'Form of the SR' }}
        choices={[DEFAULT, ['comprehensive', 'Comprehensive SR'], ['comprehensive3d', 'Comprehensive 3D SR']]}
      />
      <Pick
        {...{ typed, field: 'fallback', label: 'When it refuses that form' }}
        choices={[
          ['', 'nothing else is tried'],
          ['otherSrClass', 'the other form is tried'],
        ]}
      />
      <Pick
        {...{ typed, field: 'language', label: 'Language' }}
        choices={[DEFAULT, ...Object.entries(LANGUAGES)]}
      />
      <Pick
        {...{ typed, field: 'confirm', label: 'Whether it kept the report' }}
        choices={[
          ['', 'is not asked'],
          ['auto', 'as the node can'],
          ['commitment', 'by storage commitment'],
          ['readBack', 'by reading it back'],
        ]}
      />
    </div>
    <Choices
      {...{ typed, field: 'sends', label: 'What it gets', choices: Object.entries(SENDS) }}
      hint="None chosen: SR and picture, as far as it takes them."
    />
    <Choices
      {...{ typed, field: 'reportsOn', label: 'On which outcomes', choices: Object.entries(OUTCOMES) }}
      hint="None chosen: all but not evaluable."
    />
  </section>
);

const AsArchive = ({ typed }: { typed: Typed }): Html => (
  <section class="card" aria-labelledby="as-archive">
    <h2 id="as-archive">As an archive</h2>
    <div class="fields">
      <Pick
        {...{ typed, field: 'retrieve', label: 'Objects are fetched by' }}
        choices={[DEFAULT, ['move', 'C-MOVE'], ['get', 'C-GET']]}
      />
      <Pick
        {...{ typed, field: 'queryModel', label: 'Information model' }}
        choices={[DEFAULT, ['patient', 'Patient Root'], ['study', 'Study Root']]}
      />
      <Text
        {...{ typed, field: 'poll.everyMinutes', label: 'Polled every (minutes)', type: 'number' }}
        hint="For an archive that does not send by itself. Empty: never."
      />
      <Text {...{ typed, field: 'poll.lookBackDays', label: 'Days back', type: 'number' }} />
    </div>
  </section>
);

const Security = ({ typed, isNew }: { typed: Typed; isNew: boolean }): Html => (
  <section class="card" aria-labelledby="security">
    <h2 id="security">Security</h2>
    <div class="fields">
      <Text
        {...{ typed, field: 'addresses', label: 'May call from' }}
        hint="Addresses or networks, with commas: 10.0.0.5, 10.1.0.0/16. Empty: from anywhere."
      />
      <Pick
        {...{ typed, field: 'tls', label: 'TLS' }}
        choices={[
          ['none', 'without TLS, or by https'],
          ['system', 'with the authorities of this machine'],
          ['files', 'with the files named here'],
        ]}
      />
      <Text
        {...{ typed, field: 'tls.ca', label: 'Authorities (PEM files)' }}
        hint="Paths on this machine, with commas."
      />
      <Text {...{ typed, field: 'tls.cert', label: 'Our certificate (PEM file)' }} />
      <Text {...{ typed, field: 'tls.key', label: 'Its key (PEM file)' }} />
      <Pick
        {...{ typed, field: 'auth', label: 'Login (DICOMweb)' }}
        choices={[
          ['none', 'none'],
          ['bearer', 'bearer token'],
          ['user', 'user and password'],
        ]}
      />
      <Text {...{ typed, field: 'auth.user', label: 'User' }} />
      <Text
        {...{ typed, field: 'auth.secret', label: 'Password or token', type: 'password' }}
        hint={isNew || typed.fields['auth']?.at(-1) === 'none' ? undefined : '(kept) Empty: it stays.'}
      />
    </div>
  </section>
);
