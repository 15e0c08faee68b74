/** PyRadiomics' feature classes. */
export type FeatureFamily =
  | 'shape'
  | 'shape2D'
  | 'firstorder'
  | 'glcm'
  | 'glrlm'
  | 'glszm'
  | 'gldm'
  | 'ngtdm';

/** A feature apart from the image it is taken of: one row of the feature table. */
export type FeatureRow = Readonly<{
  family: FeatureFamily;
  /** PyRadiomics' name, without image type and family */
  feature: string;
  /** code of the IBSI reference manual, coding scheme IBSI; undefined: the IBSI has no such feature */
  ibsi?: string;
  /** code meaning */
  meaning: string;
  /** UCUM code of the unit for a CT image */
  unit: string;
  /** where the formula stands */
  source: string;
  /** false: computed only when it is asked for by name */
  isDefault?: false;
}>;

type Row = readonly [feature: string, ibsi: string, meaning: string, unit?: string];
const HU = "[hnsf'U]";

function rows(family: FeatureFamily, source: string, all: readonly Row[]): readonly FeatureRow[] {
  return all.map(([feature, ibsi, meaning, unit = '1']) => ({
    family,
    feature,
    ...(ibsi === '' ? {} : { ibsi }),
    meaning,
    unit,
    source: ibsi === '' ? `PyRadiomics, ${family}` : source,
  }));
}

/** Every feature that can be computed: the one table for the engine, tables of values, model files and reports. */
export const FEATURES: readonly FeatureRow[] = [
  ...rows('shape', 'IBSI reference manual, 3.1', [
    ['Elongation', 'Q3CK', 'Elongation'],
    ['Flatness', 'N17B', 'Flatness'],
    ['LeastAxisLength', '7J51', 'Least axis length', 'mm'],
    ['MajorAxisLength', 'TDIC', 'Major axis length', 'mm'],
    ['Maximum2DDiameterColumn', '', 'Maximum 2D diameter in the coronal plane', 'mm'],
    ['Maximum2DDiameterRow', '', 'Maximum 2D diameter in the sagittal plane', 'mm'],
    ['Maximum2DDiameterSlice', '', 'Maximum 2D diameter in the axial plane', 'mm'],
    ['Maximum3DDiameter', 'L0JK', 'Maximum 3D diameter', 'mm'],
    ['MeshVolume', 'RNU0', 'Volume (mesh)', 'mm3'],
    ['MinorAxisLength', 'P9VJ', 'Minor axis length', 'mm'],
    ['Sphericity', 'QCFX', 'Sphericity'],
    ['SurfaceArea', 'C0JK', 'Surface area (mesh)', 'mm2'],
    ['SurfaceVolumeRatio', '2PR5', 'Surface to volume ratio', '/mm'],
    ['VoxelVolume', 'YEKZ', 'Approximate volume', 'mm3'],
  ]),
  ...rows('shape2D', 'PyRadiomics, shape2D', [
    ['Elongation', '', 'Elongation in the slice'],
    ['MajorAxisLength', '', 'Major axis length in the slice', 'mm'],
    ['MaximumDiameter', '', 'Maximum diameter in the slice', 'mm'],
    ['MeshSurface', '', 'Area in the slice (mesh)', 'mm2'],
    ['MinorAxisLength', '', 'Minor axis length in the slice', 'mm'],
    ['Perimeter', '', 'Perimeter in the slice', 'mm'],
    ['PerimeterSurfaceRatio', '', 'Perimeter to area ratio', '/mm'],
    ['PixelSurface', '', 'Area in the slice (pixels)', 'mm2'],
    ['Sphericity', '', 'Circularity in the slice'],
  ]),
  ...rows('firstorder', 'IBSI reference manual, 3.3 (Entropy, Uniformity: 3.4)', [
    ['10Percentile', 'QG58', '10th percentile', HU],
    ['90Percentile', '8DWT', '90th percentile', HU],
    ['Energy', 'N8CA', 'Energy', `${HU}2`],
    ['Entropy', 'TLU2', 'Intensity histogram entropy'],
    ['InterquartileRange', 'SALO', 'Interquartile range', HU],
    // the IBSI's kurtosis (IPH6) is this one minus 3
    ['Kurtosis', '', 'Kurtosis (3 for a normal distribution)'],
    ['Maximum', '84IY', 'Maximum', HU],
    ['Mean', 'Q4LE', 'Mean', HU],
    ['MeanAbsoluteDeviation', '4FUA', 'Mean absolute deviation', HU],
    ['Median', 'Y12H', 'Median', HU],
    ['Minimum', '1GSF', 'Minimum', HU],
    ['Range', '2OJQ', 'Range', HU],
    ['RobustMeanAbsoluteDeviation', '1128', 'Robust mean absolute deviation', HU],
    ['RootMeanSquared', '5ZWQ', 'Root mean square', HU],
    ['Skewness', 'KE2A', 'Skewness'],
    ['TotalEnergy', '', 'Energy times voxel volume', `${HU}2.mm3`],
    ['Uniformity', 'BJ5W', 'Intensity histogram uniformity'],
    ['Variance', 'ECT3', 'Variance', `${HU}2`],
  ]),
  {
    family: 'firstorder',
    feature: 'StandardDeviation',
    meaning: 'Standard deviation',
    unit: HU,
    source: 'PyRadiomics, firstorder',
    isDefault: false,
  },
  ...rows('glcm', 'IBSI reference manual, 3.6', [
    ['Autocorrelation', 'QWB0', 'Autocorrelation of GLCM'],
    ['JointAverage', '60VM', 'Joint Average of GLCM'],
    ['ClusterProminence', 'AE86', 'Cluster Prominence of GLCM'],
    ['ClusterShade', '7NFM', 'Cluster Shade of GLCM'],
    ['ClusterTendency', 'DG8W', 'Cluster Tendency of GLCM'],
    ['Contrast', 'ACUI', 'Contrast of GLCM'],
    ['Correlation', 'NI2N', 'Correlation of GLCM'],
    ['DifferenceAverage', 'TF7R', 'Difference Average of GLCM'],
    ['DifferenceEntropy', 'NTRS', 'Difference Entropy of GLCM'],
    ['DifferenceVariance', 'D3YU', 'Difference Variance of GLCM'],
    ['Id', 'IB1Z', 'Inverse Difference of GLCM'],
    ['Idm', 'WF0Z', 'Inverse Difference Moment of GLCM'],
    ['Idmn', '1QCO', 'Normalized Inverse Difference Moment of GLCM'],
    ['Idn', 'NDRX', 'Normalized Inverse Difference of GLCM'],
    ['Imc1', 'R8DG', 'First Measure of Information Correlation of GLCM'],
    ['Imc2', 'JN9H', 'Second Measure of Information Correlation of GLCM'],
    ['InverseVariance', 'E8JP', 'Inverse Variance of GLCM'],
    ['JointEnergy', '8ZQL', 'Angular Second Moment of GLCM'],
    ['JointEntropy', 'TU9B', 'Joint Entropy of GLCM'],
    ['MCC', '', 'Maximal Correlation Coefficient of GLCM'],
    ['MaximumProbability', 'GYBY', 'Joint Maximum of GLCM'],
    ['SumAverage', 'ZGXS', 'Sum Average of GLCM'],
    ['SumEntropy', 'P6QZ', 'Sum Entropy of GLCM'],
    ['SumSquares', 'UR99', 'Joint Variance of GLCM'],
  ]),
  ...rows('glrlm', 'IBSI reference manual, 3.7', [
    ['GrayLevelNonUniformity', 'R5YN', 'Grey Level Non-Uniformity of GLRLM'],
    ['GrayLevelNonUniformityNormalized', 'OVBL', 'Normalized Grey Level Non-Uniformity of GLRLM'],
    ['GrayLevelVariance', '8CE5', 'Grey Level Variance of GLRLM'],
    ['HighGrayLevelRunEmphasis', 'G3QZ', 'High Grey Level Run Emphasis of GLRLM'],
    ['LongRunEmphasis', 'W4KF', 'Long Runs Emphasis of GLRLM'],
    ['LongRunHighGrayLevelEmphasis', '3KUM', 'Long Run High Grey Level Emphasis of GLRLM'],
    ['LongRunLowGrayLevelEmphasis', 'IVPO', 'Long Run Low Grey Level Emphasis of GLRLM'],
    ['LowGrayLevelRunEmphasis', 'V3SW', 'Low Grey Level Run Emphasis of GLRLM'],
    ['RunEntropy', 'HJ9O', 'Run Entropy of GLRLM'],
    ['RunLengthNonUniformity', 'W92Y', 'Run Length Non-Uniformity of GLRLM'],
    ['RunLengthNonUniformityNormalized', 'IC23', 'Normalized Run Length Non-Uniformity of GLRLM'],
    ['RunPercentage', '9ZK5', 'Run Percentage of GLRLM'],
    ['RunVariance', 'SXLW', 'Run Length Variance of GLRLM'],
    ['ShortRunEmphasis', '22OV', 'Short Runs Emphasis of GLRLM'],
    ['ShortRunHighGrayLevelEmphasis', 'GD3A', 'Short Run High Grey Level Emphasis of GLRLM'],
    ['ShortRunLowGrayLevelEmphasis', 'HTZT', 'Short Run Low Grey Level Emphasis of GLRLM'],
  ]),
  ...rows('glszm', 'IBSI reference manual, 3.8', [
    ['GrayLevelNonUniformity', 'JNSA', 'Grey Level Non-Uniformity of GLSZM'],
    ['GrayLevelNonUniformityNormalized', 'Y1RO', 'Normalized Grey Level Non-Uniformity of GLSZM'],
    ['GrayLevelVariance', 'BYLV', 'Grey Level Variance of GLSZM'],
    ['HighGrayLevelZoneEmphasis', '5GN9', 'High Grey Level Zone Emphasis of GLSZM'],
    ['LargeAreaEmphasis', '48P8', 'Large Zone Emphasis of GLSZM'],
    ['LargeAreaHighGrayLevelEmphasis', 'J17V', 'Large Zone High Grey Level Emphasis of GLSZM'],
    ['LargeAreaLowGrayLevelEmphasis', 'YH51', 'Large Zone Low Grey Level Emphasis of GLSZM'],
    ['LowGrayLevelZoneEmphasis', 'XMSY', 'Low Grey Level Zone Emphasis of GLSZM'],
    ['SizeZoneNonUniformity', '4JP3', 'Zone Size Non-Uniformity of GLSZM'],
    ['SizeZoneNonUniformityNormalized', 'VB3A', 'Normalized Zone Size Non-Uniformity of GLSZM'],
    ['SmallAreaEmphasis', '5QRC', 'Small Zone Emphasis of GLSZM'],
    ['SmallAreaHighGrayLevelEmphasis', 'HW1V', 'Small Zone High Grey Level Emphasis of GLSZM'],
    ['SmallAreaLowGrayLevelEmphasis', '5RAI', 'Small Zone Low Grey Level Emphasis of GLSZM'],
    ['ZoneEntropy', 'GU8N', 'Zone Size Entropy of GLSZM'],
    ['ZonePercentage', 'P30P', 'Zone Percentage of GLSZM'],
    ['ZoneVariance', '3NSA', 'Zone Size Variance of GLSZM'],
  ]),
  ...rows('gldm', 'IBSI reference manual, 3.11', [
    ['DependenceEntropy', 'FCBV', 'Dependence Count Entropy of NGLDM'],
    ['DependenceNonUniformity', 'Z87G', 'Dependence Count Non-Uniformity of NGLDM'],
    ['DependenceNonUniformityNormalized', 'OKJI', 'Normalized Dependence Count Non-Uniformity of NGLDM'],
    ['DependenceVariance', 'DNX2', 'Dependence Count Variance of NGLDM'],
    ['GrayLevelNonUniformity', 'FP8K', 'Grey Level Non-Uniformity of NGLDM'],
    ['GrayLevelVariance', '1PFV', 'Grey Level Variance of NGLDM'],
    ['HighGrayLevelEmphasis', 'OAE7', 'High Grey Level Count Emphasis of NGLDM'],
    ['LargeDependenceEmphasis', 'IMOQ', 'High Dependence Emphasis of NGLDM'],
    ['LargeDependenceHighGrayLevelEmphasis', '9QMG', 'High Dependence High Grey Level Emphasis of NGLDM'],
    ['LargeDependenceLowGrayLevelEmphasis', 'NBZI', 'High Dependence Low Grey Level Emphasis of NGLDM'],
    ['LowGrayLevelEmphasis', 'TL9H', 'Low Grey Level Count Emphasis of NGLDM'],
    ['SmallDependenceEmphasis', 'SODN', 'Low Dependence Emphasis of NGLDM'],
    ['SmallDependenceHighGrayLevelEmphasis', 'JA6D', 'Low Dependence High Grey Level Emphasis of NGLDM'],
    ['SmallDependenceLowGrayLevelEmphasis', 'EQ3F', 'Low Dependence Low Grey Level Emphasis of NGLDM'],
  ]),
  ...rows('ngtdm', 'IBSI reference manual, 3.10', [
    ['Busyness', 'NQ30', 'Busyness of NGTDM'],
    ['Coarseness', 'QCDE', 'Coarseness of NGTDM'],
    ['Complexity', 'HDEZ', 'Complexity of NGTDM'],
    ['Contrast', '65HE', 'Contrast of NGTDM'],
    ['Strength', '1X9X', 'Strength of NGTDM'],
  ]),
];
