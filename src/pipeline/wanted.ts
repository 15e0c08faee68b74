/** Who wants what of a report. */
import type { CompanionWish } from '../catalogue/rows.ts';
import type { Destination } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import type { Language } from '../sr/language.ts';
import { type CompanionKind, DEFAULT_OUTCOMES, type Outcome, type Sendable } from '../sr/report-choice.ts';
import type { World } from './world.ts';

export type SrForm = Readonly<{ SOPClassUID: string; language: Language }>;
const nameOf = ({ SOPClassUID, language }: SrForm): string => `${SOPClassUID} ${language}`;

export type Wanted = Readonly<{
  /** destinations that get the SR */
  sr: readonly string[];
  /** every form of the SR that one of them wants or falls back on, each once */
  forms: readonly SrForm[];
  companions: readonly CompanionWish[];
}>;

/** A destination gets a report on such an outcome. */
const isFor = ({ reportsOn = DEFAULT_OUTCOMES }: Destination, outcome: Outcome): boolean =>
  reportsOn.includes(outcome);

const sendsOf = ({ sends = ['sr'] }: Destination): readonly Sendable[] => sends;

export const isWanted = ({ destinations }: Pick<World, 'destinations'>, outcome: Outcome): boolean =>
  [...destinations.values()].some((destination) => isFor(destination, outcome));

type Choices = Pick<World, 'destinations' | 'report'>;

/** What is made of a report on such an outcome. */
export function wantedOf({ destinations, report }: Choices, outcome: Outcome): Wanted {
  const all = [...destinations.values()].filter((destination) => isFor(destination, outcome));
  const sr = all.filter((destination) => sendsOf(destination).includes('sr'));
  const forms = new Map<string, SrForm>();
  for (const { srSopClasses = [], language = report.language } of sr) {
    for (const SOPClassUID of srSopClasses)
      forms.set(nameOf({ SOPClassUID, language }), { SOPClassUID, language });
  }
  return {
    sr: sr.map(({ name }) => name),
    forms: [...forms.values()],
    companions: companionsFor(all, new Set(forms.keys()), report),
  };
}

/** Of a test patient nobody gets anything; every form that a destination takes is made, to be looked at and sent by hand. */
export function wantedOfTest({ destinations, report }: Choices): Wanted {
  const forms = [...destinations.values()].flatMap(({ srSopClasses = [], language = report.language }) =>
    srSopClasses.map((SOPClassUID): SrForm => ({ SOPClassUID, language })),
  );
  return { sr: [], forms: [...new Map(forms.map((form) => [nameOf(form), form])).values()], companions: [] };
}

/**
 * What goes beside the SR names the form of it that its destination prefers, and the report itself where nobody gets that form. The
 * masks belong to the content: they are the same for all.
 */
function companionsFor(
  destinations: readonly Destination[],
  forms: ReadonlySet<string>,
  report: Choices['report'],
): readonly CompanionWish[] {
  const own = nameOf({ SOPClassUID: SR_SOP_CLASSES[report.srSopClass], language: report.language });
  const wishes = new Map<string, CompanionWish>();
  const wish = (name: string, kind: CompanionKind, language: Language, SOPClassUID?: string): void => {
    const key = `${kind} ${language} ${SOPClassUID}`;
    const known = wishes.get(key)?.destinations ?? [];
    const names = [...new Set([...known, name])];
    wishes.set(key, { kind, ...(SOPClassUID && { SOPClassUID }), language, destinations: names });
  };
  for (const destination of destinations) {
    const { name, language = report.language, srSopClasses: [preferred = ''] = [] } = destination;
    const sends = sendsOf(destination);
    const form = nameOf({ SOPClassUID: preferred, language });
    const SOPClassUID = form !== own && forms.has(form) ? preferred : undefined;
    for (const kind of sends) {
      if (kind !== 'sr') wish(name, kind, language, SOPClassUID);
    }
    if (report.segmentation && sends.includes('sr')) wish(name, 'seg', report.language);
  }
  return [...wishes.values()];
}
