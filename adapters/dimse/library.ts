/** dcmjs-dimse is CommonJS: only its default export can be imported. It logs two lines a message unless silenced. */
import { createRequire } from 'node:module';
import dimse from 'dcmjs-dimse';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/part10.ts';
import { MAX_PDU_LENGTH } from './pdu.ts';

type Logger = Readonly<{ setLevel(level: 'silent'): void }>;

// The library loads dcmjs as CommonJS: another copy than ours, with logs of its own.
const { log }: { log: Logger & { getLoggers(): Readonly<Record<string, Logger>> } } = createRequire(
  import.meta.url,
)('dcmjs');
for (const each of [dimse.log, log, ...Object.values(log.getLoggers())]) each.setLevel('silent');
dimse.Implementation.setImplementationClassUid(IMPLEMENTATION_CLASS_UID);
dimse.Implementation.setImplementationVersion(IMPLEMENTATION_VERSION_NAME);
dimse.Implementation.setMaxPduLength(MAX_PDU_LENGTH);

export const library = dimse;
