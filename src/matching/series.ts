/** Which CT series can be measured at all (SR.md 5). Of those that can, the one that the mask was drawn on is. */
import { contrastStatus } from '../eligibility/contrast.ts';
import { imageKind, normalToZDegrees, sopKind } from '../eligibility/image-facts.ts';
import type { CtSeries } from './study-summary.ts';

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
