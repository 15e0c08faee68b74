import { echo } from '../../adapters/dimse/echo.ts';
import { asFault } from '../fault.ts';
import type { OwnPort, SharedAdmission } from './shared-admission.ts';

const ANSWER_SECONDS = 5;

/** `code` of the fault when it did not answer. */
export type EchoedPort = Readonly<{ host: string; port: number }> &
  (Readonly<{ milliseconds: number }> | Readonly<{ code: string }>);

/** A C-ECHO to each of our ports under our own title. Faults: NO_RECEIVER. */
export async function echoOurselves(
  admission: Pick<SharedAdmission, 'ports' | 'open'>,
): Promise<readonly EchoedPort[]> {
  const ask = async (port: OwnPort): Promise<EchoedPort> => {
    const { host = '', port: number = 0, aeTitle = '' } = port.node;
    const where = { host, port: number };
    try {
      await using _open = await admission.open(port);
      const asking = { callingAeTitle: aeTitle, timeoutSeconds: ANSWER_SECONDS };
      return { ...where, milliseconds: await echo(port.node, asking) };
    } catch (thrown) {
      return { ...where, code: asFault(thrown).code };
    }
  };
  return await Promise.all((await admission.ports()).map(ask));
}
