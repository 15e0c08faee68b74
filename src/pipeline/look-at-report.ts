/** SRs and key objects are not kept; what those of ours say about earlier time points is. */
import { type FoundReport, keepingRejection, keepingReport } from '../catalogue/found-reports.ts';
import type { Header } from '../dicom/header.ts';
import { parsePart10 } from '../dicom/parse-part10.ts';
import { readPart10 } from '../dicom/part10.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-class.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from '../dicom/transfer-syntax.ts';
import { asFault, type FaultCode } from '../fault.ts';
import type { IncomingInstance, Received, Statement } from '../ports.ts';
import { rejectedReports } from '../sr/read-rejection.ts';
import { readReport } from '../sr/read-report.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'log'>;

/** A report of ours on many lesions of large series has a tenth of it. */
const MAX_BYTES = 4 * 2 ** 20;
/** Reads of the parser, for as many bytes. */
const MAX_READS = 500_000;
const OF_THE_DISK: ReadonlySet<FaultCode> = new Set(['STORAGE_FULL', 'STORAGE_FAILED']);
const READABLE = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];

/**
 * Nothing that such an object holds refuses it, because a sender that is refused one object often gives up the study: what
 * cannot be read is dropped like what is not ours; faults of our disk refuse it. It opens no case and changes none. What it says is durable when this resolves.
 */
export async function lookAtReport(
  { catalogue, log }: Needs,
  incoming: IncomingInstance,
  announced: Readonly<{ SOPInstanceUID: string }>,
): Promise<void> {
  const { SOPInstanceUID } = announced;
  const statements: Statement[] = [];
  try {
    const received = await incoming.finish();
    if (received.header.SOPInstanceUID === SOPInstanceUID && isWorthReading(received)) {
      statements.push(...whatIsSaid(received.header, await incoming.content(), catalogue.clock()));
    }
  } catch (thrown) {
    // A disk that fails says nothing of the object: its sender is to send it again.
    if (OF_THE_DISK.has(asFault(thrown).code)) throw thrown;
    log.info('report.unreadable', { SOPInstanceUID });
  } finally {
    await incoming.discard();
  }
  if (statements.length === 0) return;
  await catalogue.sql.batch(statements);
  log.info('report.found', { SOPInstanceUID });
}

/** Key objects of every maker may reject; reports of ours name their maker. */
function isWorthReading({ header, bytes }: Received): boolean {
  if (bytes > MAX_BYTES || !READABLE.includes(header.TransferSyntaxUID)) return false;
  const PatientID = header.PatientID?.trim() ?? '';
  if (PatientID === '' || PatientID.length > 64) return false;
  return header.SOPClassUID === KEY_OBJECT_SELECTION || header.Manufacturer === 'Earshot';
}

/** Nothing: it is neither a report of ours, nor does it reject any. */
function whatIsSaid(header: Header, bytes: Uint8Array, now: Date): Statement[] {
  // What dcmjs reads below has been parsed within bounds.
  parsePart10(bytes, MAX_READS);
  const dataset = readPart10(bytes);
  const identity = {
    PatientID: header.PatientID?.trim() ?? '',
    IssuerOfPatientID: header.IssuerOfPatientID?.trim() ?? '',
    PatientBirthDate: header.PatientBirthDate ?? '',
    PatientSex: header.PatientSex ?? '',
  };
  const { SOPInstanceUID, StudyInstanceUID, SeriesInstanceUID } = header;
  const rejected = rejectedReports(dataset);
  if (rejected.length > 0) {
    return keepingRejection({ ...identity, note: SOPInstanceUID, StudyInstanceUID, reports: rejected }, now);
  }
  const report = readReport(dataset);
  if (!report) return [];
  const { StudyDate, StudyTime, ContentDate, ContentTime, predecessors } = report;
  const found: FoundReport = {
    ...identity,
    ...{ SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID },
    ...{ StudyDate, StudyTime, ContentDate, ContentTime },
    predecessors: predecessors.map((each) => each.SOPInstanceUID),
    point: isOfHeldCase(report) ? null : report.point,
  };
  return [keepingReport(found, now)];
}

/** A held case is no time point of the patient's course (`obstaclesTo`, evaluate-case.ts). */
const isOfHeldCase = ({ quality, point, growth }: NonNullable<ReturnType<typeof readReport>>): boolean =>
  quality === 'hold' || (point.delta === null && !growth?.isProgression);
