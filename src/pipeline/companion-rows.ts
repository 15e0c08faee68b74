/** What goes beside a report as the catalogue keeps it: rows with deliveries, and what is missing. */
import type { Reason, ReportRow } from '../catalogue/rows.ts';
import { digestOf } from '../dicom/uid.ts';
import type { Statement } from '../ports.ts';
import type { RenderedReport } from '../sr/report.ts';
import type { Outcome } from '../sr/report-choice.ts';
import type { Companions, MadeCompanion, MissingCompanion } from './companions.ts';
import { deliveryKey } from './deliver.ts';
import { reason } from './reason.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'reports' | 'queue' | 'log'>;

export const rowOf = ({ bytes, ...identity }: RenderedReport, file: string) => ({
  ...identity,
  file,
  digest: digestOf(bytes),
  bytes: bytes.length,
});

/** It is of the report's patient, and ends with the report. */
const companionRow = ({ wish, object, file }: MadeCompanion, report: ReportRow): ReportRow => ({
  ...report,
  ...rowOf(object, file),
  result: { patient: (report.result as Readonly<{ patient: unknown }>).patient },
  kind: wish.kind,
  language: wish.language,
  companionOf: report.SOPInstanceUID,
  due: null,
});

/** Rows and deliveries of what was made, events of what was not. */
export const addingCompanions = (
  { catalogue, reports }: Needs,
  report: ReportRow,
  { made, missing }: Companions,
): Statement[] => {
  const { StudyInstanceUID } = report;
  const told = missing.map(({ wish: { kind, language, destinations }, fault }) =>
    catalogue.event(StudyInstanceUID, 'companion.failed', {
      kind,
      language,
      destinations,
      fault: fault.code,
    }),
  );
  const added = made.flatMap((each) =>
    reports.adding(companionRow(each, report), each.wish.destinations, StudyInstanceUID),
  );
  return [...added, ...told];
};

export function logMissing({ log }: Needs, StudyInstanceUID: string, { missing }: Companions): void {
  for (const { wish, fault } of missing)
    log.warn('companion.failed', { StudyInstanceUID, kind: wish.kind, code: fault.code });
}

/** Wakes what does not wait for its report to be taken: that wakes it itself. */
export async function wakeCompanions(
  { reports, queue }: Needs,
  { SOPInstanceUID }: Pick<ReportRow, 'SOPInstanceUID'>,
  { made }: Companions,
): Promise<void> {
  for (const { wish, object } of made) {
    for (const destination of wish.destinations) {
      const first = await reports.delivery(SOPInstanceUID, destination);
      if (first?.state === 'waiting') continue;
      await queue.put({ kind: 'deliver', key: deliveryKey({ ...object, destination }) });
    }
  }
}

export const missingReason = ({ wish: { kind, language }, fault }: MissingCompanion): readonly Reason[] =>
  reason('COMPANION_MISSING', `The report goes out without its ${kind} (${language}): ${fault.code}`);

export const unwantedReason = (outcome: Outcome): readonly Reason[] =>
  reason('REPORT_UNWANTED', `No destination is to get a report on this outcome: ${outcome}`);
