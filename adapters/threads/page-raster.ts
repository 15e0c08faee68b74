/** The door to resvg (WebAssembly): SVG to pixels. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { Fault } from '../../src/fault.ts';
import type { RenderedPage } from '../../src/picture/rendered-page.ts';
import { fontBuffers, LATIN } from './fonts.ts';

let started: Promise<void> | undefined;

/** Compiles resvg; once a thread. */
function start(): Promise<void> {
  const program = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  started ??= initWasm(readFileSync(program));
  return started;
}

/** One pixel of the page is one pixel. Faults: PICTURE_INVALID with resvg's own words as its cause. */
export async function rasterise(svg: string): Promise<RenderedPage> {
  await start();
  try {
    const resvg = new Resvg(svg, {
      font: { fontBuffers: fontBuffers(svg), defaultFontFamily: LATIN.family, sansSerifFamily: LATIN.family },
      fitTo: { mode: 'original' },
      background: '#000',
    });
    const image = resvg.render();
    const page = {
      columns: image.width,
      rows: image.height,
      rgb: withoutAlpha(image.pixels),
      png: image.asPng(),
    };
    image.free();
    resvg.free();
    return page;
  } catch (cause) {
    throw new Fault('PICTURE_INVALID', 'the page cannot be rendered', { cause });
  }
}

/** The page is opaque. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}
