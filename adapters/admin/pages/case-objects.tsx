/** What was made of a case, and to whom it went. */
import { Badge, Head, Uid, When } from '../layout.tsx';
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
          <caption>Newest first</caption>
          <Head names={['Object', 'Made', 'Size', 'Look, download']} />
          <tbody>
            {objects.map((each) => (
              <tr>
                <th scope="row">
                  {KINDS[each.kind] ?? visible(each.kind, 20)} <small>{each.language}</small>{' '}
                  {each.withdrawn && <Badge tone="warning">withdrawn</Badge>}{' '}
                  {each.isHeld && <Badge tone="warning">says why the case is held</Badge>}
                  {each.withdrawn && (
                    <div>
                      <small>
                        <When at={each.withdrawn.at} /> by <Shown value={each.withdrawn.author} most={64} />:{' '}
                        <Shown value={each.withdrawn.text} most={300} />
                      </small>
                    </div>
                  )}
                  {each.supersedes && (
                    <div>
                      <small>
                        takes the place of <a href={`${base}/${each.supersedes}`}>the report before it</a>
                      </small>
                    </div>
                  )}
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
                  <div>
                    <a href={`/api${base}/${each.SOPInstanceUID}/object`}>Object (DICOM)</a>
                  </div>
                  {each.kind === 'sr' && (
                    <div>
                      <a href={`/api${base}/${each.SOPInstanceUID}/validator`}>Checks (text)</a>
                    </div>
                  )}
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
  superseded: 'not sent: replaced',
  withdrawn: 'not sent: withdrawn',
};
const deliveryWord = (state: string): string => DELIVERY_WORDS[state] ?? state;

/** What the peer's status says (PS3.4 table B.2-1, PS3.7 Annex C); of HTTP: success or not. */
const STATUS_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^0x0000$/, 'success'],
  [/^0xA7/, 'out of resources'],
  [/^0xA9/, 'the data set does not match the SOP class'],
  [/^0xB/, 'stored, with a warning'],
  [/^0xC/, 'it cannot understand the object'],
  [/^0x0107$/, 'stored, with a warning'],
  [/^0x0110$/, 'processing failure'],
  [/^0x0111$/, 'it has this SOP Instance UID already'],
  [/^0x0122$/, 'SOP class not supported'],
  [/^0x0124$/, 'not authorised'],
  [/^2\d\d$/, 'HTTP, success'],
];
const statusWord = (status: string): string => STATUS_WORDS.find(([is]) => is.test(status))?.[1] ?? 'failure';

type Delivery = CaseView['deliveries'][number];

const Answer = ({
  delivery: { status, comment, fault, warning, confirmation, updatedAt },
}: {
  delivery: Delivery;
}) => (
  <>
    {status !== null && (
      <div>
        <code>{visible(status, 20)}</code> {statusWord(status)}{' '}
        {warning && <Badge tone="warning">warning</Badge>}
      </div>
    )}
    {comment && (
      <div>
        “<Shown value={comment} most={200} />”
      </div>
    )}
    {fault && (
      <div>
        <code>{visible(fault, 60)}</code>
      </div>
    )}
    {confirmation && <Confirmation confirmation={confirmation} />}
    <small>
      <When at={updatedAt} />
    </small>
  </>
);

const PROOFS: Readonly<Record<string, string>> = {
  commitment: 'storage commitment',
  readBack: 'reading it back',
};

const Confirmation = ({
  confirmation: { kind, confirmedAt, fault },
}: {
  confirmation: NonNullable<Delivery['confirmation']>;
}) => {
  const by = kind === null ? '' : ` by ${PROOFS[kind] ?? visible(kind, 20)}`;
  if (confirmedAt)
    return (
      <div>
        confirmed{by} <When at={confirmedAt} />
      </div>
    );
  return <div>{fault === null ? `asked to confirm${by}` : `not confirmed${by}: ${visible(fault, 60)}`}</div>;
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
          <caption>Each object to each destination</caption>
          <Head names={['Object', 'Destination', 'State', 'Tries', 'What the peer said']} />
          <tbody>
            {deliveries.map((each) => (
              <tr>
                <th scope="row">
                  {kindOf(each.SOPInstanceUID)}
                  {each.sentAs && (
                    <div>
                      <small>in the form that it takes</small>
                    </div>
                  )}
                </th>
                <td>
                  <Shown value={each.destination} most={64} />
                </td>
                <td>
                  <Badge tone={DELIVERY_TONES[each.state] ?? 'off'}>{deliveryWord(each.state)}</Badge>
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
                  <Answer delivery={each} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
