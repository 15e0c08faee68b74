import type { ShortSeries } from '../catalogue/fetches.ts';
import type { CaseOrders } from '../catalogue/orders.ts';
import type { Conflict } from '../catalogue/rows.ts';
import type { StudySummary } from '../matching/study-summary.ts';

/** A study as the pipeline knows it: what matching asks about, and what is wrong with its objects. */
export type KnownStudy = Readonly<{
  summary: StudySummary;
  /** instances of the study disagree about the patient */
  identityConflict: boolean;
  /** whether other bytes arrived under known SOP Instance UIDs of the study */
  conflict: Conflict;
  /** mask objects that could not be read, with the fault's code */
  unreadableMasks: readonly string[];
  /** RTSTRUCTs that are left out because they must be approved first and are not */
  unapprovedMasks?: number;
  /** series, of this study or of those its masks may be in, of which an archive says that it has more than is here */
  shortSeries?: readonly ShortSeries[];
  /** what persons ordered about it as a case */
  orders?: CaseOrders | undefined;
  /** when a person last chose baseline or regions of the case, or took the choice back */
  chosenAt?: Date | undefined;
  /** when each mask object of this time point arrived, read or not, by SOP Instance UID */
  maskArrivals?: ReadonlyMap<string, Date>;
  lastReceivedAt?: Date;
}>;
