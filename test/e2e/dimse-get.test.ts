/** C-GET from archives that say how far they are while an object of theirs is still on its way to the disk (PS3.4 C.4.3.1.3). */
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { get, STORAGE_CONTEXTS } from '../../adapters/dimse/retrieve.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import type { Intake, Node } from '../../src/ports.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { startIntake } from '../support/intake.ts';
import { associateAc } from '../support/scripted-archive.ts';
import {
  COMMAND_LAST,
  CT_IMAGE,
  commandSet,
  element,
  onEveryPdu,
  pdu,
  pdv,
  storePdus,
} from '../support/scripted-peer.ts';

const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const STORE_RESPONSE = 0x8001;
const uint16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
/** The context of C-GET is the first that is proposed; IDs are odd. */
const storing =
  2 *
    STORAGE_CONTEXTS.findIndex(
      ({ abstractSyntax, transferSyntax }) => abstractSyntax === CT_IMAGE && transferSyntax === EXPLICIT_LE,
    ) +
  3;

const getResponse = (status: number, left: number): Buffer =>
  pdu(
    0x04,
    pdv(
      1,
      COMMAND_LAST,
      commandSet([
        element(0x0100, uint16(0x8010)),
        element(0x0120, uint16(1)),
        element(0x0800, uint16(0x0101)),
        element(0x0900, uint16(status)),
        element(0x1020, uint16(left)),
        element(0x1021, uint16(0)),
        element(0x1022, uint16(0)),
        element(0x1023, uint16(0)),
      ]),
    ),
  );

it('takes each object, and answers it, while pending responses come before ours', async () => {
  const slices = [0, 1, 2].map((index) => ctSlice({ index, size: 64 }));
  const answers: number[] = [];
  const server = createServer((socket) => {
    let at = 0;
    const sendNext = (): void => {
      const slice = slices[at];
      if (!slice) return void socket.write(getResponse(0x0000, 0));
      at += 1;
      const { SOPInstanceUID } = readPart10(slice) as Record<string, string>;
      const object = storePdus({ SOPInstanceUID, messageId: at }, datasetOf(slice), { contextId: storing });
      const pending = getResponse(0xff00, slices.length - at);
      socket.write(Buffer.concat([...object, pending, pending]));
    };
    socket.on('error', () => undefined);
    const onPdv = (body: Buffer): void => {
      const [isOfGet, isCommand] = [body[4] === 1, (body.readUInt8(5) & 1) === 1];
      if (!isOfGet) answers.push(body.indexOf(uint16(STORE_RESPONSE)) > 0 ? STORE_RESPONSE : 0);
      // The request is a command and an identifier: the second begins the sending.
      if (!isOfGet || !isCommand) sendNext();
    };
    onEveryPdu(socket, (type, body) => {
      if (type === 0x01) socket.write(associateAc(body));
      if (type === 0x04) onPdv(body);
      if (type === 0x05) socket.end(pdu(0x06, Buffer.alloc(4)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using target = await startIntake();
  const slow: Intake = {
    ...target.intake,
    receive: async (incoming, announced) => {
      await pause(100);
      return target.intake.receive(incoming, announced);
    },
  };
  const node: Node = {
    name: 'archive',
    roles: ['archive'],
    aeTitle: 'ARCHIVE',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
  };
  const wanted = { PatientID: 'P', StudyInstanceUID: '1.2.3', SeriesInstanceUID: '1.2.3.4' };
  try {
    const options = { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 };
    await get(node, wanted, slow, options, new AbortController().signal);
  } finally {
    server.close();
  }
  expect(target.kept).toHaveLength(slices.length);
  expect(answers).toEqual(slices.map(() => STORE_RESPONSE));
});
