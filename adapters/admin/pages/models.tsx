/** The models: what is in use, what this site's own deltas say, the trial of another model, and how they change places. */
import type { ModelOperations } from '../../../src/api/model-operations.ts';
import { form, type PageRoute, page, type Visit } from '../route.ts';
import { ModelActions } from './model-actions.tsx';
import { modelCard } from './model-card.tsx';
import { Drift } from './model-drift.tsx';
import { LocalDeltas } from './model-local.tsx';
import { Trial } from './model-trial.tsx';
import { Files, InUse } from './models-in-use.tsx';

export const modelPages = (models: ModelOperations): PageRoute[] => [
  page('/models', 'viewer', async ({ run, show, frame }) => {
    const list = await run(models.list, {});
    const local = await run(models.local, {});
    const trial = await run(models.shadow, {});
    return show(
      'Models',
      <>
        {list.waiting > 0 && (
          <p class="note">
            A change of the models waits for another administrator: <a href="/configuration">Configuration</a>
            .
          </p>
        )}
        <InUse list={list} />
        <ModelActions frame={frame} list={list} trial={trial} />
        <Trial trial={trial} />
        <LocalDeltas local={local} inUse={list.active.normalisation} />
        <Drift local={local} />
        <Files list={list} />
      </>,
      { wide: true },
    );
  }),
  page('/models/:id', 'viewer', async ({ run, show, fields }) =>
    show('Model card', modelCard(await run(models.card, { id: fields['id'] }))),
  ),
  form(
    '/models/add',
    'administrator',
    '/models',
    async ({ run, fields }: Visit) => {
      const file = Buffer.from(fields['file'] ?? '', 'base64').toString('utf8');
      const { id, version, sha256 } = await run(models.add, { file, reason: fields['reason'] });
      return `${id} version ${version} lies in the models folder (SHA-256 ${sha256.slice(0, 12)}). It is used once it is put on trial.`;
    },
    MOST_BYTES,
  ),
  form('/models/shadow', 'administrator', '/models', async ({ run, fields }: Visit) => {
    const { id, reason } = fields;
    return said(await run(models.setShadow, { ...(id ? { id } : {}), reason }));
  }),
  form('/models/promote', 'administrator', '/models', async ({ run, fields }: Visit) => {
    const { id = '', reason } = fields;
    return said(await run(models.promote, { id: id.trim(), reason }));
  }),
  form('/models/rollback', 'administrator', '/models', async ({ run, fields }: Visit) =>
    said(await run(models.rollback, { reason: fields['reason'] })),
  ),
];

/** A file of 3 MB in the encoding of a form. */
const MOST_BYTES = 4 * 2 ** 20;

type Changed = Awaited<ReturnType<ModelOperations['promote']['run']>>;

function said({ state, active, shadow, warnings }: Changed): string {
  const places = `${active} is the active model, and ${shadow ?? 'no model'} is on trial`;
  const done =
    state === 'applied'
      ? `${places}, from the next case on. Reports that were sent stand.`
      : `Nothing has changed yet. It waits for another administrator, under Configuration; then ${places}.`;
  return [done, ...warnings].join(' ');
}
