import { lookingAgainAtWaiting } from '../catalogue/look-again.ts';
import { isRuleFile, type Section } from '../configuration/section.ts';
import { canonicalJson } from '../dicom/uid.ts';
import type { Statement } from '../ports.ts';
import type { Config } from './config.ts';
import { isSwitchedOff } from './destinations.ts';
import type { Effective } from './effective.ts';

/** Nodes that may have, or draw, what a case waits for. */
const helpersOf = ({ nodes }: Config): string =>
  canonicalJson(
    nodes.filter(
      (node) => (node.roles.includes('archive') || node.roles.includes('annotator')) && !isSwitchedOff(node),
    ),
  );

/** What a change of the configuration has looked at again: what waits, where it may help. */
export function lookAfterChange(
  now: Effective,
  before: Effective,
  changed: readonly Section[],
  at: Date,
): Statement[] {
  const mayHelp = changed.some(isRuleFile) || helpersOf(now.config) !== helpersOf(before.config);
  return mayHelp ? lookingAgainAtWaiting(at) : [];
}
