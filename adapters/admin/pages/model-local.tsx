/** The deltas of this site: how far a normalisation could rest on them, and how they are spread. */
import { raw } from 'hono/html';
import type { ModelOperations } from '../../../src/api/model-operations.ts';
import { Badge } from '../layout.tsx';
import { Shown } from '../shown.tsx';
import { figure } from '../words.ts';
import type { ModelList } from './models-in-use.tsx';

export type Local = Awaited<ReturnType<ModelOperations['local']['run']>>;
type Progress = Local['progress'];

type Props = Readonly<{ local: Local; inUse: ModelList['active']['normalisation'] }>;

export const LocalDeltas = ({ local: { feature, progress, mixRule, histogram, charts }, inUse }: Props) => (
  <section aria-labelledby="local">
    <h2 id="local">Deltas of this site</h2>
    <p>
      One for each reported follow-up that stands, follow-up minus baseline of <Shown value={feature} />.
    </p>
    <div class="cards">
      <Reached progress={progress} />
      <Mix progress={progress} rule={mixRule} />
      <Spread progress={progress} inUse={inUse} />
    </div>
    {progress.n > 0 && (
      <div class="halves">
        <figure>
          {raw(charts.histogram)}
          <figcaption>How the {progress.n} deltas are spread.</figcaption>
          <Bins histogram={histogram} />
        </figure>
        <figure>
          {raw(charts.line)}
          <figcaption>The same in the order of the exams, with their running mean.</figcaption>
        </figure>
      </div>
    )}
  </section>
);

const STAGES: Readonly<Record<Progress['stage'], string>> = {
  deltaOnly: 'Too few for a probability: a normalisation on them would give deltas alone.',
  provisional: 'Enough for a provisional probability.',
  normal: 'Enough, and well mixed: a normalisation on them would count without reservation.',
};

const Reached = ({ progress: { n, patients, stage, next, frozen } }: { progress: Progress }) => (
  <div class="card">
    <h3>How many</h3>
    <p>
      <strong>{n}</strong> {n === 1 ? 'delta' : 'deltas'} of {patients}{' '}
      {patients === 1 ? 'patient' : 'patients'}. {STAGES[stage]}
      {next && ` ${next.missing} more until ${next.at}.`}
    </p>
    <Share name="Of 20, for a provisional probability" value={n} of={20} />
    <Share name="Of 50, for one without reservation" value={n} of={50} />
    <p class="hint">
      Counts at which a version would be frozen:{' '}
      {frozen
        .map(({ version, at, isReached }) => `${version} at ${at}${isReached ? ' (reached)' : ''}`)
        .join(', ')}
      .
    </p>
  </div>
);

const Share = ({ name, value, of }: { name: string; value: number; of: number }) => (
  <p class="share">
    <label>
      <span>{name}</span>
      <progress max={of} value={Math.min(value, of)} />
    </label>
    <strong>{`${Math.min(value, of)} of ${of}`}</strong>
  </p>
);

const Mix = ({ progress: { n, mix, isLopsided }, rule }: { progress: Progress; rule: string }) => (
  <div class="card">
    <h3>
      Early and late visits{' '}
      {n > 0 && (isLopsided ? <Badge tone="warning">lopsided</Badge> : <Badge tone="ok">well mixed</Badge>)}
    </h3>
    {(['early', 'late', 'unknown'] as const).map((visit) => (
      <Share name={visit === 'unknown' ? 'not known' : visit} value={mix[visit]} of={n} />
    ))}
    <p class="hint">{rule}</p>
    {mix.unknown > 0 && (
      <p class="hint">
        Not known: the patients table has no start of the TKI. <a href="/patients">Patients</a>
      </p>
    )}
  </div>
);

const Spread = ({ progress, inUse }: { progress: Progress; inUse: Props['inUse'] }) => (
  <div class="card">
    <h3>Mean and spread</h3>
    {progress.n === 0 ? (
      <p class="none">No case has been reported yet.</p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Number</span>
            </th>
            <th scope="col" class="number">
              In use
            </th>
            <th scope="col" class="number">
              This site
            </th>
          </tr>
        </thead>
        <tbody>
          <SpreadRow name="n" inUse={String(inUse.n ?? '–')} own={String(progress.n)} />
          <SpreadRow name="Mean" inUse={figure(inUse.mean)} own={figure(progress.mean)} />
          <SpreadRow name="SD" inUse={figure(inUse.sd)} own={figure(progress.sd)} />
          <SpreadRow name="Median" inUse="–" own={figure(progress.median)} />
          <SpreadRow
            name="Quartiles"
            inUse="–"
            own={progress.quartiles?.map((each) => figure(each)).join(' to ') ?? '–'}
          />
        </tbody>
      </table>
    )}
    <p class="hint">
      Results rest on what is in use. The numbers of this site change nothing by themselves: an administrator
      sets <code>model.normalisation</code>.
    </p>
  </div>
);

const SpreadRow = ({ name, inUse, own }: Readonly<Record<'name' | 'inUse' | 'own', string>>) => (
  <tr>
    <th scope="row">{name}</th>
    <td class="number">{inUse}</td>
    <td class="number">{own}</td>
  </tr>
);

const Bins = ({ histogram }: Pick<Local, 'histogram'>) => (
  <details>
    <summary>The same as a table</summary>
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">
            From
          </th>
          <th scope="col" class="number">
            To
          </th>
          <th scope="col" class="number">
            Cases
          </th>
        </tr>
      </thead>
      <tbody>
        {histogram.map(({ from, to, count }) => (
          <tr>
            <td class="number">{figure(from)}</td>
            <td class="number">{figure(to)}</td>
            <td class="number">{count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </details>
);
