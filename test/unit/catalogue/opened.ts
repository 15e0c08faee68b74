import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { Confirmations } from '../../../src/catalogue/confirmations.ts';
import { Fetches } from '../../../src/catalogue/fetches.ts';
import { migrate } from '../../../src/catalogue/migrate.ts';
import { Patients } from '../../../src/catalogue/patients.ts';
import { Renditions } from '../../../src/catalogue/renditions.ts';
import { Reports } from '../../../src/catalogue/reports.ts';
import type { Header } from '../../../src/dicom/header.ts';
import type { SopClassRole } from '../../../src/dicom/sop-class.ts';
import type { Received } from '../../../src/ports.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { openTestSql } from '../../support/databases.ts';

/** A real catalogue in memory, and a clock that stands until it is set. */
export async function openedCatalogue() {
  const sql = await openTestSql();
  let now = Date.UTC(2026, 0, 1);
  const clock = () => new Date(now);
  await migrate(sql, loadMigrations(), clock());
  return {
    sql,
    clock,
    catalogue: new Catalogue(sql, clock),
    reports: new Reports(sql, clock),
    fetches: new Fetches(sql, clock),
    renditions: new Renditions(sql),
    confirmations: new Confirmations(sql, clock),
    patients: new Patients(sql, clock),
    tick: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}
export type OpenedCatalogue = Awaited<ReturnType<typeof openedCatalogue>>;

export const STUDY = '2.25.1';

/** An object as the listener hands it over. */
export const received = (SOPInstanceUID: string, header: Partial<Header> = {}): Received => ({
  header: {
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID,
    StudyInstanceUID: STUDY,
    SeriesInstanceUID: '2.25.2',
    PatientID: 'P1',
    ...header,
  },
  digest: `digest of ${SOPInstanceUID}`,
  bytes: 100,
});

export const add = (
  { catalogue }: Pick<OpenedCatalogue, 'catalogue'>,
  SOPInstanceUID: string,
  header: Partial<Header> = {},
  role: SopClassRole = 'image',
): Promise<boolean> =>
  catalogue.addInstance({
    received: received(SOPInstanceUID, header),
    role,
    file: `instances/${SOPInstanceUID}.dcm`,
    from: 'SCANNER',
  });

/** A mask object as `add` puts it here. */
export const asAdded = (SOPInstanceUID: string) => ({
  SOPInstanceUID,
  digest: received(SOPInstanceUID).digest,
});
