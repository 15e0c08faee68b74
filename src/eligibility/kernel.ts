/** Texture depends on the reconstruction kernel; two time points must share a family. */
import type { Header } from '../dicom/header.ts';

export type KernelFamily = 'soft' | 'sharp' | 'unknown';

type Row = Readonly<{
  manufacturer?: RegExp;
  kernel: RegExp;
  family: KernelFamily | ((match: RegExpMatchArray) => KernelFamily);
}>;

/** Siemens numbers rise with sharpness: B30f, I31f, Br40d are soft tissue, B50f and up, Bl57, Br64 are lung. */
const bySharpness = (match: RegExpMatchArray): KernelFamily => (Number(match[1]) < 50 ? 'soft' : 'sharp');
/** Canon: FC01 to FC29 body and FC40s head are soft, FC30s bone, FC50 and up lung and high resolution. */
const byCanonSeries = (match: RegExpMatchArray): KernelFamily => {
  const number = Number(match[1]);
  return number >= 50 || (number >= 30 && number < 40) ? 'sharp' : 'soft';
};

/** First match wins. Vendors' own codes before words, because a word may be part of a code. */
const ROWS: readonly Row[] = [
  { manufacturer: /siemens/i, kernel: /^[A-Z][a-z]?(\d{2})/i, family: bySharpness },
  { manufacturer: /toshiba|canon/i, kernel: /^FC(\d{2})/i, family: byCanonSeries },
  { manufacturer: /philips/i, kernel: /^(A|B|C|SB)$/i, family: 'soft' },
  { manufacturer: /philips/i, kernel: /^(D|E|EB|EC|L|LA|Y[A-D])$/i, family: 'sharp' },
  { manufacturer: /^ge\b|general electric/i, kernel: /^(STANDARD|STND|SOFT|DETAIL|CHST)/i, family: 'soft' },
  { manufacturer: /^ge\b|general electric/i, kernel: /^(LUNG|BONE|EDGE|ULTRA|HD LUNG)/i, family: 'sharp' },
  { kernel: /LUNG|BONE|SHARP|EDGE|HIGH/i, family: 'sharp' },
  { kernel: /SOFT|STANDARD|STND|SMOOTH|MEDIASTIN/i, family: 'soft' },
  { kernel: /^B[a-z]?(\d{2})[a-z]?$/i, family: bySharpness },
  { kernel: /^FC(\d{2})$/i, family: byCanonSeries },
];

/** The kernel family by the vendor's naming; a kernel that no pattern knows is `unknown`, as is an absent one. */
export function kernelFamily(header: Pick<Header, 'ConvolutionKernel' | 'Manufacturer'>): KernelFamily {
  const kernel = header.ConvolutionKernel?.split('\\')[0]?.trim().slice(0, 64) ?? '';
  if (kernel === '') return 'unknown';
  for (const { manufacturer, kernel: pattern, family } of ROWS) {
    if (manufacturer && !manufacturer.test(header.Manufacturer?.trim() ?? '')) continue;
    const match = kernel.match(pattern);
    if (match) return typeof family === 'string' ? family : family(match);
  }
  return 'unknown';
}
