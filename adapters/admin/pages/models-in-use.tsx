/** Which models are in use, as cards, and what lies in the models folder. */
import type { ModelOperations } from '../../../src/api/model-operations.ts';
import { Badge, Head, Uid } from '../layout.tsx';
import { Shown } from '../shown.tsx';
import { figure } from '../words.ts';

export type ModelList = Awaited<ReturnType<ModelOperations['list']['run']>>;
type Active = ModelList['active'];
type Classic = NonNullable<ModelList['classic']>;

export const InUse = ({ list: { active, shadow, classic } }: { list: ModelList }) => (
  <div class="cards">
    <Card name="Active" says="Its result stands in the reports." model={active} />
    <Card
      name="On trial"
      says="Scored beside the active model, kept, and never sent."
      model={shadow}
      none="No model is on trial. An administrator can choose one below."
    />
    <Card
      name="Comparison"
      says="Scores the follow-up alone; stands in the report as a second result."
      model={classic}
      none="Not enabled (model.classic in the configuration)."
    />
  </div>
);

type CardProps = Readonly<{ name: string; says: string; model: Active | Classic | null; none?: string }>;

const Card = ({ name, says, model, none }: CardProps) => (
  <section class="card" aria-label={`${name} model`}>
    <h2>
      {name}
      {model && (
        <>
          : <a href={`/models/${model.id}`}>{model.id}</a>
        </>
      )}
    </h2>
    {model ? (
      <>
        <p class="hint">{says}</p>
        <Facts model={model} />
      </>
    ) : (
      <p class="none">{none}</p>
    )}
  </section>
);

const leadingFirst = ({ feature, features }: Active): string[] => [
  feature,
  ...features.filter((each) => each !== feature),
];

const Facts = ({ model }: { model: Active | Classic }) => (
  <dl class="facts">
    <dt>Version</dt>
    <dd>
      <Shown value={model.version} />
    </dd>
    <dt>Recipe</dt>
    <dd>
      <Shown value={model.recipe} />
    </dd>
    <dt>Cut-off</dt>
    <dd>{model.cutOff}</dd>
    {'feature' in model && (
      <>
        <dt>{model.features.length > 1 ? 'Features, the leading one first' : 'Feature'}</dt>
        <dd>
          <Shown value={leadingFirst(model).join(', ')} most={1000} />
        </dd>
      </>
    )}
    <dt>Normalisation</dt>
    <dd>
      <Normalised normalisation={model.normalisation} alone={'feature' in model ? 'Deltas' : 'Values'} />
    </dd>
    <dt>SHA-256</dt>
    <dd>
      <Uid value={model.sha256} what="SHA-256" />
    </dd>
  </dl>
);

type NormalisedProps = Readonly<{ normalisation: Active['normalisation']; alone: string }>;

const Normalised = ({ normalisation, alone }: NormalisedProps) => {
  const { kind, mean, sd, n, source, others } = normalisation;
  if (kind === 'none')
    return (
      <>
        <Badge tone="warning">none</Badge> {alone} alone, no probability.
      </>
    );
  return (
    <>
      {mean !== undefined &&
        `mean ${figure(mean)}, SD ${figure(sd)}${others ? ' of the leading feature' : ''}, `}
      n = {n}
      {n !== undefined && n < 50 && (
        <>
          {' '}
          <Badge tone="warning">{n < 20 ? 'too few for a probability' : 'provisional'}</Badge>
        </>
      )}
      {source !== undefined && (
        <>
          , from <Shown value={source} />
        </>
      )}
    </>
  );
};

type File = ModelList['onDisk'][number];
const KINDS = { delta: 'delta', classic: 'follow-up alone', invalid: 'not usable' } as const;
const USES = { active: 'active', shadow: 'on trial', classic: 'comparison' } as const;

export const Files = ({ list: { onDisk } }: { list: ModelList }) => (
  <section aria-labelledby="files">
    <h2 id="files">Model files</h2>
    {onDisk.length === 0 ? (
      <p>The models folder has no model (modelsDir in the configuration).</p>
    ) : (
      <div class="table">
        <table>
          <caption>
            Every file of the models folder. A new one is seen as soon as it lies there; its name is its id.
          </caption>
          <Head names={['Id', 'Scores', 'Version', 'Title, or what is wrong', 'SHA-256', 'Use']} />
          <tbody>
            {onDisk.map((file) => (
              <FileRow file={file} />
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

const FileRow = ({ file: { id, kind, version, title, sha256, fault, use } }: { file: File }) => (
  <tr>
    <th scope="row">{kind === 'invalid' ? <Shown value={id} /> : <a href={`/models/${id}`}>{id}</a>}</th>
    <td class="nowrap">{kind === 'invalid' ? <Badge tone="failed">{KINDS[kind]}</Badge> : KINDS[kind]}</td>
    <td>
      <Shown value={version} />
    </td>
    <td>
      {fault ? (
        <>
          <code>{fault.code}</code> <Shown value={fault.detail} most={400} />
        </>
      ) : (
        <Shown value={title} />
      )}
    </td>
    <td>{sha256 ? <code title={sha256}>{sha256.slice(0, 12)}…</code> : <Shown value={null} />}</td>
    <td class="nowrap">
      {use.length === 0 ? <Shown value={null} /> : use.map((each) => <Badge tone="ok">{USES[each]}</Badge>)}
    </td>
  </tr>
);
