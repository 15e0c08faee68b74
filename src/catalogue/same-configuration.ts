import type { Section } from '../configuration/section.ts';
import type { Statement } from '../ports.ts';

/** Sections that decide what a case comes to. */
export const DECISIVE_SECTIONS = [
  'model',
  'rules/baseline',
  'rules/eligibility',
  'rules/roi',
] as const satisfies readonly Section[];
/** What each of them says. */
export type DecisiveTexts = Readonly<Record<(typeof DECISIVE_SECTIONS)[number], string>>;

/**
 * Fails the batch it is put in when one of these sections says something else by now: what was found under the former is not kept.
 * Told by the texts themselves: a change that a second person approves has an older number than one made since.
 */
export const sameConfiguration = (
  StudyInstanceUID: string,
  texts: DecisiveTexts | undefined,
): readonly Statement[] => {
  if (!texts) return [];
  const differs = DECISIVE_SECTIONS.map(
    (section, at) => `("section" = '${section}' AND "value" <> $${at + 2})`,
  );
  return [
    {
      mustChange: true,
      text: `UPDATE "study" SET "attempts" = "attempts" WHERE "StudyInstanceUID" = $1
        AND NOT EXISTS (SELECT 1 FROM "configurationSection" WHERE ${differs.join(' OR ')})`,
      values: [StudyInstanceUID, ...DECISIVE_SECTIONS.map((section) => texts[section])],
    },
  ];
};
