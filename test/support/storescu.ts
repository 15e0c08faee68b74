import { runChild } from './child.ts';

export type StoreTo = Readonly<{ port: number; calledAeTitle: string; callingAeTitle: string }>;

/**
 * Sends files, and folders with all that is below them, over one association of DCMTK's storescu; throws when an
 * object was not stored.
 */
export async function storescu(to: StoreTo, paths: readonly string[]): Promise<void> {
  const { status, output } = await storescuAttempt(to, paths);
  if (status !== 0) throw new Error(`storescu ended with ${status}: ${output.slice(-2000)}`);
}

/** The same without the throwing: DCMTK's exit status and what it said. */
export const storescuAttempt = (
  { port, calledAeTitle, callingAeTitle }: StoreTo,
  paths: readonly string[],
): Promise<{ status: number | null; output: string }> =>
  // -R proposes what the files need: the default list of contexts lacks newer SOP classes.
  runChild('storescu', [
    ...['-v', '-R', '+sd', '+r', '-aet', callingAeTitle, '-aec', calledAeTitle],
    ...['127.0.0.1', String(port), ...paths],
  ]);

/** The files that DCMTK says were stored with status 0x0000: those are acknowledged. Folders are sent in the order of the disk. */
export function acknowledged(output: string): ReadonlySet<string> {
  const files = new Set<string>();
  let sending = '';
  for (const line of output.split('\n')) {
    sending = /Sending file: (.+)/.exec(line)?.[1] ?? sending;
    if (/Received Store Response \((Success|0x0000: Success)\)/.test(line)) files.add(sending);
  }
  return files;
}
