import { hostname } from 'node:os';
import type { Caller } from '../../adapters/dimse/association.ts';
import { Fault } from '../fault.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import { type IncomingInstance, lookingAt } from '../ports.ts';
import type { Config } from './config.ts';

/** A machine: its name, and the addresses under which others see it. */
export type Machine = Readonly<{ host: string; addresses: readonly string[] }>;
export type Opening = Readonly<{
  /** of the run whose objects may come in; undefined: none may, it is for a C-ECHO */
  PatientID?: string | undefined;
  /** where callers are; undefined: on this machine */
  from?: Machine | undefined;
}>;

/**
 * The way in for our own test patient. It is shut but for the time of one run, opens to callers on the machine that runs it under our
 * own AE title alone, and lets in the objects of that run's random Patient ID and nothing else.
 */
export type TestDoor = Readonly<{
  open(opening: Opening): Disposable;
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
  const openings = new Set<Opening>();
  const openTo = ({ dimse }: Pick<Config, 'dimse'>, { callingAeTitle, address }: Caller): Opening[] =>
    callingAeTitle === dimse.aeTitle
      ? [...openings].filter(({ from }) => isFrom(from, address, dimse.host))
      : [];
  return {
    open: (opening) => {
      // Of its own, so that one that is opened twice is shut twice.
      const own = { ...opening };
      openings.add(own);
      return { [Symbol.dispose]: () => void openings.delete(own) };
    },
    admits: (config, caller) => openTo(config, caller).length > 0,
    mayStore: (config, caller) => openTo(config, caller).some(({ PatientID }) => PatientID !== undefined),
    guarded: (config, incoming, from) =>
      lookingAt(incoming, ({ header: { PatientID } }) => {
        if (!isTestPatient(PatientID) && !cameByTheDoor(config, from)) return;
        if (![...openings].some((each) => each.PatientID !== undefined && each.PatientID === PatientID))
          throw new Fault('TEST_PATIENT_CLOSED');
      }),
  };
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d)/, '');
const isLoopback = (address: string): boolean => address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);

/** Loopback, or the one address that we listen on: a connection to it from this machine comes from there. */
export const isThisMachine = (address: string, ownHost: string): boolean =>
  isLoopback(plain(address)) || plain(address) === ownHost;

const isFrom = (from: Machine | undefined, address: string, ownHost: string): boolean => {
  if (from === undefined) return isThisMachine(address, ownHost);
  // Loopback of another machine is not ours.
  return isLoopback(plain(address)) ? from.host === hostname() : from.addresses.includes(plain(address));
};

/** Our own title is on no node's list: who came under it came by the door. */
const cameByTheDoor = ({ dimse, nodes }: Pick<Config, 'dimse' | 'nodes'>, from: string): boolean =>
  from === dimse.aeTitle && !nodes.some(({ aeTitle }) => aeTitle === from);
