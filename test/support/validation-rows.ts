import { extractFeatures } from '../../src/radiomics/extract.ts';
import { errorOf, FEATURE_CASES, type FeatureCase } from './feature-cases.ts';
import { referenceDir } from './reference.ts';
import { readFeatures } from './reference-cases.ts';

type Row = Readonly<{
  name: string;
  input: string;
  /** features with a number in both */
  count: number;
  /** features that are undefined in both, or rounding noise in the reference and undefined here */
  undefinedCount: number;
  worst: number;
  feature: string;
  worstMcc: number;
}>;

/** Every reference case whose input is here, measured by this version, against the reference values. */
export function validationRows(): Row[] {
  const folder = referenceDir();
  if (folder === undefined) throw new Error('no reference folder; set EARSHOT_REFERENCE_DIR');
  return FEATURE_CASES.map((each) => rowOf(folder, each));
}

function rowOf(folder: string, { name, input, load, settings, isNoise = () => false }: FeatureCase): Row {
  const { volume, mask } = load(folder);
  const { features } = extractFeatures(volume, mask, settings);
  const expected = readFeatures(folder, name);
  const all = Object.entries(features).map(([feature, value]) => {
    const wanted = expected[feature];
    const isAbsent = typeof wanted === 'string' || isNoise(feature);
    if (isAbsent || value === null)
      return { feature, isAbsent: true, error: isAbsent && value === null ? 0 : Infinity };
    return {
      feature,
      isAbsent: false,
      error: typeof wanted === 'number' ? errorOf(value, wanted) : Infinity,
    };
  });
  const isMcc = ({ feature }: { feature: string }) => feature.endsWith('_MCC');
  const largest = (errors: typeof all) =>
    errors.reduce((worst, each) => (each.error > worst.error ? each : worst));
  const worst = largest(all.filter((each) => !isMcc(each)));
  return {
    name,
    input,
    count: all.filter((each) => !each.isAbsent).length,
    undefinedCount: all.filter((each) => each.isAbsent).length,
    worst: worst.error,
    feature: worst.feature,
    worstMcc: largest(all.filter(isMcc)).error,
  };
}
