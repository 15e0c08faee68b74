/** What a person may do to a case: each opens in place and asks a reason; what is not possible says why. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Action, Field, type Frame, When } from '../layout.tsx';
import { form, type PageRoute, type Visit } from '../route.ts';
import { Shown, visible } from '../shown.tsx';
import { dayOf } from '../words.ts';
import { Regions } from './case-regions.tsx';
import { type CaseView, mayAct, type Possible } from './case-view.ts';

type Orders = Areas['orders'];
type Name = Possible['actions'][number]['action'];

const WORDS: Readonly<Record<Name, string>> = {
  retry: 'Try the step that is due again',
  hold: 'Hold the case',
  release: 'Release the case',
  cancel: 'Cancel the case',
  reopen: 'Open the case again',
  baseline: 'Choose the baseline',
  regions: 'Choose the lesion',
  rescore: 'Score again as things are now',
  conflict: 'Say which bytes are right',
};

const HINTS: Readonly<Partial<Record<Name, string>>> = {
  hold: 'Nothing of it is scored or sent until it is released.',
  cancel: 'It is not eligible then, and what waits of its reports is not sent.',
  rescore:
    'With the model, rules and settings of now. A new report names the one before; the same inputs give the same report.',
  regions: 'With both time points chosen, they are one lesion whatever their names.',
  baseline: 'For this case alone; the patient’s designated baseline stays as it is.',
};

export function Actions({ view, possible, frame }: { view: CaseView; possible: Possible; frame: Frame }) {
  if (!mayAct(frame)) return null;
  const base = `/cases/${view.identity.StudyInstanceUID}`;
  return (
    <section aria-labelledby="actions">
      <h2 id="actions">Actions</h2>
      {possible.actions.map(({ action, isPossible, because }) => (
        <Action
          frame={frame}
          action={`${base}/${action}`}
          name={WORDS[action]}
          id={`act-${action}`}
          danger={action === 'cancel'}
          whyNot={isPossible ? undefined : (because ?? 'Not now.')}
        >
          {HINTS[action] && <p class="hint">{HINTS[action]}</p>}
          <Choices action={action} possible={possible} />
        </Action>
      ))}
      {view.objects.some(({ kind, withdrawn }) => kind === 'sr' && !withdrawn) && (
        <Withdraw base={base} possible={possible} frame={frame} />
      )}
    </section>
  );
}

function Choices({ action, possible }: { action: Name; possible: Possible }) {
  if (action === 'baseline') return <Baselines possible={possible} />;
  if (action === 'regions')
    return (
      <>
        <Regions side="followUp" title="At follow-up" possible={possible} />
        <Regions side="baseline" title="At baseline" possible={possible} />
      </>
    );
  if (action === 'conflict') return <Conflicts possible={possible} />;
  return null;
}

const Baselines = ({ possible }: { possible: Possible }) => (
  <fieldset class="stacked">
    <legend>Earlier studies that are here</legend>
    {possible.baselines.map(({ StudyInstanceUID, StudyDate }) => (
      <label class="choice">
        <input
          type="radio"
          name="baseline"
          value={StudyInstanceUID}
          checked={possible.chosen.baseline === StudyInstanceUID}
        />
        <Shown value={dayOf(StudyDate) || StudyInstanceUID} most={80} />
      </label>
    ))}
    <label class="choice">
      <input type="radio" name="baseline" value="" checked={possible.chosen.baseline === null} /> as the rules
      say
    </label>
  </fieldset>
);

const Conflicts = ({ possible: { conflicts } }: { possible: Possible }) => (
  <>
    <fieldset class="stacked">
      <legend>Object</legend>
      {conflicts.map(({ SOPInstanceUID, digest, receivedFrom, receivedAt }, at) => (
        <label class="choice">
          <input
            type="radio"
            name="conflict"
            value={`${SOPInstanceUID} ${digest}`}
            required
            checked={at === 0}
          />
          {visible(SOPInstanceUID, 70)}, other bytes from <Shown value={receivedFrom} most={40} /> at{' '}
          <When at={receivedAt} />
        </label>
      ))}
    </fieldset>
    <Field id="keep" label="The right bytes">
      <select id="keep" name="keep">
        <option value="known">the bytes that were here first</option>
        <option value="other">the bytes that came later</option>
      </select>
    </Field>
  </>
);

const REJECTIONS: Readonly<Record<string, string>> = {
  quality: 'the report is of no use (quality)',
  safety: 'the report may harm (patient safety)',
  worklist: 'it is of the wrong patient or order (worklist)',
  retention: 'it is not to be kept any longer (retention)',
};

const Withdraw = ({ base, possible, frame }: { base: string; possible: Possible; frame: Frame }) => (
  <Action frame={frame} action={`${base}/withdraw`} name="Take the reports back" id="act-withdraw" danger>
    <p class="hint">
      A rejection note goes to everybody who has them. The reason below goes into the PACS with it.
    </p>
    <Field id="because" label="Because">
      <select id="because" name="because">
        {possible.withdrawal.reasons.map((each) => (
          <option value={each}>{REJECTIONS[each] ?? each}</option>
        ))}
      </select>
    </Field>
    <Field id="quality" label="What was wrong" hint="For quality alone.">
      <select id="quality" name="quality" aria-describedby="quality-hint">
        {possible.withdrawal.qualities.map((each) => (
          <option value={each} selected={each === 'other'}>
            {QUALITIES[each] ?? each}
          </option>
        ))}
      </select>
    </Field>
  </Action>
);

const QUALITIES: Readonly<Record<string, string>> = {
  software: 'software failure',
  processing: 'inappropriate image processing',
  other: 'another failure',
  unknown: 'not known',
};

const place = ({ fields }: Visit): string => `/cases/${fields['uid']}`;
const common = ({ fields }: Visit) => ({ StudyInstanceUID: fields['uid'], reason: fields['reason'] });

/** `UID number`, as the form gives a region; empty: as the rules say; absent: as it was. */
function regionOf(value: string | undefined): { SOPInstanceUID: string; region: number } | null | undefined {
  if (!value) return value === undefined ? undefined : null;
  const [SOPInstanceUID = '', region = ''] = value.split(' ');
  return { SOPInstanceUID, region: Number(region) };
}

export function caseActionPages(orders: Orders): PageRoute[] {
  const plain = (name: 'hold' | 'release' | 'cancel' | 'reopen' | 'rescore', said: string): PageRoute =>
    form(`/cases/:uid/${name}`, 'operator', place, async (visit) => {
      await visit.run(orders[name], common(visit));
      return said;
    });
  return [
    plain('hold', 'The case is held until it is released.'),
    plain('release', 'The case is released and looked at again.'),
    plain('cancel', 'The case is cancelled.'),
    plain('reopen', 'The case is open again.'),
    plain('rescore', 'The case is scored again.'),
    form('/cases/:uid/retry', 'operator', place, async (visit) => {
      const { steps } = await visit.run(orders.retry, common(visit));
      return `Tried again: ${steps.join(', ')}.`;
    }),
    form('/cases/:uid/baseline', 'operator', place, async (visit) => {
      const { baseline } = visit.fields;
      await visit.run(orders.baseline, { ...common(visit), ...(baseline ? { baseline } : {}) });
      return baseline ? 'The baseline is chosen; the case is looked at again.' : 'The choice is taken back.';
    }),
    form('/cases/:uid/regions', 'operator', place, async (visit) => {
      const [baseline, followUp] = [regionOf(visit.fields['baseline']), regionOf(visit.fields['followUp'])];
      await visit.run(orders.regions, { ...common(visit), baseline, followUp });
      return 'The case is looked at again.';
    }),
    form('/cases/:uid/conflict', 'operator', place, async (visit) => {
      const [SOPInstanceUID, digest] = (visit.fields['conflict'] ?? '').split(' ');
      const { keep } = visit.fields;
      await visit.run(orders.conflict, { ...common(visit), SOPInstanceUID, digest, keep });
      return 'The object is settled; the case is looked at again.';
    }),
    form('/cases/:uid/withdraw', 'operator', place, async (visit) => {
      const { destinations } = await visit.run(orders.withdraw, {
        ...common(visit),
        because: visit.fields['because'],
        quality: visit.fields['quality'] || undefined,
      });
      return `A rejection note goes to ${destinations.join(', ') || 'nobody: nobody has the reports'}.`;
    }),
  ];
}
