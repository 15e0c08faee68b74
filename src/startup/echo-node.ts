import { echo } from '../../adapters/dimse/echo.ts';
import { Fault } from '../fault.ts';
import { TEST_PATIENT_PREFIX } from '../patients/test-patient.ts';
import { archiveOf } from './archives.ts';
import type { Config } from './config.ts';
import { nodeOf } from './tls.ts';

type ConfiguredNode = Config['nodes'][number];

/** A C-ECHO to a node under the configured titles; milliseconds. */
export const echoNode = (
  node: ConfiguredNode,
  { dimse, delivery }: Pick<Config, 'dimse' | 'delivery'>,
  signal?: AbortSignal,
): Promise<number> =>
  echo(nodeOf(node), { callingAeTitle: dimse.aeTitle, timeoutSeconds: delivery.timeoutSeconds }, signal);

/**
 * Asks the node, as an archive, for a patient that cannot exist; milliseconds. Faults: those of the archive, and
 * QUERY_TOO_MANY when it answers with studies: it does not match by Patient ID.
 */
export async function findNobody(
  node: ConfiguredNode,
  { dimse, priors }: Pick<Config, 'dimse' | 'priors'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const started = performance.now();
  const PatientID = `${TEST_PATIENT_PREFIX}${crypto.randomUUID()}`.slice(0, 64);
  const archive = archiveOf(nodeOf(node), dimse.aeTitle, priors);
  const found = await archive.findStudies({ PatientID }, signal);
  if (found.length > 0) {
    throw new Fault('QUERY_TOO_MANY', `${found.length} studies of a patient that does not exist`);
  }
  return performance.now() - started;
}
