import type { Caller } from '../../adapters/dimse/association.ts';
import { Fault } from '../fault.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import { type IncomingInstance, lookingAt } from '../ports.ts';
import type { Config } from './config.ts';

/**
 * The way in for our own test patient. It is shut but for the time of one run, opens to callers on this machine under our own AE
 * title alone, and lets in the objects of that run's random Patient ID and nothing else.
 */
export type TestDoor = Readonly<{
  /** For one run. Faults: ACTION_NOT_POSSIBLE while another is under way. */
  openFor(PatientID: string): Disposable;
  /** For a C-ECHO to ourselves: no object comes in by it. */
  openForEcho(): Disposable;
  admits(config: Pick<Config, 'dimse'>, caller: Caller): boolean;
  mayStore(config: Pick<Config, 'dimse'>, caller: Caller): boolean;
  /** The same object; it is refused when it is of a test patient and not of the run, or came by this door and is not of the run. */
  guarded(
    config: Pick<Config, 'dimse' | 'nodes'>,
    incoming: IncomingInstance,
    from: string,
  ): IncomingInstance;
}>;

export function createTestDoor(): TestDoor {
  let run: string | undefined;
  let echoes = 0;
  return {
    openFor: (PatientID) => {
      if (run !== undefined) throw new Fault('ACTION_NOT_POSSIBLE', 'a self-test is under way');
      run = PatientID;
      return closing(() => {
        run = undefined;
      });
    },
    openForEcho: () => {
      echoes += 1;
      return closing(() => {
        echoes -= 1;
      });
    },
    admits: (config, caller) => (run !== undefined || echoes > 0) && isOurselves(config, caller),
    mayStore: (config, caller) => run !== undefined && isOurselves(config, caller),
    guarded: (config, incoming, from) =>
      lookingAt(incoming, ({ header: { PatientID } }) => {
        if (!isTestPatient(PatientID) && !cameByTheDoor(config, from)) return;
        if (run === undefined || PatientID !== run) throw new Fault('TEST_PATIENT_CLOSED');
      }),
  };
}

/** Once, however often it is disposed of. */
function closing(close: () => void): Disposable {
  let isOpen = true;
  return {
    [Symbol.dispose]: () => {
      if (isOpen) close();
      isOpen = false;
    },
  };
}

const isOurselves = ({ dimse }: Pick<Config, 'dimse'>, { callingAeTitle, address }: Caller): boolean =>
  callingAeTitle === dimse.aeTitle && isThisMachine(address, dimse.host);

/** Loopback, or the one address that we listen on: a connection to it from this machine comes from there. */
export function isThisMachine(address: string, ownHost: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d)/, '');
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain) || plain === ownHost;
}

/** Our own title is on no node's list: who came under it came by the door. */
const cameByTheDoor = ({ dimse, nodes }: Pick<Config, 'dimse' | 'nodes'>, from: string): boolean =>
  from === dimse.aeTitle && !nodes.some(({ aeTitle }) => aeTitle === from);
