import type { Messages } from './messages/messages.ts';
import { messagesOf } from './messages/messages-of.ts';
import { lesionsOf, type ReportContent, type ReportTimePoint } from './report.ts';
import { clipped, isoDate } from './wording.ts';

/** Room for one piece of foreign text: each stands in a sentence of at most 1000 characters. */
const ROOM = 64;

/** Where each mask comes from: what it is, when, with what and by whom it was drawn, and who approved it. */
export function maskOrigins(content: ReportContent): readonly string[] {
  const messages = messagesOf(content.language);
  const origins = lesionsOf(content).flatMap(({ baseline, followUp }) => [
    originOf(messages.baseline, baseline, messages),
    originOf(messages.followUp, followUp, messages),
  ]);
  return [...new Set(origins)];
}

function originOf(
  label: string,
  { mask, region, isChosen = false }: ReportTimePoint,
  messages: Messages,
): string {
  const { kind, drawnDate, drawnTime, author, ApprovalStatus, reviewer, reviewDate } = mask;
  return messages.maskOrigin({
    label,
    kind,
    object: mask.label ? ` "${clipped(mask.label, ROOM)}"` : '',
    region: `${region.number}${region.name ? ` "${clipped(region.name, ROOM)}"` : ''}`,
    drawn: moment(drawnDate, drawnTime),
    tool: toolOf(mask),
    author: author && personOf(author),
    isChosen,
    approval: ApprovalStatus
      ? {
          status: clipped(ApprovalStatus, ROOM),
          by: reviewer && personOf(reviewer),
          on: isoDate(reviewDate),
        }
      : undefined,
  });
}

function toolOf({ Manufacturer, ManufacturerModelName, SoftwareVersions }: ReportTimePoint['mask']): string {
  return [Manufacturer, ManufacturerModelName, SoftwareVersions]
    .map((each) => clipped(each ?? '', ROOM))
    .filter((each) => each !== '')
    .join(' ');
}

/** `2024-05-06 07:08`, without a time when there is none; undefined without a date. */
function moment(date: string | undefined, time: string | undefined): string | undefined {
  const day = isoDate(date);
  const clock = /^(\d{2}):?(\d{2})/.exec(time?.trim() ?? '');
  return day && clock ? `${day} ${clock[1]}:${clock[2]}` : day;
}

/** The first representation of a person's name (PS3.5 6.2.1.1), as text: family name first. */
function personOf(name: string): string {
  const [first = ''] = name.split('=').filter((each) => each.trim() !== '');
  return clipped(first.replace(/\^+/g, ' '), ROOM);
}
