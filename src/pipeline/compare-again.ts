/** What came again under a known UID with other bytes: is it the object that is here? */
import type { InstanceRow, NewInstance } from '../catalogue/rows.ts';
import { correctedAttributes } from '../dicom/correction.ts';
import { sameContent } from '../dicom/same-content.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'files' | 'limits'>;

export type Comparison =
  /** the same content in other bytes */
  | Readonly<{ kind: 'same' }>
  /** the same pixels or contours; the headers differ in these attributes, of those that Earshot reads */
  | Readonly<{ kind: 'corrected'; changed: readonly string[] }>
  /** another object, or one that cannot be told from another */
  | Readonly<{ kind: 'other'; because: '' | 'tooLarge' }>;

/**
 * Both objects are held whole while they are compared, on the thread that receives: so only up to `maxComparedBytes` each, and
 * one pair at a time, whatever comes on other associations. What is larger is not compared and counts as another object.
 */
export async function compareAgain(
  { catalogue, files, limits }: Needs,
  known: InstanceRow,
  again: NewInstance,
): Promise<Comparison> {
  if (Math.max(known.bytes, again.received.bytes) > limits.maxComparedBytes) {
    return { kind: 'other', because: 'tooLarge' };
  }
  return catalogue.turns.run('compare', async () => {
    const [before, now] = [await files.read(known.file), await files.read(again.file)];
    if (sameContent(before, now)) return { kind: 'same' };
    // Objects of very many elements take a tenth of a second: other associations have their turn in between.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const changed = correctedAttributes(before, now);
    return changed ? { kind: 'corrected', changed } : { kind: 'other', because: '' };
  });
}
