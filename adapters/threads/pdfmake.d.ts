/** The part of pdfmake that is used here. */
declare module 'pdfmake' {
  type Faces = { normal: string; bold: string };
  type Definition = Readonly<{
    pageSize: Readonly<{ width: number; height: number }>;
    pageMargins: number;
    version: '1.4';
    content: readonly Readonly<{ svg: string; width: number; height: number; font: string }>[];
    defaultStyle: Readonly<{ font: string }>;
    info: Readonly<{ title: string; creator: string; producer: string; creationDate: Date }>;
  }>;
  const pdfmake: {
    setUrlAccessPolicy(isAllowed: (url: string) => boolean): void;
    setLocalAccessPolicy(isAllowed: (path: string) => boolean): void;
    setFonts(fonts: Record<string, Faces>): void;
    createPdf(definition: Definition): { getBuffer(): Promise<Uint8Array> };
  };
  export default pdfmake;
}
