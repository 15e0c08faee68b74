import type { CohortRow } from '../lab/cohort/cohort-table.ts';
import { deltasWithin } from '../lab/cohort/deltas.ts';
import type { Exclusion } from '../lab/cohort/exclusions.ts';
import { flowOf, flowSvg, flowText } from '../lab/cohort/flow.ts';
import { type FeatureTable, withRows } from '../lab/table/feature-table.ts';
import { writeFeatureTable } from '../lab/table/write-feature-table.ts';
import { writeFiles } from '../startup/whole-files.ts';
import { writing } from './writing.ts';

type Written = Readonly<{
  rows: readonly CohortRow[];
  table: FeatureTable;
  excluded: readonly Exclusion[];
  isParquetWanted: boolean;
}>;

/** features.csv, deltas.csv, flow.json and flow.svg: all are written before the first takes its place. Gives the flow in words. */
export async function writeCohort(
  folder: string,
  { rows, table, excluded, isParquetWanted }: Written,
): Promise<string> {
  const ofModel = withRows(table, ({ visit }) => visit !== 'other');
  const followUps = ofModel.rows.filter(({ visit }) => visit !== 'baseline');
  const deltas = deltasWithin(ofModel, 'followUpMinusBaseline', 'baseline');
  const flow = flowOf([
    { title: 'In the table', rows, excluded },
    { title: 'Measured', rows: table.rows, excluded: [] },
    { title: 'Of these, FFT or EAR', rows: followUps, excluded: deltas.excluded },
    { title: 'With a delta', rows: deltas.rows, excluded: [] },
  ]);
  const files: Record<string, string | Uint8Array> = {
    'features.csv': writeFeatureTable(table),
    'deltas.csv': writeFeatureTable(deltas),
    'flow.json': `${JSON.stringify(flow, null, 2)}\n`,
    'flow.svg': flowSvg(flow),
  };
  if (isParquetWanted) {
    const { writeParquet } = await import('../lab/table/write-parquet.ts');
    files['features.parquet'] = writeParquet(table);
  }
  writing(() => writeFiles(folder, files));
  return flowText(flow);
}
