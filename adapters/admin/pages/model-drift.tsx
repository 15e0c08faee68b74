/** Whether the newest deltas look like those before them, and like those that the model was fitted to. */
import { Badge } from '../layout.tsx';
import { Shown } from '../shown.tsx';
import { figure } from '../words.ts';
import type { Local } from './model-local.tsx';

type DriftOf = Local['drift'];

const VERDICTS = {
  none: { word: 'no drift', tone: 'ok' },
  watch: { word: 'watch', tone: 'warning' },
  drift: { word: 'drift', tone: 'failed' },
} as const;

const Verdict = ({ drift }: { drift: DriftOf }) =>
  drift.kind === 'notEnough' ? (
    <Badge tone="off">not enough yet</Badge>
  ) : (
    <Badge tone={VERDICTS[drift.verdict].tone}>{VERDICTS[drift.verdict].word}</Badge>
  );

export const Drift = ({ local }: { local: Local }) => {
  const { drift, driftByScanner, driftByKernel, driftFromTraining, driftRule } = local;
  return (
    <section aria-labelledby="drift">
      <h2 id="drift">
        Drift <Verdict drift={drift} />
      </h2>
      <p>
        {drift.because}
        {drift.kind === 'compared' && ` Their mean is ${moved(drift.shift)} than before.`}
      </p>
      {drift.kind === 'compared' && drift.verdict !== 'none' && (
        <p class="note">
          Look for what changed with the newest exams: a scanner, a kernel, a protocol, a software version, or
          other patients. The lists by scanner and by kernel tell where to begin.
        </p>
      )}
      <Groups name="Scanner" against="its own past" groups={driftByScanner} />
      <Groups name="Kernel" against="its own past" groups={driftByKernel} />
      {driftFromTraining.map((each) => (
        <FromTraining {...each} />
      ))}
      <details>
        <summary>The rule</summary>
        <p>{driftRule}</p>
      </details>
    </section>
  );
};

const moved = (shift: number): string => `${figure(Math.abs(shift))} ${shift < 0 ? 'lower' : 'higher'}`;

const FromTraining = ({ feature, drift, byScanner, byKernel }: Local['driftFromTraining'][number]) => (
  <>
    <h3>
      Against the training rows: <Shown value={feature} /> <Verdict drift={drift} />
    </h3>
    <p>
      {drift.because}
      {drift.kind === 'compared' && ` Their mean is ${moved(drift.shift)} than in training.`}
    </p>
    <Groups name="Scanner" against="the training rows" groups={byScanner} />
    <Groups name="Kernel" against="the training rows" groups={byKernel} />
  </>
);

type GroupsProps = Readonly<{ name: string; against: string; groups: Local['driftByScanner'] }>;

const Groups = ({ name, against, groups }: GroupsProps) =>
  groups.length === 0 ? null : (
    <div class="table">
      <table>
        <caption>
          By {name.toLowerCase()}, each against {against}. With many, one differs by chance.
        </caption>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col" class="number">
              Deltas
            </th>
            <th scope="col">Verdict</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ name: group, n, drift }) => (
            <tr>
              <th scope="row">
                <Shown value={group} most={80} />
              </th>
              <td class="number">{n}</td>
              <td>
                <Verdict drift={drift} />
              </td>
              <td>{drift.because}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
