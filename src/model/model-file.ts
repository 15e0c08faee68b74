/** A frozen model as data: `models/<id>.json`. Schema and loader live here. */
export type ModelFile = Readonly<{
  id: string;
  version: string;
  title: string;
  /** PyRadiomics name of the feature whose delta is scored */
  feature: string;
  definition: 'followUpMinusBaseline';
  coefficient: number;
  intercept: number;
  /** positive when the unrounded probability is at or above it (FAE's rule) */
  cutOff: number;
  /** rows and prevalence of the training set, and the assumed distribution of z, for the Fisher information */
  training: Readonly<{ n: number; prevalence: number; z: 'standardNormal' }>;
  /** extraction profile that the feature must have been computed with */
  recipe: string;
  citation: string;
  provenance: string;
}>;
