/** The bundled fonts: a page looks the same on every machine, whatever is installed there. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);
const dejavu = (name: string): string => resolve(`dejavu-fonts-ttf/ttf/${name}`);
const noto = (name: string): string => join(dirname(resolve('@embedpdf/fonts-sc')), '..', 'fonts', name);

/** Latin, Greek, Cyrillic, Hebrew and Arabic. */
export const LATIN = {
  family: 'DejaVu Sans Condensed',
  normal: dejavu('DejaVuSansCondensed.ttf'),
  bold: dejavu('DejaVuSansCondensed-Bold.ttf'),
} as const;

/** Simplified Chinese, and with it kana and most ideographs of Japanese and traditional Chinese. */
export const CHINESE = {
  family: 'Noto Sans S Chinese',
  normal: noto('NotoSansHans-Regular.otf'),
  bold: noto('NotoSansHans-Bold.otf'),
} as const;

let loaded: Uint8Array[] | undefined;

/** The files of all fonts, 18 MB; read once. */
export function fontBuffers(): Uint8Array[] {
  loaded ??= [LATIN.normal, LATIN.bold, CHINESE.normal, CHINESE.bold].map((file) => readFileSync(file));
  return loaded;
}
