import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ReceivingArchive, startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { Fault } from '../fault.ts';

export type ReceivedReport = Readonly<{ SOPClassUID: string; StudyInstanceUID: string; file: string }>;

/** The demonstration's PACS on loopback: keeps what it is sent in a folder, and tells of it. */
export async function startDemoArchive(
  folder: string,
  aeTitle: string,
  onReport: (report: ReceivedReport) => void,
): Promise<ReceivingArchive> {
  mkdirSync(folder, { recursive: true });
  const files = await openInstanceFiles(folder);
  return startReceivingArchive({
    aeTitle,
    host: '127.0.0.1',
    port: 0,
    files,
    onReceived: ({ header }, file) =>
      onReport({
        SOPClassUID: header.SOPClassUID,
        StudyInstanceUID: header.StudyInstanceUID,
        file: join(folder, file),
      }),
  });
}

/** Sends Part 10 files over one association; every one must be answered with success. */
export async function sendAll(
  to: Readonly<{ aeTitle: string; port: number }>,
  files: readonly Uint8Array[],
  callingAeTitle: string,
): Promise<void> {
  const node = { name: 'earshot', host: '127.0.0.1', roles: [], ...to };
  const answers = await sendFiles(node, files, { callingAeTitle });
  const refused = answers.find(({ status }) => status !== 0);
  if (refused) throw new Fault('PEER_REFUSED', `status ${refused.status ?? 'none'} ${refused.comment ?? ''}`);
}
