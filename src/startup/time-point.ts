import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRaw } from '../../adapters/threads/inflate.ts';
import { inflatedPart10 } from '../dicom/deflated.ts';
import type { Header } from '../dicom/header.ts';
import { readHeader } from '../dicom/read-header.ts';
import { sameContent } from '../dicom/same-content.ts';
import { sopClass } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
import { describeMask } from '../masks/describe.ts';
import type { MaskDescription } from '../masks/region.ts';
import { type CtSeries, zoneOf } from '../matching/study-summary.ts';
import type { KnownStudy } from '../pipeline/known-study.ts';
import { reading } from './read-fault.ts';

export type TimePointFiles = Readonly<{ known: KnownStudy; fileOf: ReadonlyMap<string, string> }>;

/** Every file below the given folders and files, sorted; symbolic links are not followed. */
function* filesBelow(paths: readonly string[]): Generator<string> {
  for (const path of paths) {
    const found = reading(path, () => statSync(path, { throwIfNoEntry: false }));
    if (!found) throw new Fault('INPUT_NOT_FOUND', path);
    if (found.isFile()) {
      yield path;
      continue;
    }
    const entries = reading(path, () => readdirSync(path, { recursive: true, withFileTypes: true }));
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    yield* files.sort();
  }
}

/** A file that does not begin as DICOM is passed over: a README beside the slices is no mistake. */
function headerOfFile(bytes: Uint8Array): Header | undefined {
  const hasPreamble = bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
  return hasPreamble ? readHeader(bytes)?.header : undefined;
}

/** The bytes of a file; a deflated DICOM object is inflated. */
const readInput = (file: string): Uint8Array =>
  inflatedPart10(
    reading(file, () => readFileSync(file)),
    inflateRaw,
  );

/** The same object twice counts once; another object under its UID is a contradiction that a person must settle. */
function isRepeated(known: string | undefined, file: string): boolean {
  if (known === undefined) return false;
  const [before, now] = [readInput(known), readInput(file)];
  if (Buffer.compare(before, now) !== 0 && !sameContent(before, now)) {
    throw new Fault(
      'TIME_POINTS_INVALID',
      `${known} and ${file} have one SOP Instance UID and other content`,
    );
  }
  return true;
}

type Found = Readonly<{ header: Header; file: string; mask: MaskDescription | undefined }>;

function* objectsBelow(paths: readonly string[]): Generator<Found> {
  for (const file of filesBelow(paths)) {
    const bytes = readInput(file);
    const header = headerOfFile(bytes);
    const role = header && sopClass(header.SOPClassUID)?.role;
    if (header && role === 'image') yield { header, file, mask: undefined };
    if (header && role === 'mask') yield { header, file, mask: describeMask(bytes) };
  }
}

/**
 * CT series and masks of one time point: images from one path, masks from another or the same, folders searched recursively.
 * All CT images must be of one study. Faults: INPUT_NOT_FOUND, STORAGE_FAILED for what
 * may pass, and those of reading an object.
 */
export function readTimePoint(images: string, masks = images): TimePointFiles {
  const fileOf = new Map<string, string>();
  const headers: Header[] = [];
  const descriptions: MaskDescription[] = [];
  const maskHeaders: Header[] = [];
  for (const { header, file, mask } of objectsBelow([images])) {
    if (mask || isRepeated(fileOf.get(header.SOPInstanceUID), file)) continue;
    fileOf.set(header.SOPInstanceUID, file);
    headers.push(header);
  }
  for (const { header, file, mask } of objectsBelow([masks])) {
    if (!mask || isRepeated(fileOf.get(header.SOPInstanceUID), file)) continue;
    fileOf.set(header.SOPInstanceUID, file);
    descriptions.push(mask);
    maskHeaders.push(header);
  }
  const [first] = headers;
  if (!first) throw new Fault('INPUT_NOT_FOUND', `${images}: no CT image`);
  const studies = new Set(headers.map(({ StudyInstanceUID }) => StudyInstanceUID));
  if (studies.size > 1) {
    throw new Fault(
      'INPUT_NOT_FOUND',
      `${images}: CT images of ${studies.size} studies; give one time point`,
    );
  }
  const { StudyInstanceUID, StudyDate, StudyTime } = first;
  const ctSeries = seriesOf(headers);
  return {
    fileOf,
    known: {
      summary: {
        ...{ StudyInstanceUID, identity: first, StudyDate, StudyTime },
        ...{ TimezoneOffsetFromUTC: zoneOf(ctSeries), ctSeries, masks: descriptions },
      },
      identityConflict: [...headers, ...maskHeaders].some((header) => contradicts(first, header)),
      conflict: 'none',
      unreadableMasks: [],
    },
  };
}

/** As in the catalogue: what both give and give differently. */
const contradicts = (a: Header, b: Header): boolean =>
  (['PatientID', 'IssuerOfPatientID', 'PatientBirthDate', 'PatientSex'] as const).some(
    (name) => Boolean(a[name]) && Boolean(b[name]) && a[name] !== b[name],
  );

function seriesOf(headers: readonly Header[]): CtSeries[] {
  const series = new Map<string, { header: Header; SOPInstanceUIDs: string[] }>();
  for (const header of headers) {
    const known = series.get(header.SeriesInstanceUID) ?? { header, SOPInstanceUIDs: [] };
    known.SOPInstanceUIDs.push(header.SOPInstanceUID);
    series.set(header.SeriesInstanceUID, known);
  }
  return [...series].map(([SeriesInstanceUID, each]) => ({ SeriesInstanceUID, ...each }));
}
