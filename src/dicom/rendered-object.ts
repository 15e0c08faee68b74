/** Which object it is, and where it belongs. */
export type ObjectIdentity = Readonly<{
  SOPClassUID: string;
  SOPInstanceUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
}>;

/** An object of ours, finished: its Part 10 file. */
export type RenderedObject = ObjectIdentity & Readonly<{ bytes: Uint8Array }>;
