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

/** `room`: characters given to each foreign text. */
function summaryLines(content: ReportContent, room: number): string {
  const messages = messagesOf(content.language);
  const lines = [
    headline(content),
    messages.researchUse,
    supersedesStatement(content),
    lateStatement(content),
    growthStatement(content),
    deltaStatement(content, room),
    lesionStatement(content, content, room),
    lesionsStatement(content),
    normalisationStatement(content, room),
    qualityStatement(content, room),
    messages.limits,
  ];
  return lines.filter((line) => line !== undefined).join('\r\n');
}

/**
 * The summary (SR.md row 1.9): lines parted by CR LF, at most 1000 characters, the result in the first one, meaningful without
 * the rest of the tree, because some readers show nothing else. Foreign text gives way first, then how far the delta moves
 * and ranks, which the tree says too; no line is ever left out.
 */
export function summaryText(content: ReportContent): string {
  const brief = { ...content, stability: undefined, score: { ...content.score, rank: null } };
  const attempts = [
    ...[100, 60, 40, 20].map((room) => summaryLines(content, room)),
    ...[40, 20, 10].map((room) => summaryLines(brief, room)),
  ];
  const fitting = attempts.find((text) => text.length <= MAXIMUM_TEXT_LENGTH);
  return fitting ?? attempts.at(-1) ?? '';
}
