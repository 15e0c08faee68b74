import { once } from '../once.ts';
import { diameters } from './diameters.ts';
import { bordered, type RegionShape } from './mesh.ts';
import { principalVariances } from './principal-axes.ts';

type Axis = 0 | 1 | 2;
/** A region one slice thick across array axis `force2Ddimension` (0: z, 1: y, 2: x). */
type SliceShape = RegionShape & Readonly<{ force2Ddimension: 0 | 1 | 2 }>;

/** What the features are made of, each part when it is first asked for. */
type Parts = Readonly<{
  outline: () => Readonly<{ perimeter: number; area: number }>;
  /** along the principal axes, descending, mm2 */
  variances: () => readonly number[];
  /** mm */
  diameter: () => number;
  /** mm2 */
  pixelSurface: () => number;
}>;

const FEATURES: Readonly<Record<string, (parts: Parts) => number>> = {
  Elongation: ({ variances }) => Math.sqrt(variances()[1]! / variances()[0]!),
  MajorAxisLength: ({ variances }) => 4 * Math.sqrt(variances()[0]!),
  MaximumDiameter: ({ diameter }) => diameter(),
  MeshSurface: ({ outline }) => outline().area,
  MinorAxisLength: ({ variances }) => 4 * Math.sqrt(variances()[1]!),
  Perimeter: ({ outline }) => outline().perimeter,
  PerimeterSurfaceRatio: ({ outline }) => outline().perimeter / outline().area,
  PixelSurface: ({ pixelSurface }) => pixelSurface(),
  Sphericity: ({ outline }) => (2 * Math.sqrt(Math.PI * outline().area)) / outline().perimeter,
};

/** Features of the shape of a region in one slice, by name. @see PyRadiomics, shape2D */
export function shape2DFeatures(region: SliceShape, names: readonly string[]): Map<string, number> {
  const { inside, spacing, force2Ddimension } = region;
  const across = (2 - force2Ddimension) as Axis;
  const [u, v] = ([0, 1, 2] as const).filter((axis) => axis !== across) as [Axis, Axis];
  const parts: Parts = {
    outline: once(() => outlineOf(region, u, v)),
    variances: once(() => principalVariances(region, [u, v])),
    diameter: () => diameters(region).across(across),
    pixelSurface: () => inside.reduce((sum, voxel) => sum + voxel, 0) * spacing[u] * spacing[v],
  };
  return new Map(names.map((name) => [name, FEATURES[name]!(parts)]));
}

/** Edges of a square, as the middle of each: (u, v) in steps from its first corner. Edge e joins corners e and e + 1. */
const MIDDLES = [
  [0.5, 0],
  [1, 0.5],
  [0.5, 1],
  [0, 0.5],
] as const;

/** Lines of each case of marching squares, from edge to edge; bit k: corner (0,0), (1,0), (1,1), (0,1) in (u, v) is inside. */
const LINES: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [1, 2],
    [3, 0],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[2, 0]],
  [
    [0, 1],
    [2, 3],
  ],
  [[2, 1]],
  [[1, 3]],
  [[1, 0]],
  [[0, 3]],
  [],
];

/** Length (mm) and enclosed area (mm2) of the outline through the middles between voxels inside and outside. */
function outlineOf(
  { inside, size, spacing }: RegionShape,
  u: Axis,
  v: Axis,
): { perimeter: number; area: number } {
  const voxels = bordered({ inside, size });
  const steps = [1, size[0] + 2, (size[0] + 2) * (size[1] + 2)] as const;
  const first = steps[(3 - u - v) as Axis];
  let [perimeter, area] = [0, 0];
  for (let j = 0; j <= size[v]; j++) {
    for (let i = 0; i <= size[u]; i++) {
      const place = first + i * steps[u] + j * steps[v];
      const code =
        voxels[place]! |
        (voxels[place + steps[u]]! << 1) |
        (voxels[place + steps[u] + steps[v]]! << 2) |
        (voxels[place + steps[v]]! << 3);
      for (const line of LINES[code]!) {
        const [from, to] = line.map((edge) => {
          const [du, dv] = MIDDLES[edge]!;
          return [(i + du) * spacing[u], (j + dv) * spacing[v]] as const;
        }) as [readonly [number, number], readonly [number, number]];
        perimeter += Math.hypot(to[0] - from[0], to[1] - from[1]);
        area += (from[0] * to[1] - from[1] * to[0]) / 2;
      }
    }
  }
  return { perimeter, area: Math.abs(area) };
}
