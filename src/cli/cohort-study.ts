/** Where the images of a row are, and what tells whether they are still the same. */
import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { canonicalJson, digestOf, isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { CohortRow } from '../lab/cohort/cohort-table.ts';
import type { FetchStudy } from '../startup/fetch-study.ts';
import { reading } from '../startup/read-fault.ts';

/** A StudyInstanceUID is fetched, unless a folder has that name. Faults: STORAGE_FAILED. */
export const isFetched = ({ study }: CohortRow, tableFolder: string): boolean =>
  isUid(study) && found(resolve(tableFolder, study)) === undefined;

const found = (path: string) => reading(path, () => statSync(path, { throwIfNoEntry: false }));

/**
 * Digest of the row and, of a folder, of names, sizes and times of its files. Faults: INPUT_NOT_FOUND for what is no folder, STORAGE_FAILED
 * for one that cannot be read now.
 */
export function inputsOf(row: CohortRow, tableFolder: string): string {
  const { line: _, ...cells } = row;
  const folder = resolve(tableFolder, row.study);
  return digestOf(canonicalJson({ ...cells, files: isFetched(row, tableFolder) ? [] : listing(folder) }));
}

function listing(folder: string): readonly string[] {
  const there = found(folder);
  if (there === undefined) return [];
  if (!there.isDirectory()) throw new Fault('INPUT_NOT_FOUND', `${folder}: no folder`);
  return reading(folder, () => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = reading(file, () => statSync(file));
      return `${relative(folder, file)} ${size} ${mtimeMs}`;
    })
    .sort();
}

const FETCHED = 'earshot-study-';
const OLD_MS = 24 * 3_600_000;

/** Images of patients that a run which was killed left in the temporary folder: none is worked on for a day. */
export function removeLeftImages(temporaryFolder = tmpdir(), now = Date.now()): void {
  for (const name of readdirSync(temporaryFolder).filter((each) => each.startsWith(FETCHED))) {
    const folder = join(temporaryFolder, name);
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    if (now - found.mtimeMs > OLD_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder of the images; what was fetched is deleted when `use` is done with it. */
export async function withImages<T>(
  row: CohortRow,
  tableFolder: string,
  fetch: FetchStudy | undefined,
  signal: AbortSignal,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (fetch === undefined || !isFetched(row, tableFolder)) return use(resolve(tableFolder, row.study));
  const folder = mkdtempSync(join(tmpdir(), FETCHED));
  try {
    await fetch(row.study, folder, signal);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
