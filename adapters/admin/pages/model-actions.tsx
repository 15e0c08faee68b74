/** An administrator puts a model on trial, takes it away, promotes it, and takes that back. */
import { Action, Field, type Frame, mayDo } from '../layout.tsx';
import type { TrialOfModel } from './model-trial.tsx';
import type { ModelList } from './models-in-use.tsx';

type Props = Readonly<{ frame: Frame; list: ModelList; trial: TrialOfModel }>;

export const ModelActions = ({ frame, list, trial }: Props) =>
  frame.who && mayDo(frame.who.role, 'administrator') ? (
    <section aria-labelledby="model-actions">
      <h2 id="model-actions">Change the models</h2>
      <Action frame={frame} action="/models/add" name="Add a model file" id="add-model" files>
        <Field
          id="add-model-file"
          label="File"
          hint="model.json of earshot fit or recalibrate, or a published model. It changes nothing until it is put on trial."
        >
          <input
            id="add-model-file"
            name="file"
            type="file"
            required
            accept=".json,application/json"
            aria-describedby="add-model-file-hint"
          />
        </Field>
      </Action>
      <OnTrial frame={frame} list={list} />
      <Action
        frame={frame}
        action="/models/shadow"
        name="Take the model on trial away"
        id="take-away"
        whyNot={list.shadow ? undefined : 'No model is on trial.'}
      >
        <p class="hint">What it said so far stays, and counts again when it is put on trial again.</p>
      </Action>
      <Promote frame={frame} list={list} trial={trial} />
      <Action
        frame={frame}
        action="/models/rollback"
        name="Roll back the last promotion"
        id="rollback"
        danger
        whyNot={list.rollback ? undefined : 'There is no promotion to take back.'}
      >
        {list.rollback && (
          <p>
            <strong>{list.rollback.active}</strong> becomes the active model again, with{' '}
            {list.rollback.shadow ?? 'no model'} on trial, and with the normalisations of before. Reports that
            were sent stand.
          </p>
        )}
      </Action>
    </section>
  ) : null;

const OnTrial = ({ frame, list }: Pick<Props, 'frame' | 'list'>) => {
  const choices = list.onDisk.filter(({ canBeOnTrial, use }) => canBeOnTrial && !use.includes('shadow'));
  return (
    <Action
      frame={frame}
      action="/models/shadow"
      name="Put a model on trial"
      id="on-trial"
      whyNot={
        choices.length > 0
          ? undefined
          : 'No other delta model of the same recipe lies in the models folder. Add its file first.'
      }
    >
      <Field
        id="on-trial-id"
        label="Model"
        hint="Delta models of the active model’s recipe. One of the same feature takes over its normalisation."
      >
        <select id="on-trial-id" name="id" required aria-describedby="on-trial-id-hint">
          {choices.map(({ id, version }) => (
            <option value={id}>
              {id} (version {version})
            </option>
          ))}
        </select>
      </Field>
    </Action>
  );
};

const Promote = ({ frame, list: { active, shadow }, trial }: Props) => {
  const n = trial.agreement?.n ?? 0;
  return (
    <Action
      frame={frame}
      action="/models/promote"
      name="Promote the model on trial"
      id="promote"
      danger
      whyNot={shadow ? undefined : 'No model is on trial.'}
    >
      {shadow && (
        <>
          <p>
            <strong>{shadow.id}</strong> becomes the active model, and {active.id} goes on trial. The next
            case is scored by the new one; reports that were sent stand.
          </p>
          {n < trial.enough && (
            <p class="note">
              <strong>Few results:</strong> it was on trial for {n} {n === 1 ? 'case' : 'cases'}; at least{' '}
              {trial.enough} tell more.
            </p>
          )}
          {shadow.normalisation.kind === 'none' && (
            <p class="note">
              <strong>No normalisation:</strong> reports will carry the delta, and no probability.
            </p>
          )}
          {shadow.feature !== active.feature && (
            <p class="note">
              <strong>Another feature:</strong> trends and local deltas begin anew.
            </p>
          )}
          <Field id="promote-id" label="Id of the model to promote" hint={`To confirm, type ${shadow.id}`}>
            <input
              id="promote-id"
              name="id"
              required
              maxlength={64}
              autocomplete="off"
              aria-describedby="promote-id-hint"
            />
          </Field>
        </>
      )}
    </Action>
  );
};
