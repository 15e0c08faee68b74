/** What was chosen for a case and what was not, with the reasons; and what is here of the study. */
import { Badge, Head, Uid, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { dayOf, figure } from '../words.ts';
import type { CaseView } from './case-view.ts';

type Props = Readonly<{ view: CaseView }>;

export function Decision({ view: { decision } }: Props) {
  if (!decision) return null;
  const { baseline, baselineRejected, lesions, masksRejected } = decision;
  return (
    <section class="card" aria-labelledby="decision">
      <h2 id="decision">Decision</h2>
      {baseline ? (
        <p>
          Baseline{' '}
          <a href={`/cases/${baseline.StudyInstanceUID}`}>
            <Shown value={dayOf(baseline.StudyDate) || baseline.StudyInstanceUID} most={80} />
          </a>
          : <Shown value={baseline.because} most={400} />{' '}
          {baseline.isDesignated && <Badge tone="ok">chosen by a person</Badge>}
        </p>
      ) : (
        <p>No study was found to be its baseline.</p>
      )}
      {lesions.map(({ baseline: before, followUp, by }) => (
        <p>
          Lesion <Shown value={followUp.name || `region ${followUp.region}`} most={80} /> ({followUp.kind}) at
          follow-up, <Shown value={before.name || `region ${before.region}`} most={80} /> ({before.kind}) at
          baseline: the same by {visible(by, 40)}.
        </p>
      ))}
      <Rejected
        title="Studies that are not the baseline"
        rows={baselineRejected.map(({ StudyInstanceUID, StudyDate, because }) => ({
          name: (
            <a href={`/cases/${StudyInstanceUID}`}>{visible(dayOf(StudyDate) || StudyInstanceUID, 80)}</a>
          ),
          because,
        }))}
      />
      <Rejected
        title="Regions that are not the lesion"
        rows={masksRejected.map(({ name, region, kind, because }) => ({
          name: (
            <>
              <Shown value={name || `region ${region ?? ''}`} most={80} /> <small>{kind ?? ''}</small>
            </>
          ),
          because,
        }))}
      />
    </section>
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a part of a page
type Rows = readonly Readonly<{ name: any; because: string }>[];

const FEW = 4;
const Rejected = ({ title, rows }: { title: string; rows: Rows }) =>
  rows.length === 0 ? null : (
    <details open={rows.length <= FEW}>
      <summary>
        {title} ({rows.length})
      </summary>
      <ul>
        {rows.map(({ name, because }) => (
          <li>
            {name}: <Shown value={because} most={400} />
          </li>
        ))}
      </ul>
    </details>
  );

export const Holdings = ({ view: { series, masks } }: Props) => (
  <section class="card" aria-labelledby="holdings">
    <h2 id="holdings">What is here</h2>
    <div class="table">
      <table>
        <caption>Series</caption>
        <Head names={['Series', 'Description', 'Kernel', 'Thickness', 'Objects']} />
        <tbody>
          {series.map((each) => (
            <tr>
              <th scope="row">
                {visible(each.Modality, 16)} {each.SeriesNumber ?? ''}
              </th>
              <td>
                <Shown value={each.SeriesDescription} most={100} />
                <details>
                  <summary>UID</summary>
                  <Uid value={each.SeriesInstanceUID} what="SeriesInstanceUID" />
                </details>
              </td>
              <td>
                <Shown value={each.ConvolutionKernel} most={32} />
              </td>
              <td class="nowrap">
                {each.SliceThickness === null ? '–' : `${figure(each.SliceThickness)} mm`}
              </td>
              <td class="number">{each.instances}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {masks.map((mask) => (
      <p>
        {mask.kind ?? 'Mask object'} …{visible(mask.SOPInstanceUID.slice(-8), 8)}{' '}
        <Shown value={mask.label} most={80} /> received <When at={mask.receivedAt} />
        {mask.author && (
          <>
            , by <Shown value={mask.author} most={64} />
          </>
        )}
        {mask.ApprovalStatus && (
          <>
            , <Shown value={mask.ApprovalStatus} most={16} />
          </>
        )}
        {mask.fault ? (
          <>
            : cannot be used, <code>{visible(mask.fault, 60)}</code>
          </>
        ) : (
          <>
            :{' '}
            {mask.regions.map(({ name, number }, at) => (
              <>
                {at > 0 && ', '}
                <Shown value={name || `region ${number}`} most={60} />
              </>
            ))}
          </>
        )}
      </p>
    ))}
  </section>
);

/** Why an object with other bytes is kept apart. */
const APART: Readonly<Record<string, string>> = {
  '': 'it differs from the one that is here',
  tooLarge: 'it is too large to be compared',
};

export const Conflicts = ({ view: { conflicts } }: Props) =>
  conflicts.length === 0 ? null : (
    <section class="card" aria-labelledby="conflicts">
      <h2 id="conflicts">Objects that came twice with other bytes</h2>
      <p>The ones that came later are kept apart and not used, until a person says which are right.</p>
      <div class="table">
        <table>
          <caption>Kept apart</caption>
          <Head names={['Object', 'From', 'Received', 'Because']} />
          <tbody>
            {conflicts.map(({ SOPInstanceUID, receivedFrom, receivedAt, because }) => (
              <tr>
                <th scope="row">
                  <Uid value={SOPInstanceUID} what="SOPInstanceUID" />
                </th>
                <td>
                  <Shown value={receivedFrom} most={40} />
                </td>
                <td>
                  <When at={receivedAt} />
                </td>
                <td>{APART[because] ?? visible(because, 40)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
