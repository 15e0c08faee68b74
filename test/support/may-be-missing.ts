/** What a test wants and does not find, to be said when it is skipped. With EARSHOT_NO_SKIP, as in CI, it is a failure. */
export function mayBeMissing(why: string | undefined): string | undefined {
  if (why !== undefined && process.env['EARSHOT_NO_SKIP']) throw new Error(`nothing may be skipped: ${why}`);
  return why;
}
