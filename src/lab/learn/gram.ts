/** Inner products of all pairs of rows: element of rows a and b is gram[a * n + b]. Adds those of one column, or takes them away. */
export function addColumn(gram: Float64Array, column: Float64Array, sign: 1 | -1 = 1): void {
  const n = column.length;
  for (let a = 0; a < n; a++) {
    const x = sign * column[a]!;
    const at = a * n;
    for (let b = 0; b < n; b++) gram[at + b]! += x * column[b]!;
  }
}
