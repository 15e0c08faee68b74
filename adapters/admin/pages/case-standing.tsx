/** The part of a page of a case that is live: its state and why, what comes next, and what happened last. */
import type { Areas } from '../../../src/startup/operations.ts';
import { ageOf, Badge, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { aheadWord, STATE_WORDS } from '../words.ts';
import { SEVERITIES } from './case-story.tsx';

type Pulse = Awaited<ReturnType<Areas['cases']['pulse']['run']>>;
type State = Pulse['state'];

/** Changes whenever something happened: by it a page knows that it shows a case as it was. */
export const newestAt = ({ newest, since, lastReceivedAt }: Pulse): number =>
  Math.max(...[since, lastReceivedAt, ...newest.map(({ last }) => last)].map((at) => Date.parse(at)));

const UNDER_WAY: readonly State[] = ['receiving', 'complete', 'ready', 'scoring', 'reported', 'delivering'];
export const isUnderWay = ({ state }: Pulse): boolean => UNDER_WAY.includes(state);

/** Whom it waits for, when nobody has to do anything by the clock. */
const NEXT: Readonly<Partial<Record<State, string>>> = {
  receiving: 'When no more objects arrive for a while, the study is complete.',
  complete: 'Its baseline and masks are looked for.',
  waitingForBaseline: 'It waits for an earlier study of the patient.',
  waitingForMask: 'It waits for a mask on both time points.',
  held: 'It waits for a person: see the reasons, and the actions.',
  ready: 'It is scored next.',
  scoring: 'Both time points are measured.',
  reported: 'Its report is sent next.',
  delivering: 'Its report is on the way.',
  failed: 'It waits for a person to try it again.',
  deliveryFailed: 'It waits for a person to have it delivered again.',
};

export function Standing({ pulse, againAt }: { pulse: Pulse; againAt?: string | undefined }) {
  const { word, tone } = STATE_WORDS[pulse.state];
  return (
    <section class="card" aria-label="State">
      {againAt && (
        <p class="note">
          More has happened since this page was loaded. <a href={againAt}>Show the case as it is now</a>
        </p>
      )}
      <div class="columns">
        <div>
          <p>
            <Badge tone={tone}>{word}</Badge> for {ageOf(Date.now() - Date.parse(pulse.since))}, since{' '}
            <When at={pulse.since} />
            {pulse.isPrior && <> · here as the prior of another case</>}
          </p>
          {pulse.reasons.length > 0 && (
            <ul>
              {pulse.reasons.map(({ code, text }) => (
                <li>
                  <Shown value={text} most={600} /> <code>{visible(code, 60)}</code>
                </li>
              ))}
            </ul>
          )}
          <Ahead pulse={pulse} />
          <p class="hint">
            First object <When at={pulse.firstReceivedAt} />, last object <When at={pulse.lastReceivedAt} />
          </p>
        </div>
        <div>
          <Newest newest={pulse.newest} />
        </div>
      </div>
    </section>
  );
}

function Ahead({ pulse: { state, ahead, maskRequests } }: { pulse: Pulse }) {
  const waits = NEXT[state];
  if (!waits && ahead.length === 0 && maskRequests.length === 0) return null;
  return (
    <>
      <h2>What happens next</h2>
      <ul>
        {waits && <li>{waits}</li>}
        {maskRequests.map(({ annotator, requestedAt, sentAt, fault }) => (
          <li>
            <Shown value={annotator} most={64} /> was asked for a mask at <When at={requestedAt} />
            {!fault && (sentAt ? ' and has the images.' : '; the images are not sent yet.')}
            {fault && (
              <>
                : <code>{visible(fault, 60)}</code>
              </>
            )}
          </li>
        ))}
        {ahead.map(({ what, at }) => (
          <li>
            {aheadWord(what)} <When at={at} />
          </li>
        ))}
      </ul>
    </>
  );
}

const Newest = ({ newest }: { newest: Pulse['newest'] }) =>
  newest.length === 0 ? null : (
    <>
      <h2>What happened last</h2>
      <ul>
        {newest.map(({ last, title, severity, who }) => {
          const { tone, word } = SEVERITIES[severity];
          return (
            <li>
              <When at={last} /> {visible(title, 120)} {word && <Badge tone={tone}>{word}</Badge>}{' '}
              {who && (
                <small>
                  by <Shown value={who} most={64} />
                </small>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
