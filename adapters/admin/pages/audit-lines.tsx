/** Lines of the audit trail as a table, with the way to what each is about. */
import type { AuditLine as Told } from '../../../src/api/perform.ts';
import type { Html } from '../html.ts';
import { Badge, Head, When } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';
import { changePath } from './configuration-words.ts';

type Outcome = Told['outcome'];

export type AuditLine = Readonly<{
  id: string;
  at: string;
  actor: string;
  role: string;
  via: string;
  address: string;
  action: string;
  outcome: Outcome;
  subjectKind: string;
  subjectId: string;
  reason: string;
  fault: string;
  isSent: boolean;
}>;

const TONES = {
  done: 'ok',
  refused: 'warning',
  failed: 'failed',
  unknown: 'warning',
} as const satisfies Readonly<Record<Outcome, string>>;
export const OUTCOMES = Object.keys(TONES) as Outcome[];

export const Lines = ({ lines, isMore }: { lines: readonly AuditLine[]; isMore: boolean }): Html =>
  lines.length === 0 ? (
    <p>
      {isMore
        ? 'Nothing in the lines that were looked through so far. There are older ones: look further.'
        : 'No line is like this. Ask for less, or for a longer time.'}
    </p>
  ) : (
    <div class="table" tabindex={0}>
      <table>
        <caption>Who saw or did what, the newest first</caption>
        <Head names={['When', 'Who', 'Action', 'Outcome', 'About', 'Reason']} />
        <tbody>
          {lines.map((line) => (
            <tr>
              <td>
                <When at={line.at} />
              </td>
              <td>
                <Shown value={line.actor} /> <small>{visible(whence(line), 120)}</small>
              </td>
              <td>
                <code>{visible(line.action)}</code>
              </td>
              <td>
                <Badge tone={TONES[line.outcome]}>{line.outcome}</Badge>{' '}
                {line.fault !== '' && <code>{visible(line.fault)}</code>}
              </td>
              <td class="about">
                <About line={line} />
              </td>
              <td>
                <Shown value={line.reason} most={500} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const whence = ({ role, via, address }: AuditLine): string =>
  [role === via ? '' : role, via === 'token' ? 'by token' : '', address && `from ${address}`]
    .filter(Boolean)
    .join(' ');

/** With what else was done to it. */
const About = ({ line }: { line: AuditLine }): Html => {
  const { subjectKind, subjectId } = line;
  if (subjectKind === '' || (subjectKind === 'system' && subjectId === 'audit'))
    return <span class="none">–</span>;
  const path = placeOf(line);
  const shown = <bdi>{visible(subjectId, 70)}</bdi>;
  return (
    <>
      {subjectKind} {path === undefined ? shown : <a href={path}>{shown}</a>}{' '}
      {subjectId !== '' && (
        <small>
          <a href={`/audit?subject=${encodeURIComponent(subjectId)}`}>
            all lines<span class="visually-hidden"> about {visible(subjectId, 70)}</span>
          </a>
        </small>
      )}
    </>
  );
};

/** Ids come from peers and programs too: only what looks like ours becomes a link. */
const PLACES: Readonly<Record<string, readonly [RegExp, (id: string) => string]>> = {
  case: [/^[\d.]{1,64}$/, (id) => `/cases/${id}`],
  node: [/^[\w.-]{1,64}$/, (id) => `/nodes/${id}`],
  patient: [/^[\w-]{8,128}$/, (id) => `/patients/${id}`],
  user: [/^[\w.@-]{1,64}$/, (id) => `/users#user-${id}`],
  token: [/^./, () => '/users'],
  rule: [/^./, () => '/rules'],
  model: [/^./, () => '/models'],
};

function placeOf({ subjectKind, subjectId }: AuditLine): string | undefined {
  if (subjectKind === 'configuration')
    return /^\d{1,15}$/.test(subjectId)
      ? changePath(Number(subjectId))
      : `/configuration?section=${encodeURIComponent(subjectId)}`;
  const place = Object.hasOwn(PLACES, subjectKind) ? PLACES[subjectKind] : undefined;
  return place?.[0].test(subjectId) ? place[1](subjectId) : undefined;
}
