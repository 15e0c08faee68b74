/** What was made of a case, and to whom it went. */
import { Badge, Uid, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import type { CaseView } from './case-view.ts';

type Props = Readonly<{ view: CaseView }>;

const KINDS: Readonly<Record<string, string>> = {
  sr: 'Report',
  note: 'Rejection note',
  picture: 'Picture page',
  pdf: 'Picture page as PDF',
  view: 'View with outline',
  seg: 'Masks as measured',
};

export function Objects({ view: { objects, identity } }: Props) {
  if (objects.length === 0) return null;
  const base = `/cases/${identity.StudyInstanceUID}/reports`;
  return (
    <section class="card" aria-labelledby="objects">
      <h2 id="objects">Reports and what goes beside them</h2>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">Object</th>
              <th scope="col">Made</th>
              <th scope="col">Size</th>
              <th scope="col">Look</th>
            </tr>
          </thead>
          <tbody>
            {objects.map((each) => (
              <tr>
                <th scope="row">
                  {KINDS[each.kind] ?? visible(each.kind, 20)} <small>{each.language}</small>{' '}
                  {each.withdrawn && <Badge tone="warning">withdrawn</Badge>}{' '}
                  {each.isHeld && <Badge tone="warning">says why the case is held</Badge>}
                  <details>
                    <summary>UID</summary>
                    <small>{visible(each.SOPClassName, 80)}</small> <Uid value={each.SOPInstanceUID} />
                  </details>
                </th>
                <td>
                  <When at={each.createdAt} />
                </td>
                <td class="nowrap">{each.bytes === null ? '–' : `${Math.ceil(each.bytes / 1024)} KB`}</td>
                <td>
                  <a href={`${base}/${each.SOPInstanceUID}`}>As it was sent</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <a href={`/api/cases/${identity.StudyInstanceUID}/inputs`}>Inputs of the score (JSON)</a>
      </p>
    </section>
  );
}

const DELIVERY_TONES: Readonly<Record<string, 'ok' | 'waiting' | 'failed' | 'off'>> = {
  delivered: 'ok',
  taken: 'waiting',
  waiting: 'waiting',
  gaveUp: 'failed',
};
const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  gaveUp: 'given up',
  notTaken: 'not taken',
  taken: 'taken, not confirmed yet',
};

export function Deliveries({ view: { deliveries, objects } }: Props) {
  if (deliveries.length === 0) return null;
  const kindOf = (uid: string): string => {
    const kind = objects.find(({ SOPInstanceUID }) => SOPInstanceUID === uid)?.kind ?? '';
    return KINDS[kind] ?? 'Object';
  };
  return (
    <section class="card" aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries</h2>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">Object</th>
              <th scope="col">Destination</th>
              <th scope="col">State</th>
              <th scope="col">Tries</th>
              <th scope="col">What the peer said</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((each) => (
              <tr>
                <th scope="row">{kindOf(each.SOPInstanceUID)}</th>
                <td>
                  <Shown value={each.destination} most={64} />
                </td>
                <td>
                  <Badge tone={DELIVERY_TONES[each.state] ?? 'off'}>
                    {DELIVERY_WORDS[each.state] ?? each.state}
                  </Badge>
                  {each.state === 'waiting' && (
                    <div>
                      <small>
                        next <When at={each.nextAttemptAt} />
                      </small>
                    </div>
                  )}
                </td>
                <td class="number">{each.attempts}</td>
                <td>
                  {each.status && <code>{visible(each.status, 20)}</code>}{' '}
                  <Shown value={each.comment} most={200} />{' '}
                  {each.fault && <code>{visible(each.fault, 60)}</code>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
