import { derivedUid } from '../dicom/uid.ts';
import type { Random } from '../model/random.ts';
import type { Grid, Mask, Triple, Volume } from '../volume/volume.ts';
import { chest, type Ellipsoid, type Lesion, organsOf } from './chest.ts';
import { between, namedRandom, pick } from './random.ts';

export type PhantomTimePoint = Readonly<{
  kind: 'baseline' | 'followUp';
  /** YYYYMMDD, HHMMSS */
  StudyDate: string;
  StudyTime: string;
  /** HU, on axes of the patient */
  volume: Volume;
  mask: Mask;
  maskKind: 'RTSTRUCT' | 'SEG';
}>;

/** How both time points of a patient were scanned. */
type PhantomScanner = Readonly<{
  ManufacturerModelName: string;
  ConvolutionKernel: string;
  KVP: number;
  /** 12 bit unsigned with an offset, or 16 bit signed: scanners do both. */
  isSigned: boolean;
}>;

export type PhantomPatient = Readonly<{
  /** Prefix of every UID: names seed and patient. */
  name: string;
  PatientName: string;
  PatientID: string;
  IssuerOfPatientID: string;
  PatientBirthDate: string;
  PatientSex: 'F' | 'M';
  scanner: PhantomScanner;
  /** Name of the ROI and of the segment, the same at both time points. */
  lesionName: string;
  trackingUid: string;
  baseline: PhantomTimePoint;
  followUp: PhantomTimePoint;
}>;

/**
 * A patient with one lung lesion at two time points, some weeks apart; the same seed and index give the same voxels.
 *
 * `index` counts from 0. Grid, side, shape, texture and scanner differ by patient; the lesion shrinks or grows by
 * a few per cent, and the SD of its texture changes by a share that is spread evenly over the indices (golden-ratio
 * sequence), so that deltas of both signs appear however few patients are made. Even patients have an RTSTRUCT at
 * baseline and a SEG at follow-up, odd ones the other way round.
 */
export function phantomPatient(seed: number, index: number): PhantomPatient {
  const number = String(index + 1).padStart(2, '0');
  const name = `demo/${seed}/${number}`;
  const random = namedRandom(name);
  const first = gridOf(random);
  const second = { ...first, origin: shifted(first.origin, random) };
  const shape = shapeOf(random, first);
  const course = courseOf(seed, index, random);
  const day = Date.UTC(2025, 0, 6 + 4 * index + random.index(3));
  const isEven = index % 2 === 0;
  return {
    name,
    PatientName: `PHANTOM^${number}`,
    PatientID: `EARSHOT-DEMO-${number}`,
    IssuerOfPatientID: 'EARSHOT-DEMO',
    PatientBirthDate: dateText(Date.UTC(1941 + random.index(30), random.index(12), 15)),
    PatientSex: pick(random, ['F', 'M']),
    scanner: scannerOf(random, index),
    lesionName: 'GTV-1',
    trackingUid: derivedUid(`${name}/lesion`),
    baseline: {
      kind: 'baseline',
      StudyDate: dateText(day),
      StudyTime: timeText(random),
      maskKind: isEven ? 'RTSTRUCT' : 'SEG',
      ...chest(`${name}/baseline`, first, lesionOf(first, shape, 1, course.baselineHu)),
    },
    followUp: {
      kind: 'followUp',
      StudyDate: dateText(day + (42 + random.index(28)) * 86_400_000),
      StudyTime: timeText(random),
      maskKind: isEven ? 'SEG' : 'RTSTRUCT',
      ...chest(`${name}/followUp`, second, lesionOf(second, shape, course.growth, course.followUpHu)),
    },
  };
}

function gridOf(random: Random): Grid {
  const pixel = pick(random, [0.75, 0.8, 0.85, 0.9]);
  const columns = 88 + 8 * random.index(3);
  const rows = columns - 8 * random.index(2);
  const slices = 24 + random.index(7);
  const step = pick(random, [2, 2.5, 3]);
  return {
    size: [columns, rows, slices],
    spacing: [pixel, pixel, step],
    origin: [
      hundredths(-(columns / 2) * pixel + between(random, -4, 4)),
      hundredths(-(rows / 2) * pixel + between(random, -4, 4)),
      hundredths(between(random, -220, -120)),
    ],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
}

/** The patient never lies twice in the same place. */
const shifted = (origin: Triple, random: Random): Triple => [
  hundredths(origin[0] + between(random, -6, 6)),
  hundredths(origin[1] + between(random, -6, 6)),
  hundredths(origin[2] + between(random, -15, 15)),
];

/** The lesion relative to its lung: centre and ellipsoids, mm. */
type Shape = Readonly<{ side: 0 | 1; offset: Triple; parts: readonly Ellipsoid[] }>;

function shapeOf(random: Random, grid: Grid): Shape {
  const radius = between(random, 9, 12);
  const lobe = (): Ellipsoid => {
    const angle = between(random, 0, 2 * Math.PI);
    const rise = between(random, -0.6, 0.6);
    const reach = radius * between(random, 0.45, 0.7);
    return {
      centre: [reach * Math.cos(angle), reach * Math.sin(angle), reach * rise],
      semiAxes: [0.5, 0.55, 0.5].map((share) => share * radius * between(random, 0.85, 1.2)) as [
        number,
        number,
        number,
      ],
    };
  };
  const core: Ellipsoid = {
    centre: [0, 0, 0],
    semiAxes: [
      radius * between(random, 0.8, 1),
      radius * between(random, 0.85, 1.1),
      radius * between(random, 0.8, 1),
    ],
  };
  const height = grid.size[2] * grid.spacing[2];
  return {
    side: random.index(2) === 0 ? 0 : 1,
    offset: [between(random, -2, 2), between(random, -6, 6), between(random, -0.1, 0.1) * height],
    parts: [core, lobe(), lobe(), lobe()],
  };
}

type Texture = Readonly<{ fineHu: number; coarseHu: number }>;
type Course = Readonly<{ growth: number; baselineHu: Texture; followUpHu: Texture }>;

function courseOf(seed: number, index: number, random: Random): Course {
  const start = namedRandom(`demo/${seed}`).uniform();
  const change = 2 * ((start + index * 0.6180339887498949) % 1) - 1;
  const [fineHu, coarseHu] = [between(random, 70, 110), between(random, 60, 90)];
  return {
    growth: between(random, 0.92, 1.05),
    baselineHu: { fineHu, coarseHu },
    followUpHu: { fineHu: fineHu * (1 + 0.6 * change), coarseHu: coarseHu * (1 - 0.6 * change) },
  };
}

function lesionOf(grid: Grid, shape: Shape, growth: number, texture: Texture): Lesion {
  const lung = organsOf(grid).lungs[shape.side]?.centre ?? grid.origin;
  const ellipsoids = shape.parts.map(
    ({ centre, semiAxes }): Ellipsoid => ({
      centre: [
        lung[0] + shape.offset[0] + growth * centre[0],
        lung[1] + shape.offset[1] + growth * centre[1],
        lung[2] + shape.offset[2] + growth * centre[2],
      ],
      semiAxes: [growth * semiAxes[0], growth * semiAxes[1], growth * semiAxes[2]],
    }),
  );
  return { ellipsoids, meanHu: 35, ...texture, fineSigmaMm: 1.4, coarseSigmaMm: 3 };
}

function scannerOf(random: Random, index: number): PhantomScanner {
  return {
    ManufacturerModelName: `Chest ${1 + random.index(3)}`,
    ConvolutionKernel: pick(random, ['STANDARD', 'SOFT', 'B30f']),
    KVP: pick(random, [100, 120]),
    isSigned: index % 2 === 1,
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

const dateText = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 10).replaceAll('-', '');

const timeText = (random: Random): string =>
  [8 + random.index(9), random.index(60), random.index(60)]
    .map((part) => String(part).padStart(2, '0'))
    .join('');
