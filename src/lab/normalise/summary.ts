/** What `earshot normalise` prints. */
import type { MeanAndSd } from '../../model/interval.ts';
import { MIX_RULE } from '../../model/local-deltas.ts';
import { type AuthorScale, compareWithAuthors, shrunk } from './authors.ts';
import { chosenMoments, type LocalNormalisation } from './local.ts';
import type { Moments } from './moments.ts';

const figure = (value: number): string => String(Number(value.toPrecision(6)));
const scale = ({ mean, sd }: MeanAndSd): string => `mean ${figure(mean)}, SD ${figure(sd)}`;
const sure = (moments: Moments): string =>
  `${scale(moments)} (standard errors ${figure(moments.se.mean)}, ${figure(moments.se.sd)})`;

const STAGES = {
  deltaOnly: 'fewer than 20 visits: no probability, the delta and its rank alone',
  provisional: 'provisional',
  normal: 'enough for normal display',
} as const;

export function summaryOf(
  local: LocalNormalisation,
  authors: AuthorScale | undefined,
  k0: number,
): readonly string[] {
  const { n, mix, stage, isLopsided, weighting } = local;
  const [first] = local.features;
  return [
    `${n} visits: ${mix.early} early, ${mix.late} late, ${mix.unknown} unknown; ${STAGES[stage]}.`,
    ...(isLopsided && n > 0
      ? [`The mix is unknown or lopsided, and stays provisional at any number. ${MIX_RULE}`]
      : []),
    ...(n > 0 ? local.features.flatMap((feature) => ofFeature(feature, weighting)) : []),
    ...(authors && first && n > 1 ? withAuthors(chosenMoments(local, first), authors, k0) : []),
  ];
}

function ofFeature(
  { name, plain, balanced, winsorised }: LocalNormalisation['features'][number],
  weighting: LocalNormalisation['weighting'],
): string[] {
  const used = (which: typeof weighting): string => (which === weighting ? '   <- used' : '');
  return [
    name,
    `  unweighted          ${sure(plain)}${used('plain')}`,
    `  early and late 50:50 ${balanced ? sure(balanced) : 'not known'}${used('balanced')}`,
    `  winsorised 1/99 %   ${scale(winsorised.plain)}${winsorised.balanced ? `; 50:50 ${scale(winsorised.balanced)}` : ''}`,
  ];
}

function withAuthors(local: Moments, authors: AuthorScale, k0: number): string[] {
  const { mean, sd, isAlarm } = compareWithAuthors(local, authors);
  const told = `local minus authors': mean ${mean.toFixed(2)}, SD ${sd.toFixed(2)} standard errors`;
  return [
    `authors' ${scale(authors)}, n ${authors.n}, ${authors.source}`,
    isAlarm
      ? `ALARM: more than 2 standard errors apart (${told}): scanners, kernels, settings or patients differ from the authors'.`
      : `within 2 standard errors of each other (${told})`,
    `drawn together (k0 = ${k0}) ${scale(shrunk(local, authors, k0))}`,
  ];
}
