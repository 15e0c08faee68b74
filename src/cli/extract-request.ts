import type { ExtractionSettings } from '../radiomics/settings.ts';

/** One image and mask, and the other columns of its row. */
export type ExtractCase = Readonly<{
  image: string;
  mask: string;
  roi: string | undefined;
  label?: number;
  columns: Readonly<Record<string, string>>;
}>;

/** What is wanted of every case. */
export type ExtractOptions = Readonly<{
  settings: ExtractionSettings;
  features: readonly string[];
  repeat: number;
  isStabilityWanted: boolean;
}>;
