import { digestOf } from '../dicom/uid.ts';
import { type Random, seededRandom } from '../model/random.ts';

/** Random numbers that depend on nothing but their name: one part of a phantom cannot shift those of another. */
export const namedRandom = (name: string): Random => seededRandom(digestOf(name));

/** Uniform between two limits. */
export const between = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.uniform();

/** One element, each as likely. Throws on an empty list. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random.index(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
