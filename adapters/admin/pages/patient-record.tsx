/** The record of a patient in a form, and in words. */
import { Field, Head } from '../layout.tsx';
import type { Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { dayOf } from '../words.ts';

/** As it stands in the fields; '' is not known. */
export type Typed = Readonly<{
  tkiStart: string;
  drug: string;
  generation: string;
  mutation: string;
  otherTherapy: string;
  designatedBaseline: string;
  optOut: boolean;
  listed: boolean;
}>;
type KnownRecord = Readonly<
  { [Key in Exclude<keyof Typed, 'optOut' | 'listed'>]?: string | undefined } & Pick<
    Typed,
    'optOut' | 'listed'
  >
>;
export type StudyChoice = Readonly<{ StudyInstanceUID: string; StudyDate: string; state: string }>;
export type Drug = Readonly<{ name: string; generation: string }>;

/** `waitingForBaseline` as people read it. */
export const inWords = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

export const typedOf = (fields: Visit['fields']): Typed => ({
  tkiStart: fields['tkiStart'] ?? '',
  drug: fields['drug'] ?? '',
  generation: fields['generation'] ?? '',
  mutation: fields['mutation'] ?? '',
  otherTherapy: fields['otherTherapy'] ?? '',
  designatedBaseline: fields['designatedBaseline'] ?? '',
  optOut: fields['optOut'] === 'yes',
  listed: fields['listed'] === 'yes',
});

/** A patient without a record is listed once somebody saves one, as in a table. */
export const fieldsOf = (record: KnownRecord | null): Typed => ({
  tkiStart: dayOf(record?.tkiStart ?? ''),
  drug: record?.drug ?? '',
  generation: record?.generation ?? '',
  mutation: record?.mutation ?? '',
  otherTherapy: record?.otherTherapy ?? '',
  designatedBaseline: record?.designatedBaseline ?? '',
  optOut: record?.optOut ?? false,
  listed: record?.listed ?? true,
});

export const mutationInWords = (mutation: string): string =>
  mutation === 'exon19del' ? 'exon 19 deletion' : mutation;

const NAMES: Readonly<Record<keyof Typed, string>> = {
  tkiStart: 'TKI start',
  drug: 'Drug',
  generation: 'Generation',
  mutation: 'Mutation',
  otherTherapy: 'Other therapy',
  designatedBaseline: 'Designated baseline',
  optOut: 'Opt-out',
  listed: 'Listed',
};
export const nameOf = (column: string): string =>
  Object.hasOwn(NAMES, column) ? NAMES[column as keyof Typed] : column;

const said = (value: string | boolean): string => (typeof value === 'boolean' ? yesNo(value) : value);
export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

export const RecordFacts = ({ record }: { record: KnownRecord | null }) => {
  if (!record) return <p>Nothing is known of therapy and consent: there is no record.</p>;
  const values = fieldsOf(record);
  return (
    <dl class="facts">
      {(Object.keys(NAMES) as (keyof Typed)[]).map((column) => (
        <>
          <dt>{NAMES[column]}</dt>
          <dd>
            <Shown value={column === 'mutation' ? mutationInWords(values.mutation) : said(values[column])} />
          </dd>
        </>
      ))}
    </dl>
  );
};

/** Where what was typed and what stands there now differ. */
export const Differences = ({ typed, now }: { typed: Typed; now: Typed }) => (
  <div class="table">
    <table>
      <caption>What you typed, and what somebody else has saved meanwhile</caption>
      <Head names={['Field', 'Saved meanwhile', 'You typed']} />
      <tbody>
        {(Object.keys(NAMES) as (keyof Typed)[])
          .filter((column) => typed[column] !== now[column])
          .map((column) => (
            <tr>
              <th scope="row">{NAMES[column]}</th>
              <td>
                <Shown value={said(now[column])} />
              </td>
              <td>
                <Shown value={said(typed[column])} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  </div>
);

type Options = readonly (readonly [value: string, words: string])[];
const GENERATIONS: Options = [
  ['', 'that of the drug, or not known'],
  ['first', 'first'],
  ['second', 'second'],
  ['third', 'third'],
];
const MUTATIONS: Options = [
  ['', 'not known'],
  ['exon19del', 'exon 19 deletion'],
  ['L858R', 'L858R'],
  ['other', 'other'],
];

const Choose = ({ id, options, chosen }: { id: string; options: Options; chosen: string }) => (
  <select id={id} name={id}>
    {options.map(([value, words]) => (
      <option value={value} selected={value === chosen}>
        {words}
      </option>
    ))}
  </select>
);

/** A baseline that is not here may have been named by a table: it stays until another is chosen. */
function baselines(studies: readonly StudyChoice[], chosen: string): Options {
  const here = studies.map(
    ({ StudyInstanceUID, StudyDate, state }) =>
      [StudyInstanceUID, `${visible(dayOf(StudyDate), 20) || 'no date'} – ${inWords(state)}`] as const,
  );
  const isHere = chosen === '' || here.some(([uid]) => uid === chosen);
  return [
    ['', 'none: the baseline rules choose'],
    ...here,
    ...(isHere ? [] : [[chosen, `a study that is not here: ${visible(chosen, 70)}`] as const]),
  ];
}

export const RecordFields = ({
  typed,
  drugs,
  studies,
}: {
  typed: Typed;
  drugs: readonly Drug[];
  studies: readonly StudyChoice[];
}) => (
  <>
    <div class="fields">
      <Field id="tkiStart" label="TKI start" hint="First day of the tyrosine-kinase inhibitor">
        <input
          id="tkiStart"
          name="tkiStart"
          type="date"
          value={typed.tkiStart}
          aria-describedby="tkiStart-hint"
        />
      </Field>
      <Field id="drug" label="Drug" hint="A known name tells the generation">
        <input
          id="drug"
          name="drug"
          list="drugs"
          maxlength={64}
          value={typed.drug}
          autocomplete="off"
          aria-describedby="drug-hint"
        />
        <datalist id="drugs">
          {drugs.map(({ name, generation }) => (
            <option value={name}>{`${generation} generation`}</option>
          ))}
        </datalist>
      </Field>
      <Field id="generation" label="Generation">
        <Choose id="generation" options={GENERATIONS} chosen={typed.generation} />
      </Field>
      <Field id="mutation" label="Mutation">
        <Choose id="mutation" options={MUTATIONS} chosen={typed.mutation} />
      </Field>
      <Field id="otherTherapy" label="Other therapy" hint="“none”, or what else is given">
        <input
          id="otherTherapy"
          name="otherTherapy"
          maxlength={64}
          value={typed.otherTherapy}
          autocomplete="off"
          aria-describedby="otherTherapy-hint"
        />
      </Field>
      <Field id="designatedBaseline" label="Designated baseline" hint="Every later study is compared with it">
        <select id="designatedBaseline" name="designatedBaseline" aria-describedby="designatedBaseline-hint">
          {baselines(studies, typed.designatedBaseline).map(([value, words]) => (
            <option value={value} selected={value === typed.designatedBaseline}>
              {words}
            </option>
          ))}
        </select>
      </Field>
    </div>
    <p>
      <label class="choice">
        <input type="checkbox" name="optOut" value="yes" checked={typed.optOut} /> Opt-out: never score this
        patient
      </label>
      <label class="choice">
        <input type="checkbox" name="listed" value="yes" checked={typed.listed} /> Listed: counts where only
        listed patients are scored
      </label>
    </p>
  </>
);
