import { Catalogue } from '../catalogue/catalogue.ts';
import { Confirmations } from '../catalogue/confirmations.ts';
import { Fetches } from '../catalogue/fetches.ts';
import { MaskRequests } from '../catalogue/mask-requests.ts';
import { migrate } from '../catalogue/migrate.ts';
import { refuseHalfMoved } from '../catalogue/move/move.ts';
import { Patients } from '../catalogue/patients.ts';
import { Renditions } from '../catalogue/renditions.ts';
import { Reports } from '../catalogue/reports.ts';
import type { Clock, Sql } from '../ports.ts';
import { loadMigrations } from './load.ts';
import { type DatabasePlace, openDatabase } from './open-database.ts';

export type OpenedCatalogue = Readonly<{
  sql: Sql;
  catalogue: Catalogue;
  reports: Reports;
  renditions: Renditions;
  confirmations: Confirmations;
  patients: Patients;
  fetches: Fetches;
  maskRequests: MaskRequests;
}>;

/** The catalogue, its schema brought up to date. The caller closes `sql`. `isChecked`: looked through for damage first. */
export async function openCatalogue(
  place: DatabasePlace,
  clock: Clock,
  options: Readonly<{ isChecked?: boolean }> = {},
): Promise<OpenedCatalogue> {
  const sql = await openDatabase(place, options);
  try {
    await migrate(sql, loadMigrations(), clock());
    await refuseHalfMoved(sql);
  } catch (thrown) {
    await sql.close();
    throw thrown;
  }
  return {
    sql,
    catalogue: new Catalogue(sql, clock),
    reports: new Reports(sql, clock),
    renditions: new Renditions(sql),
    confirmations: new Confirmations(sql, clock),
    patients: new Patients(sql, clock),
    fetches: new Fetches(sql, clock),
    maskRequests: new MaskRequests(sql, clock),
  };
}
