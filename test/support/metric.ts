/** Value of a metric on a page of `/metrics`, by its name with its labels; NaN when it is not there. */
export function metricOf(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}
