import type { Finding } from '../eligibility/finding.ts';
import type { Category } from '../model/score-result.ts';
import type { Language } from '../sr/language.ts';
import type { KeyView } from './key-view.ts';

/** One time point of the lesion. */
export type PageTimePoint = Readonly<{
  /** e.g. `Baseline` */
  label: string;
  /** YYYY-MM-DD, or words when it is unknown */
  date: string;
  view: KeyView;
  volumeMm3: number | null;
  /** longest diameter in one slice, mm */
  inPlaneDiameterMm: number | null;
  /** of the feature whose delta is scored; null when it is undefined */
  featureValue: number | null;
}>;

/** A scored time point of the patient; the current one is among them. */
export type TrendPoint = Readonly<{
  /** YYYY-MM-DD */
  date: string;
  delta: number | null;
  /** 0 to 1 */
  probability: number | null;
  isCurrent: boolean;
}>;

/** Everything that the picture page shows, as plain data. Text is in the language of the page; all of it may be hostile. */
export type PageContent = Readonly<{
  language: Language;
  /** who the patient is; however long the name, the rest (ID with issuer, birth date, accession number) stays legible */
  patient: Readonly<{ name: string; identification: string }>;
  /** which lesion, as masks and report name it */
  lesion: string;
  /** SOPInstanceUID of the SR that the picture belongs to */
  SOPInstanceUID: string;
  /** null: there is no normalisation, the delta stands alone */
  category: Category | null;
  /** the normalisation is not yet settled */
  isProvisional: boolean;
  /** why the category is what it is, or why there is no probability; one sentence */
  because: string;
  /** what a reader must know before the number: shown above the images */
  warnings: readonly string[];
  baseline: PageTimePoint;
  followUp: PageTimePoint;
  intervalDays: number | null;
  /** e.g. `LoG 3 mm GLCM difference variance` */
  featureTitle: string;
  delta: number | null;
  /** smallest and largest delta under perturbed masks */
  stabilityRange: readonly [number, number] | null;
  /** 0 to 1 */
  probability: number | null;
  /** 95 %, 0 to 1 */
  interval: readonly [number, number] | null;
  /** 0 to 1 */
  cutOff: number;
  /** share of resistant scans in the training, 0 to 1: by design, not what is met in practice */
  designPrevalence: number;
  /** the probability at the site's own prevalence, beside the published one, never instead of it; both 0 to 1 */
  priorShifted: Readonly<{ prevalence: number; probability: number }> | null;
  /** the measured lesions grew by 20 % and 5 mm or more: said before anything else */
  isProgression: boolean;
  /** what the measured diameters say about progression; '': nothing */
  progression: string;
  trend: readonly TrendPoint[];
  /** sentences beside the findings */
  summary: readonly string[];
  findings: readonly Finding[];
  /** model, versions, normalisation with n and version, software */
  provenance: readonly string[];
}>;
