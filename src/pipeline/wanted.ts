/** Who wants what of a report. */
import type { CompanionWish } from '../catalogue/rows.ts';
import type { Destination } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import { type CompanionKind, DEFAULT_OUTCOMES, type Outcome, type Sendable } from '../sr/report-choice.ts';
import type { World } from './world.ts';

export type SrForm = Readonly<{ SOPClassUID: string; language: Language }>;
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

export function wantedOf(
  { destinations, report }: Pick<World, 'destinations' | 'report'>,
  outcome: Outcome,
): Wanted {
  const all = [...destinations.values()].filter((destination) => isFor(destination, outcome));
  const sr = all.filter((destination) => sendsOf(destination).includes('sr'));
  const forms = new Map<string, SrForm>();
  for (const { srSopClasses = [], language = report.language } of sr) {
    for (const SOPClassUID of srSopClasses)
      forms.set(`${SOPClassUID} ${language}`, { SOPClassUID, language });
  }
  const companions = new Map<string, CompanionWish>();
  const wish = (name: string, kind: CompanionKind, language: Language): void => {
    const key = `${kind} ${language}`;
    const known = companions.get(key)?.destinations ?? [];
    companions.set(key, { kind, language, destinations: [...new Set([...known, name])] });
  };
  for (const destination of all) {
    const sends = sendsOf(destination);
    for (const kind of sends) {
      if (kind !== 'sr') wish(destination.name, kind, destination.language ?? report.language);
    }
    if (report.segmentation && sends.includes('sr')) wish(destination.name, 'seg', report.language);
  }
  return { sr: sr.map(({ name }) => name), forms: [...forms.values()], companions: [...companions.values()] };
}
