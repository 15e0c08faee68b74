/** A normalisation in the words of `earshot.yaml`. */
import { Fault } from '../../fault.ts';
import type { MeanAndSd } from '../../model/interval.ts';
import type { AuthorScale } from './authors.ts';
import { chosenMoments, type FrozenVersion } from './local.ts';

type Exported = Readonly<{
  n: number;
  source: string;
  scales: Readonly<Record<string, MeanAndSd>>;
  mix?: FrozenVersion['mix'];
}>;

export const ofAuthors = (feature: string, { mean, sd, n, source }: AuthorScale): Exported => ({
  n,
  source,
  scales: { [feature]: { mean, sd } },
});

/** Of the newest frozen version. Throws INPUT_INVALID where there is none yet. */
export function ofSite(newest: FrozenVersion | undefined): Exported {
  if (!newest)
    throw new Fault(
      'INPUT_INVALID',
      'fewer than 20 visits: no version is frozen, and nothing can be exported',
    );
  const { version, frozenOn, n, mix, weighting, digest, features } = newest;
  const how = weighting === 'balanced' ? 'early and late 50:50' : 'unweighted';
  return {
    n,
    source: `local ${version} of ${frozenOn}, ${how}, values ${digest.slice(0, 12)}`,
    scales: Object.fromEntries(
      features.map((feature) => {
        const { mean, sd } = chosenMoments(newest, feature);
        return [feature.name, { mean, sd }];
      }),
    ),
    mix,
  };
}

/** The block under `model` (`shadow`, `classic`), with JSON strings, which are YAML. Numbers keep every digit. */
export function yamlOf({ n, source, scales, mix }: Exported, isByName: boolean): string {
  const scale = ({ mean, sd }: MeanAndSd): string => `{ mean: ${mean}, sd: ${sd} }`;
  const [only] = Object.values(scales);
  const numbers =
    isByName || !only
      ? [
          '  features:',
          ...Object.entries(scales).map(([name, each]) => `    ${JSON.stringify(name)}: ${scale(each)}`),
        ]
      : [`  mean: ${only.mean}`, `  sd: ${only.sd}`];
  return [
    'normalisation:',
    ...numbers,
    `  n: ${n}`,
    `  source: ${JSON.stringify(source)}`,
    ...(mix ? [`  mix: { early: ${mix.early}, late: ${mix.late}, unknown: ${mix.unknown} }`] : []),
  ].join('\n');
}
