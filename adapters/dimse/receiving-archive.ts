/** A small archive that keeps whatever it is sent: the PACS of the demonstration and of the tests. */
import type { IncomingInstance, InstanceFile, InstanceFiles, Received } from '../../src/ports.ts';
import type { FileMeta } from './association.ts';
import { TRANSFER_SYNTAX_PREFERENCE } from './negotiation.ts';
import { type Scp, startScp } from './scp.ts';

export type ReceivingArchive = AsyncDisposable & Readonly<{ port: number; aeTitle: string }>;

export type ReceivingArchiveOptions = Readonly<{
  aeTitle: string;
  host: string;
  /** 0: any free port. */
  port: number;
  files: Pick<InstanceFiles, 'receive'>;
  /** Called when an object is durable, before its sender hears so. */
  onReceived?(received: Received, file: InstanceFile): void;
}>;

/** Keeps every storage object below `instances/<study>/`; a second one with the same UID replaces the first. */
export async function startReceivingArchive(options: ReceivingArchiveOptions): Promise<ReceivingArchive> {
  const { aeTitle, host, port, files, onReceived } = options;
  const scp: Scp = await startScp(
    { aeTitle, host, port },
    {
      openIncoming: (meta: FileMeta) => files.receive(meta),
      policy: (SOPClassUID) =>
        SOPClassUID.startsWith('1.2.840.10008.5.1.4.1.1.')
          ? { keep: true, transferSyntaxes: TRANSFER_SYNTAX_PREFERENCE }
          : undefined,
      receive: async (incoming: IncomingInstance) => {
        const received = await incoming.finish();
        const { StudyInstanceUID, SOPInstanceUID } = received.header;
        const file = `instances/${StudyInstanceUID}/${SOPInstanceUID}.dcm`;
        await incoming.keep(file);
        onReceived?.(received, file);
      },
    },
  );
  return { port: scp.port, aeTitle, [Symbol.asyncDispose]: () => scp[Symbol.asyncDispose]() };
}
