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

const read = new Map<string, Uint8Array>();

/** The files of the families that the page names; each is read once, the Chinese ones (17 MB) when first needed. */
export function fontBuffers(svg: string): Uint8Array[] {
  const named = svg.includes(`"${CHINESE.family}"`) ? [LATIN, CHINESE] : [LATIN];
  return named.flatMap(({ normal, bold }) => [normal, bold]).map(buffer);
}

function buffer(file: string): Uint8Array {
  const bytes = read.get(file) ?? readFileSync(file);
  read.set(file, bytes);
  return bytes;
}
