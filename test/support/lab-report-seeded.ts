/** A made-up cohort, model and search, from a seed: what the report is tested with where no reference is at hand. */
import type { CohortResult, Evaluation } from '../../src/lab/evaluate/evaluation.ts';
import type { Candidate, FitRecord, SearchRecord } from '../../src/lab/record.ts';
import { mulberry32 } from '../../src/lab/statistics/bootstrap.ts';
import { youdenCutOff } from '../../src/lab/statistics/roc.ts';
import type { FittedModel } from '../../src/model/fitted-model.ts';
import { cohortResult, subgroupsOf, timeOf } from './lab-report-inputs.ts';

type Row = CohortResult['rows'][number];

const SHA = '0123456789abcdef'.repeat(4);
const SOFTWARE = 'Earshot 0.1.0';

/** `named` makes every foreign text of what it would be: to put hostile ones in its place. */
type Naming = (usual: string) => string;

function rowsOf(count: number, seed: number, strength: number, named: Naming): Row[] {
  const uniform = mulberry32(seed);
  return Array.from({ length: 2 * count }, (_, at): Row => {
    const label = at % 2 === 0 ? 0 : 1;
    const patient = `P${String(Math.floor(at / 2) + 1).padStart(3, '0')}`;
    const noise = uniform() + uniform() + uniform() - 1.5;
    const site = ['North', 'South', 'East'][Math.floor(uniform() * 3)]!;
    return {
      caseName: named(`${patient}_${label === 1 ? 'EAR' : 'FFT'}`),
      patient: named(patient),
      label,
      probability: 1 / (1 + Math.exp(-(2.4 * noise + strength * (label - 0.5)))),
      days: Math.round(label === 1 ? 60 + 300 * uniform() : 40 + 110 * uniform()),
      site: named(site),
      scanner: named(site === 'North' ? 'Siemens SOMATOM Force' : 'GE Revolution CT'),
    };
  });
}

const FEATURES = [
  'log-sigma-3-0-mm-3D_glcm_DifferenceVariance',
  'original_glcm_DifferenceEntropy',
  'original_shape_SurfaceVolumeRatio',
];

function modelOf(cutOff: number, named: Naming): FittedModel {
  const coefficients = [0.905, 0.31, -0.42];
  return {
    kind: 'fitted',
    id: 'north-delta',
    version: '1',
    title: named('Delta model of a made-up cohort'),
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    features: FEATURES.map((name, at) => ({
      name: named(name),
      mean: 1.5 - at,
      sd: 2 + at,
      coefficient: coefficients[at]!,
    })),
    intercept: 0.0648,
    cutOff,
    classifier: { kind: 'logisticRegression', C: null },
    covariance: {
      method: 'clusterSandwich',
      matrix: [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 0.04 + 0.01 * i : 0.001))),
    },
    training: { n: 134, events: 67, patients: 67, prevalence: 0.5 },
    harmonisation: null,
    recipe: named('paper-2023'),
    recipeDigest: SHA,
    citation: named('None'),
    provenance: named('Made up from a seed'),
    lab: {},
  };
}

function searchOf(mostK: number, seed: number, named: Naming): SearchRecord {
  const uniform = mulberry32(seed);
  const table = (['ANOVA', 'KW', 'RFE', 'Relief'] as const).flatMap((selector) =>
    (['LR_none', 'SVM'] as const).flatMap((classifier) =>
      Array.from({ length: mostK }, (_, at): Candidate => {
        const foldAuc = Array.from(
          { length: 5 },
          () => 0.56 + 0.12 * uniform() + 0.1 * Math.exp(-((at - 4) ** 2) / 20),
        );
        const mean = foldAuc.reduce((sum, auc) => sum + auc, 0) / 5;
        return {
          selector,
          classifier,
          k: at + 1,
          pooledAuc: mean - 0.01,
          pooledSe: 0.045,
          foldAuc,
          meanFoldAuc: mean,
        };
      }),
    ),
  );
  const choice = table.reduce((best, each) => (each.pooledAuc > best.pooledAuc ? each : best));
  return {
    table,
    choice,
    failed: [{ selector: 'RFE', classifier: 'SVM', k: 1, because: named('RFE needs two features') }],
    features: FEATURES.map(named),
  };
}

const IMAGES = ['original', 'log-sigma-1-5-mm-3D', 'log-sigma-3-0-mm-3D', 'log-sigma-5-0-mm-3D'];

export type SeededInputs = Readonly<{ model: FittedModel; record: FitRecord; evaluation: Evaluation }>;

export function seededInputs(named: Naming = (usual) => usual): SeededInputs {
  const train = rowsOf(67, 1, 1.4, named);
  const scores = Float64Array.from(train, ({ probability }) => probability);
  const { cutOff } = youdenCutOff(
    Uint8Array.from(train, ({ label }) => label),
    scores,
  );
  const model = modelOf(cutOff, named);
  const cohorts = [
    cohortResult('training', train, cutOff),
    cohortResult(named('internal'), rowsOf(29, 2, 1.1, named), cutOff),
    cohortResult(named('external'), rowsOf(29, 3, 0.9, named), cutOff),
  ];
  return {
    model,
    evaluation: {
      model: { id: model.id, version: model.version, sha256: SHA, title: model.title, cutOff },
      cohorts,
      moreThanTime: cohorts.slice(1).map((cohort) => ({
        ...timeOf(cohort),
        sentence: named('Days since baseline alone do as well as the model.'),
      })),
      subgroups: cohorts.slice(1).flatMap(subgroupsOf),
      leaveOneSiteOut: subgroupsOf(cohorts[0]!)
        .filter(({ by }) => by === 'site')
        .map(({ value, n, events, auc }, at) => ({
          site: value,
          n,
          events,
          auc: at === 0 ? null : auc,
          because: named(at === 0 ? 'too few events elsewhere' : ''),
        })),
      comparisons: [
        {
          cohort: named('internal'),
          first: named('north-delta'),
          second: named('ear-delta-2023'),
          aucFirst: 0.713,
          aucSecond: 0.661,
          se: 0.048,
          z: 1.08,
          p: 0.28,
        },
      ],
      notices: [named('The recipe of extraction of the external cohort is not stated.')],
      software: SOFTWARE,
    },
    record: recordOf(train, named),
  };
}

function recordOf(train: readonly Row[], named: Naming): FitRecord {
  const uniform = mulberry32(7);
  return {
    mode: 'recommended',
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    featureSet: 'paper',
    seed: 12345,
    harmonisedBy: null,
    pccThreshold: 0.98,
    rule: 'oneStandardError',
    folds: train.map((_, at) => Math.floor(at / 2) % 5),
    grouping: 'patient',
    constantColumns: [named('original_glcm_MCC')],
    split: {
      seed: 1,
      draws: 4,
      train: 67,
      test: 29,
      table: [
        {
          ...{ characteristic: named('age'), unknown: 2, by: 'Welch', p: 0.4321 },
          ...{ train: '61.2 ± 9.8', test: '62.9 ± 8.1' },
        },
        {
          ...{ characteristic: named('sex'), unknown: 0, by: 'Fisher', p: null },
          ...{ train: named('F 67 (100 %)'), test: named('F 29 (100 %)') },
        },
      ],
    },
    scouts: IMAGES.map((image, at) => {
      const search = searchOf(15, 10 + at, named);
      const isPassed = at !== 1;
      return {
        ...search,
        image: named(image),
        columns: 91,
        isPassed,
        features: isPassed ? search.features : [],
      };
    }),
    final: searchOf(20, 20, named),
    nested: {
      pooledAuc: 0.664,
      pooledSe: 0.047,
      foldAuc: [0.61, 0.7, 0.66, 0.68, 0.65],
      scores: train.map(({ probability }) => 0.6 * probability + 0.4 * uniform()),
    },
    training: train.map(({ caseName, patient, label, probability }) => ({
      caseName,
      patient,
      label,
      probability,
    })),
    notices: [named('One column was constant and was left out.')],
    tables: [SHA],
    software: SOFTWARE,
  };
}
