/** The door to pdfmake: SVG to PDF with its text, its lines and the letters that it uses of the fonts. */
import pdfmake from 'pdfmake';
import { Fault } from '../../src/fault.ts';
import type { PdfAbout } from '../../src/picture/rendered-page.ts';
import { CHINESE, LATIN } from './fonts.ts';

const FILES: ReadonlySet<string> = new Set([LATIN.normal, LATIN.bold, CHINESE.normal, CHINESE.bold]);
/** A page of 1024 px is as wide as A4, points. */
const PAGE_WIDTH = 595.28;

pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy((path) => FILES.has(path));

/** One page as large as the picture. Faults: PICTURE_INVALID with the library's own words as its cause. */
export async function pdfOf(svg: string, { title, date, time }: PdfAbout): Promise<Uint8Array> {
  const [width, height] = sizeOf(svg);
  const pageHeight = (PAGE_WIDTH * height) / width;
  try {
    // afresh each time: the library writes into what it is given
    pdfmake.setFonts({
      [LATIN.family]: { normal: LATIN.normal, bold: LATIN.bold },
      [CHINESE.family]: { normal: CHINESE.normal, bold: CHINESE.bold },
    });
    const document = pdfmake.createPdf({
      pageSize: { width: PAGE_WIDTH, height: pageHeight },
      pageMargins: 0,
      version: '1.4',
      content: [{ svg, width: PAGE_WIDTH, height: pageHeight, font: LATIN.family }],
      defaultStyle: { font: LATIN.family },
      info: { title, creator: 'Earshot', producer: 'Earshot', creationDate: momentOf(date, time) },
    });
    const bytes = await document.getBuffer();
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new Fault('PICTURE_INVALID', 'the page cannot be written as PDF', { cause });
  }
}

/** Width and height that the picture declares, px. */
function sizeOf(svg: string): readonly [number, number] {
  const found = /^<svg[^>]*? width="(\d+)" height="(\d+)"/.exec(svg);
  if (!found) throw new Fault('PICTURE_INVALID', 'the page has no size');
  return [Number(found[1]), Number(found[2])];
}

/** The report's time as if it were UTC: the same bytes in every time zone. */
function momentOf(date: string, time: string): Date {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  const [hours, minutes, seconds] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6)].map(Number);
  return new Date(Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1, hours ?? 0, minutes ?? 0, seconds ?? 0));
}
