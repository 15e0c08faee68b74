/** The picture page as a renderer gives it back. */
export type RenderedPage = Readonly<{
  columns: number;
  rows: number;
  /** red, green and blue of each pixel, row by row */
  rgb: Uint8Array;
  png: Uint8Array;
}>;

export type PdfAbout = Readonly<{
  title: string;
  /** YYYYMMDD, HHMMSS: of the report, never `now` */
  date: string;
  time: string;
}>;
