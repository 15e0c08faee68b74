/** Tables of features made from a seed. */

/** Park and Miller's generator, 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

export type MadeTable = Readonly<{ header: string[]; rows: string[][] }>;

const IMAGES = ['original', 'log-sigma-1-5-mm-3D', 'log-sigma-3-0-mm-3D', 'log-sigma-5-0-mm-3D'];

/**
 * Two visits of each patient, of two sites in turn; `perImage` columns of each of four images, which share a latent factor with their
 * neighbours. The second column of each image tells the classes apart by `effect` SD.
 */
export function madeTable({ patients = 20, perImage = 5, effect = 1.2, seed = 11 } = {}): MadeTable {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const names = IMAGES.flatMap((image) =>
    Array.from({ length: perImage }, (_, j) => `${image}_glcm_Made${j}`),
  );
  const rows: string[][] = [];
  for (let patient = 0; patient < patients; patient++) {
    for (const label of [0, 1]) {
      const values = IMAGES.flatMap(() => {
        let factor = normal();
        return Array.from({ length: perImage }, (_, j) => {
          factor = 0.9 * factor + 0.45 * normal();
          return j % perImage === 1 ? factor + effect * label : factor;
        });
      });
      const id = `P${String(patient).padStart(3, '0')}`;
      const site = patient % 2 === 0 ? 'north' : 'south';
      rows.push([`${id}_${label}`, id, String(label), site, ...values.map(String)]);
    }
  }
  return { header: ['CaseName', 'patient', 'label', 'site', ...names], rows };
}

export const csvOf = ({ header, rows }: MadeTable, separator = ','): string =>
  [header, ...rows].map((cells) => `${cells.join(separator)}\n`).join('');
