/** Which CT series of a study is measured, when several qualify (SR.md 5). */
import { type ContrastStatus, contrastStatus } from '../eligibility/contrast.ts';
import { imageKind, normalToZDegrees, sopKind } from '../eligibility/image-facts.ts';
import { kernelFamily } from '../eligibility/kernel.ts';
import type { CtSeries } from './study-summary.ts';

type RejectedSeries = Readonly<{ SeriesInstanceUID: string; because: string }>;
export type SeriesChoice =
  | Readonly<{ kind: 'chosen'; series: CtSeries; because: string; losers: readonly RejectedSeries[] }>
  | Readonly<{ kind: 'none'; losers: readonly RejectedSeries[] }>;

/** Beyond these a rule would hold the case (rules/eligibility.yaml); such a series is no candidate to begin with. */
const MOST_THICKNESS_MM = 5;
const MOST_DEGREES_FROM_Z = 5;

/**
 * Why the header alone rules a series out: not a CT image, a localizer, a reformat or a picture, contrast given, oblique,
 * or thicker than 5 mm. Undefined when nothing does; what the header does not say rules nothing out.
 */
export function disqualification({ header }: Pick<CtSeries, 'header'>): string | undefined {
  if (sopKind(header) === 'other') return 'It is not a CT image series.';
  const kind = imageKind(header);
  if (kind === 'localizer' || kind === 'reformatted' || kind === 'secondary')
    return `Its images are ${NOUN[kind]}.`;
  if (contrastStatus(header).status === 'given') return 'Contrast was given.';
  const degrees = normalToZDegrees(header);
  if (degrees !== null && degrees > MOST_DEGREES_FROM_Z) return 'Its slices are not axial.';
  const thickness = header.SliceThickness;
  if (thickness !== undefined && thickness > MOST_THICKNESS_MM) {
    return `Its slices are ${thickness} mm thick, more than ${MOST_THICKNESS_MM} mm.`;
  }
  return undefined;
}
const NOUN = {
  localizer: 'localizers',
  reformatted: 'reformatted',
  secondary: 'secondary pictures',
} as const;

type Criterion = Readonly<{ name: string; compare: (a: CtSeries, b: CtSeries) => number }>;
type Context = Readonly<{
  /** SeriesInstanceUIDs that a mask was drawn on */
  masked?: ReadonlySet<string> | undefined;
  /** the series of the other time point, when it is known */
  other?: CtSeries | undefined;
}>;

const CONTRAST_RANK: Readonly<Record<ContrastStatus, number>> = {
  nonContrast: 0,
  notAsserted: 1,
  conflicting: 2,
  given: 3,
};
const by =
  (value: (series: CtSeries) => number) =>
  (a: CtSeries, b: CtSeries): number => {
    const [first, second] = [value(a), value(b)];
    return first === second ? 0 : first - second;
  };

function criteria({ masked, other }: Context): Criterion[] {
  const family = other && kernelFamily(other.header);
  const thicknessOf = (series: CtSeries) => series.header.SliceThickness ?? Number.POSITIVE_INFINITY;
  const otherThickness = other?.header.SliceThickness;
  return [
    { name: 'a mask is drawn on the other', compare: by((s) => (masked?.has(s.SeriesInstanceUID) ? 0 : 1)) },
    { name: 'contrast status', compare: by((s) => CONTRAST_RANK[contrastStatus(s.header).status]) },
    {
      name: 'kernel family of the other time point',
      compare: by((s) => (family && family !== 'unknown' && kernelFamily(s.header) !== family ? 1 : 0)),
    },
    {
      name: 'slice thickness closest to the other time point',
      compare: by((s) => (otherThickness === undefined ? 0 : Math.abs(thicknessOf(s) - otherThickness))),
    },
    { name: 'thinner slices', compare: by(thicknessOf) },
    { name: 'more slices', compare: by((s) => -s.SOPInstanceUIDs.length) },
    { name: 'lower SeriesNumber', compare: by((s) => s.header.SeriesNumber ?? Number.POSITIVE_INFINITY) },
    { name: 'UID order', compare: (a, b) => (a.SeriesInstanceUID < b.SeriesInstanceUID ? -1 : 1) },
  ];
}

/**
 * The series to measure. In order: it has a mask; non-contrast asserted; kernel family, then slice thickness, as at the
 * other time point; thinner; most slices; lowest SeriesNumber; UID. Every series not taken is listed with its reason.
 * A masked series is never ruled out here, because a person chose it: the eligibility rules judge it by name.
 */
export function chooseSeries(ctSeries: readonly CtSeries[], context: Context = {}): SeriesChoice {
  const losers: RejectedSeries[] = [];
  const order = criteria(context);
  const deciding = (a: CtSeries, b: CtSeries) => order.find(({ compare }) => compare(a, b) !== 0);
  const candidates = ctSeries.filter((series) => {
    const because = context.masked?.has(series.SeriesInstanceUID) ? undefined : disqualification(series);
    if (because !== undefined) losers.push({ SeriesInstanceUID: series.SeriesInstanceUID, because });
    return because === undefined;
  });
  candidates.sort((a, b) => deciding(a, b)?.compare(a, b) ?? 0);
  const [series, ...rest] = candidates;
  losers.sort((a, b) => (a.SeriesInstanceUID < b.SeriesInstanceUID ? -1 : 1));
  if (series === undefined) return { kind: 'none', losers };
  for (const loser of rest) {
    const because = `Ranked lower: ${deciding(series, loser)?.name ?? 'the same series'}.`;
    losers.push({ SeriesInstanceUID: loser.SeriesInstanceUID, because });
  }
  const because =
    rest[0] === undefined
      ? 'The only series that qualifies.'
      : `First by: ${deciding(series, rest[0])?.name}.`;
  return { kind: 'chosen', series, because, losers };
}
