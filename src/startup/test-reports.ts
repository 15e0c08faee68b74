import type { ReportObject } from '../catalogue/rows.ts';
import type { InstanceFile, InstanceFiles } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import type { SelfTestProgress } from './self-test-steps.ts';

const FOLDER = 'self-test';
const LAST: InstanceFile = `${FOLDER}/last.json`;

type Form = Pick<ReportObject, 'SOPClassUID' | 'language'>;

/** What the last self-test left in the data folder: its report in every form, and how it went. */
export type TestReports = Readonly<{
  keep(form: Form, bytes: Uint8Array): Promise<void>;
  /** Undefined: no self-test has made that form. */
  read(form: Form): Promise<Uint8Array | undefined>;
  /** For senders: the absolute paths of the forms that are here, in this order. */
  files(SOPClassUIDs: readonly string[], languages: readonly Language[]): Promise<string[]>;
  keepResult(progress: SelfTestProgress): Promise<void>;
  lastResult(): Promise<SelfTestProgress | undefined>;
}>;

/** Both are from closed lists; a class that is none is no name of a file. */
const placeOf = ({ SOPClassUID, language }: Form): InstanceFile =>
  `${FOLDER}/report-${SOPClassUID.replace(/[^0-9.]/g, '')}-${language}.dcm`;

export function testReports(files: Pick<InstanceFiles, 'put' | 'read' | 'absolute'>): TestReports {
  const readOrNone = (place: InstanceFile): Promise<Uint8Array | undefined> =>
    files.read(place).catch(() => undefined);
  return {
    keep: (form, bytes) => files.put(placeOf(form), bytes),
    read: (form) => readOrNone(placeOf(form)),
    files: async (SOPClassUIDs, languages) => {
      const forms = languages.flatMap((language) =>
        SOPClassUIDs.map((SOPClassUID) => ({ SOPClassUID, language })),
      );
      const found: string[] = [];
      for (const form of forms)
        if (await readOrNone(placeOf(form))) found.push(files.absolute(placeOf(form)));
      return [...new Set(found)];
    },
    keepResult: (progress) => files.put(LAST, Buffer.from(JSON.stringify(progress))),
    lastResult: async () => {
      const bytes = await readOrNone(LAST);
      try {
        return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as SelfTestProgress);
      } catch {
        return undefined;
      }
    },
  };
}
