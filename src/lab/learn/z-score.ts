/** Mean and population SD (ddof 0) of columns over the rows a model is trained on; an SD of 0 marks a constant column. */
export type ZScore = Readonly<{ mean: Float64Array; sd: Float64Array }>;

/** Column after column; value of column j and row i is values[j * rows + i]. */
export type Columns = Readonly<{ values: Float64Array; rows: number }>;

export function fitZScore({ values, rows }: Columns, columns: Int32Array, training: Int32Array): ZScore {
  const mean = new Float64Array(columns.length);
  const sd = new Float64Array(columns.length);
  columns.forEach((column, j) => {
    const start = column * rows;
    const first = values[start + training[0]!]!;
    let [sum, isConstant] = [0, true];
    for (const row of training) {
      const value = values[start + row]!;
      sum += value;
      isConstant &&= value === first;
    }
    const middle = isConstant ? first : sum / training.length;
    let squares = 0;
    for (const row of training) squares += (values[start + row]! - middle) ** 2;
    mean[j] = middle;
    sd[j] = Math.sqrt(squares / training.length);
  });
  return { mean, sd };
}

/** (x - mean) / SD of the rows named; columns as `columns` orders them. */
export function toZScores(
  from: Columns,
  columns: Int32Array,
  rows: Int32Array,
  { mean, sd }: ZScore,
): Columns {
  const n = rows.length;
  const values = new Float64Array(columns.length * n);
  columns.forEach((column, j) => {
    const start = column * from.rows;
    for (let i = 0; i < n; i++) values[j * n + i] = (from.values[start + rows[i]!]! - mean[j]!) / sd[j]!;
  });
  return { values, rows: n };
}
