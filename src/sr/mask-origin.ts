import type { ReportContent, ReportTimePoint } from './report.ts';
import { clipped, isoDate } from './wording.ts';

/** Room for one piece of foreign text: each stands in a sentence of at most 1000 characters. */
const ROOM = 64;

/** Where the mask of each time point comes from: what it is, when, with what and by whom it was drawn, and who approved it. */
export function maskOrigins({ baseline, followUp }: ReportContent): readonly string[] {
  return [originOf('Baseline', baseline), originOf('Follow-up', followUp)];
}

function originOf(label: string, { mask, region }: ReportTimePoint): string {
  const { kind, drawnDate, drawnTime, author, ApprovalStatus, reviewer, reviewDate } = mask;
  const parts = [
    `${label} mask: ${kind}${mask.label ? ` "${clipped(mask.label, ROOM)}"` : ''}`,
    `region ${region.number}${region.name ? ` "${clipped(region.name, ROOM)}"` : ''}`,
    `drawn ${moment(drawnDate, drawnTime) ?? 'at an unknown time'}`,
    toolOf(mask) === '' ? 'with an unknown tool' : `with ${toolOf(mask)}`,
    author ? `by ${personOf(author)}` : 'by an unknown person',
  ];
  if (ApprovalStatus) {
    const when = isoDate(reviewDate);
    const by = reviewer ? ` by ${personOf(reviewer)}` : '';
    parts.push(`${clipped(ApprovalStatus, ROOM)}${by}${when ? ` on ${when}` : ''}`);
  }
  return `${parts.join(', ')}.`;
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
