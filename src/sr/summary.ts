import { MAXIMUM_TEXT_LENGTH } from './content-item.ts';
import { messagesOf } from './messages/messages-of.ts';
import type { ReportContent } from './report.ts';
import {
  deltaStatement,
  growthStatement,
  headline,
  lateStatement,
  lesionStatement,
  lesionsStatement,
  normalisationStatement,
  qualityStatement,
  supersedesStatement,
} from './statements.ts';

/** What the tree says too goes first where the whole is too long. */
type Rest = 'spread' | 'target' | 'origin' | 'lesion';

/** `room`: characters given to each foreign text; `without`: lines and parts that are left to the tree. */
function summaryLines(content: ReportContent, room: number, without: readonly Rest[]): string {
  const messages = messagesOf(content.language);
  const isIn = (rest: Rest): boolean => !without.includes(rest);
  const spread = { ...content, stability: undefined, score: { ...content.score, rank: null } };
  const lines = [
    headline(content),
    messages.researchUse,
    supersedesStatement(content),
    lateStatement(content),
    growthStatement(content, room),
    deltaStatement(isIn('spread') ? content : spread, room),
    isIn('lesion') ? lesionStatement(content, content, room) : undefined,
    isIn('target') ? lesionsStatement(content) : undefined,
    isIn('origin') ? normalisationStatement(content, room) : undefined,
    qualityStatement(content, room),
    messages.limits,
  ];
  return lines.filter((line) => line !== undefined).join('\r\n');
}

/**
 * The summary (SR.md row 1.9): lines parted by CR LF, at most 1000 characters, the result in the first one, meaningful without
 * the rest of the tree, because some readers show nothing else. Foreign text gives way first; then, one after the other, what the tree
 * says in lines of its own: how far the delta moves, where mean and SD come from, which lesion is the target, its size.
 */
export function summaryText(content: ReportContent): string {
  const attempts: readonly (readonly [number, readonly Rest[]])[] = [
    [100, []],
    [60, []],
    [40, []],
    [20, []],
    [40, ['spread']],
    [10, ['spread']],
    [10, ['spread', 'origin']],
    [10, ['spread', 'origin', 'target']],
    [10, ['spread', 'origin', 'target', 'lesion']],
  ];
  for (const [room, without] of attempts) {
    const text = summaryLines(content, room, without);
    if (text.length <= MAXIMUM_TEXT_LENGTH) return text;
  }
  return clippedLines(summaryLines(content, 4, ['spread', 'origin', 'target', 'lesion']));
}

/** Numbers of any length: a summary that is cut is better than no report. */
const clippedLines = (text: string): string =>
  text.length <= MAXIMUM_TEXT_LENGTH ? text : `${text.slice(0, MAXIMUM_TEXT_LENGTH - 3)}...`;
