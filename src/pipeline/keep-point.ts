import { heldPoint, keepingHeldPoint } from '../catalogue/held-points.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { canonicalJson } from '../dicom/uid.ts';
import { heldBackPoint, type TrendPoint } from '../model/trend.ts';
import type { Statement } from '../ports.ts';
import type { World } from './world.ts';

/**
 * Later reports look for the nadir in a held case too. Goes into the transaction that holds it: what was measured of objects, or
 * under orders, that are no longer all is no point. Nothing: it is known already.
 */
export async function keepingPoint(
  { catalogue }: Pick<World, 'catalogue'>,
  { StudyInstanceUID }: Pick<StudyRow, 'StudyInstanceUID'>,
  measured: TrendPoint,
): Promise<readonly Statement[]> {
  const point = heldBackPoint(measured);
  const known = await heldPoint(catalogue.sql, StudyInstanceUID);
  return known && canonicalJson(known) === canonicalJson(point) ? [] : [keepingHeldPoint(point)];
}
