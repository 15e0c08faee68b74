/** What can be changed while the service runs; everything else is of the file alone. */
export const RULE_FILES = ['rules/baseline', 'rules/eligibility', 'rules/roi'] as const;
export const SECTIONS = ['nodes', 'model', 'notifications', ...RULE_FILES] as const;
export type RuleFile = (typeof RULE_FILES)[number];
export type Section = (typeof SECTIONS)[number];
/** Sections that are keys of `earshot.yaml`. */
export type ConfigSection = Exclude<Section, RuleFile>;

export const isRuleFile = (section: Section): section is RuleFile => section.startsWith('rules/');
export const isSection = (name: string): name is Section => (SECTIONS as readonly string[]).includes(name);

/** `baseline.yaml`: the name of a rule section as a file of the rules folder. */
export const fileNameOf = (section: RuleFile): string => `${section.slice('rules/'.length)}.yaml`;
