/** A feature table as an Apache Parquet file. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { columnOf, type FeatureTable } from './feature-table.ts';
import { ROW_COLUMNS } from './write-feature-table.ts';

/** The columns of the CSV file: text, but `label` (INT32) and `days` and features (DOUBLE); what is not known is null. */
export function writeParquet(table: FeatureTable): Uint8Array {
  const { rows, features } = table;
  const texts = Object.entries(ROW_COLUMNS)
    .filter(([name]) => name !== 'label' && name !== 'days')
    .map(([name, cell]) => ({
      name,
      data: rows.map((row) => cell(row, table) || null),
      type: 'STRING' as const,
      nullable: true,
    }));
  const numbers = [
    { name: 'label', data: rows.map(({ label }) => label), type: 'INT32' as const, nullable: true },
    { name: 'days', data: rows.map(({ days }) => days), type: 'DOUBLE' as const, nullable: true },
  ];
  const values = features.map((name, j) => ({
    name,
    data: [...columnOf(table, j)],
    type: 'DOUBLE' as const,
    nullable: false,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData: [...texts, ...numbers, ...values] }));
}
