import { digestOf } from '../dicom/uid.ts';
import { escaped } from '../picture/svg-text.ts';
import type { Alert, ToldMatter } from './matter.ts';
import type { Message, MessageMatter } from './message.ts';
import { plainLine } from './plain-line.ts';
import { headline, momentText, type PatientLine, sentenceOf } from './wording.ts';

/** Of each kind so many are told one by one; how many more there are is told in a line. */
const MOST_OF_A_KIND = 20;
const MOST_SUBJECT = 150;

export type About = Readonly<{
  installation: string;
  baseUrl: string | undefined;
  now: Date;
  /** by StudyInstanceUID; empty where patient data may not be told */
  patients: ReadonlyMap<string, PatientLine>;
  /** what tells this message from the one before on the same channel */
  round: string;
}>;

/** The message that tells all of these matters. Each line of it is made here: nothing from outside begins a line or a tag. */
export function compose(told: readonly ToldMatter[], about: About): Message {
  const ordered = [...told].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  const shown = firstOfEachKind(ordered);
  const matters = shown.map((each) => matterOf(each, about));
  const more = ordered.length - shown.length;
  const moreLine = more > 0 ? `And ${more} more, which the pages list.` : undefined;
  const id = ordered.map(({ state, alert }) => `${state} ${alert.id} ${alert.since.getTime()}`).join('\n');
  return messageOf(headline(told), matters, moreLine, about, digestOf(`${about.round}\n${id}`));
}

/** What a test button sends. */
export const testMessage = (about: About): Message => ({
  ...messageOf(
    'test of notifications',
    [],
    'This is a test. When you read it, notifications from Earshot reach you.',
    about,
    digestOf(`test ${about.round} ${about.now.getTime()}`),
  ),
  isTest: true,
});

function messageOf(
  head: string,
  matters: readonly MessageMatter[],
  closing: string | undefined,
  about: About,
  digest: string,
): Message {
  const installation = plainLine(about.installation, 64);
  const sent = `Sent by Earshot (${installation}) at ${momentText(about.now)}. Research use only.`;
  const pages = about.baseUrl === undefined ? [] : [linkTo(about.baseUrl, '/')];
  const plain = [
    ...matters.map(({ text, link }) => `- ${text}${link === null ? '' : `\n  ${link}`}`),
    ...(closing === undefined ? [] : [closing]),
    [sent, ...pages].join('\n'),
  ];
  const html = [
    matters.length > 0 ? `<ul>${matters.map(itemOf).join('')}</ul>` : '',
    closing === undefined ? '' : `<p>${escaped(closing)}</p>`,
    `<p>${escaped(sent)}${pages.map((url) => ` ${anchor(url)}`).join('')}</p>`,
  ];
  return {
    id: digest.slice(0, 32),
    at: about.now.toISOString(),
    installation,
    isTest: false,
    subject: plainLine(`Earshot (${installation}): ${head}`, MOST_SUBJECT),
    text: `${plain.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}</body></html>`,
    matters,
  };
}

const itemOf = ({ text, link }: MessageMatter): string =>
  `<li>${escaped(text)}${link === null ? '' : `<br>${anchor(link)}`}</li>`;

const anchor = (url: string): string => `<a href="${escaped(url)}">${escaped(url)}</a>`;

const matterOf = (told: ToldMatter, { baseUrl, patients }: About): MessageMatter => {
  const { state, alert } = told;
  const path = pathOf(alert);
  const isNamed = alert.kind === 'caseHeld' || alert.detail['hasGivenUp'] === true;
  // Without an address of the pages a case has only its path there.
  const link = baseUrl === undefined ? (isNamed ? path : null) : linkTo(baseUrl, path);
  return {
    kind: alert.kind,
    state,
    subject: plainLine(alert.subject),
    since: alert.since.toISOString(),
    text: sentenceOf(told, patients.get(alert.subject)),
    link,
  };
};

const linkTo = (baseUrl: string, path: string): string => baseUrl.replace(/\/+$/, '') + path;

function pathOf({ kind, subject, detail }: Alert): string {
  if (kind === 'caseHeld' || detail['hasGivenUp'] === true) return `/cases/${encodeURIComponent(subject)}`;
  if (kind === 'disk') return '/health';
  return kind === 'drift' ? '/models' : '/nodes';
}

const ORDER = ['disk', 'nodeDown', 'deliveryFailing', 'caseHeld', 'drift'];
/** What is new before what lasts, and both before what is over. */
const keyOf = ({ state, alert }: ToldMatter): string =>
  `${['new', 'still', 'over'].indexOf(state)} ${ORDER.indexOf(alert.kind)} ${String(alert.since.getTime()).padStart(15, '0')} ${alert.id}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function firstOfEachKind(told: readonly ToldMatter[]): ToldMatter[] {
  const seen = new Map<string, number>();
  return told.filter(({ state, alert }) => {
    const kind = `${state} ${alert.kind}`;
    const n = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, n);
    return n <= MOST_OF_A_KIND;
  });
}
