import type { Socket } from 'node:net';
import { STATUS } from '../../src/dicom/store-status.ts';
import type { Guard } from './guard.ts';
import { library } from './library.ts';

const { CEchoResponse } = library.responses;

export type Association = InstanceType<typeof library.association.Association>;
type CEchoRequest = InstanceType<typeof library.requests.CEchoRequest>;
type AnyResponse = InstanceType<typeof library.responses.Response>;
type ResponseClass = Readonly<{ fromRequest(request: never): AnyResponse }>;
/** Requests that a storage SCP does not offer are answered, not left hanging. */
const UNRECOGNISED: readonly (readonly [event: string, Response: ResponseClass])[] = [
  ['cFindRequest', library.responses.CFindResponse],
  ['cMoveRequest', library.responses.CMoveResponse],
  ['cGetRequest', library.responses.CGetResponse],
  ['nCreateRequest', library.responses.NCreateResponse],
  ['nActionRequest', library.responses.NActionResponse],
  ['nDeleteRequest', library.responses.NDeleteResponse],
  ['nEventReportRequest', library.responses.NEventReportResponse],
  ['nGetRequest', library.responses.NGetResponse],
  ['nSetRequest', library.responses.NSetResponse],
];

/** The library's side of an association: negotiation, C-ECHO, release, and a clear no to what we do not offer. */
export class Listener extends library.Scp {
  readonly #request: (association: Association) => void;

  constructor(guard: Guard, request: (association: Association) => void) {
    super(guard as unknown as Socket);
    this.#request = request;
    for (const [event, Response] of UNRECOGNISED) {
      this.removeAllListeners(event);
      this.on(event, (request: unknown, callback: (response?: unknown) => void) => {
        this.#forgetCommand();
        const response = Response.fromRequest(request as never);
        response.setStatus(STATUS.unrecognisedOperation);
        callback(response);
      });
    }
  }

  override associationRequested(association: Association): void {
    this.#request(association);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  override cEchoRequest(request: CEchoRequest, callback: (response: never) => void): void {
    this.#forgetCommand();
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(STATUS.success);
    callback(response as never);
  }

  /** dcmjs-dimse 0.3.3 puts the next command behind one that had no dataset unless its buffer is taken away. */
  #forgetCommand(): void {
    Object.assign(this, { dimseStream: undefined });
  }
}
