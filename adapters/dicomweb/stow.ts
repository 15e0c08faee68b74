/** The STOW-RS origin server: what a Store request is, how much of it is taken, and what is answered. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { isUid } from '../../src/dicom/uid.ts';
import { asFault, FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import type { Log } from '../../src/ports.ts';
import { InstancePart, type InstanceWorld, type Outcome } from './instance-part.ts';
import { acceptable, type MediaType, parseMediaType } from './media-type.ts';
import { MultipartParser, type PartEvent } from './multipart.ts';
import { steadily } from './steady-body.ts';
import { OFFERS, RETRY_SECONDS, type StowAnswer, storeAnswer } from './stow-answer.ts';

type StowRequest = Readonly<{
  headers: IncomingHttpHeaders;
  body: Readable;
  /** the study that the address names */
  study: string | undefined;
  /** the configured name of the sender */
  from: string;
  /** who shares a limit: a sender, or an address */
  peer: string;
}>;
export type StowLimits = Readonly<{
  /** requests at once; one peer gets half of them at most */
  maxRequests: number;
  maxRequestBytes: number;
  maxParts: number;
  idleSeconds: number;
}>;
export type StowWorld = InstanceWorld &
  Readonly<{
    onRefused?(): void;
    /** nothing new is taken: the service is being stopped */
    isDraining?(): boolean;
    log: Log;
  }>;
export type StowServer = AsyncDisposable &
  Readonly<{
    /** Resolves with the answer when everything that it calls stored is durable. Never rejects. */
    store(request: StowRequest): Promise<StowAnswer>;
    /** True while a request stores, or has last stored, to this study. */
    isStoringTo(study: string): boolean;
    /** Studies that requests store to now. */
    studies(): readonly string[];
  }>;

/** Instances of one request that are being made durable while the next is read. */
const SETTLING = 4;
const MIN_BYTES_PER_SECOND = 1024;
/** A disk that hangs does not keep the service from ending. */
const FAREWELL_MS = 10_000;

const HTTP_STATUS: Readonly<Partial<Record<FaultCode, number>>> = {
  REQUEST_MALFORMED: 400,
  REQUEST_CUT: 400,
  DICOM_BAD_UID: 400,
  REQUEST_TOO_SLOW: 408,
  NOT_ACCEPTABLE: 406,
  REQUEST_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  TOO_MANY_REQUESTS: 503,
  STORAGE_FAILED: 503,
  DATABASE_FAILED: 503,
  STORAGE_FULL: 507,
};

type Running = { peer: string; study: string | undefined };

/**
 * Store Instances over HTTP. An instance that arrived whole is kept though its request fails later: it was not
 * acknowledged, and its sender's next try finds a duplicate.
 * @see PS3.18 10.5
 */
export function stowServer(limits: StowLimits, world: StowWorld): StowServer {
  const running = new Map<Running, Promise<unknown>>();

  const begin = async ({ headers, study, peer }: StowRequest): Promise<Begun> => {
    const type = acceptable(headers.accept, OFFERS);
    if (type === undefined) throw new Fault('NOT_ACCEPTABLE');
    if (study !== undefined && !isUid(study)) throw new Fault('DICOM_BAD_UID', 'study in the address');
    const splitter = splitterOf(headers);
    if (Number(headers['content-length'] ?? 0) > limits.maxRequestBytes)
      throw new Fault('REQUEST_TOO_LARGE', `limit ${limits.maxRequestBytes} bytes`);
    // This request is among them already.
    const ofPeer = [...running.keys()].filter((one) => one.peer === peer).length;
    if (running.size > limits.maxRequests || ofPeer > Math.max(1, Math.ceil(limits.maxRequests / 2)))
      throw new Fault('TOO_MANY_REQUESTS');
    if (world.isDraining?.()) throw new Fault('TOO_MANY_REQUESTS', 'the service is being stopped');
    if (!(await world.hasRoom())) throw new Fault('STORAGE_FULL');
    return { type, splitter };
  };

  const serve = async (request: StowRequest, state: Running): Promise<StowAnswer> => {
    const parts: Promise<Outcome>[] = [];
    try {
      const { type, splitter } = await begin(request);
      await takeParts(request, splitter, limits, world, state, parts);
      if (parts.length === 0) throw new Fault('REQUEST_MALFORMED', 'no part');
      return storeAnswer(await Promise.all(parts), type);
    } catch (thrown) {
      const fault = asFault(thrown);
      world.log.warn('stow.refused', { from: request.from, code: fault.code, detail: fault.detail });
      return refusal(fault);
    } finally {
      note(await Promise.all(parts), request.from, world);
    }
  };

  return {
    store: async (request) => {
      const state: Running = { peer: request.peer, study: request.study };
      const serving = Promise.resolve().then(() => serve(request, state));
      running.set(state, serving);
      return serving.finally(() => running.delete(state));
    },
    isStoringTo: (study) => [...running.keys()].some((one) => one.study === study),
    studies: () => [...running.keys()].flatMap(({ study }) => study ?? []),
    [Symbol.asyncDispose]: async () => {
      const ending = Promise.allSettled(running.values());
      await Promise.race([ending, pause(FAREWELL_MS, undefined, { ref: false })]);
    },
  };
}

type Splitter = Readonly<{ push(chunk: Buffer): Iterable<PartEvent>; end(): Iterable<PartEvent> }>;
type Begun = Readonly<{ type: string; splitter: Splitter }>;

/** How the body is taken apart. Faults: MEDIA_TYPE_UNSUPPORTED, REQUEST_MALFORMED. */
function splitterOf(headers: IncomingHttpHeaders): Splitter {
  const encoding = headers['content-encoding'] ?? 'identity';
  const type = parseMediaType(headers['content-type'] ?? '');
  if (type === undefined || encoding.trim().toLowerCase() !== 'identity')
    throw new Fault('MEDIA_TYPE_UNSUPPORTED');
  if (type.name === 'application/dicom') return single();
  const root = (type.parameters.get('type') ?? 'application/dicom').toLowerCase();
  if (type.name !== 'multipart/related' || root !== 'application/dicom')
    throw new Fault('MEDIA_TYPE_UNSUPPORTED');
  const parser = new MultipartParser(type.parameters.get('boundary') ?? '');
  return {
    push: (chunk) => parser.push(chunk),
    end: () => {
      parser.end();
      return [];
    },
  };
}

/** A body that is one instance. */
function single(): Splitter {
  let begun = false;
  return {
    *push(bytes) {
      if (!begun) yield { kind: 'part', headers: new Map() };
      begun = true;
      yield { kind: 'data', bytes };
    },
    *end() {
      if (begun) yield { kind: 'partEnd' };
    },
  };
}

/** Every part to its end, what becomes of it into `outcomes`, in the order of the parts; all are settled at the end. */
async function takeParts(
  { body, from, study }: StowRequest,
  splitter: Splitter,
  limits: StowLimits,
  world: StowWorld,
  state: Running,
  outcomes: Promise<Outcome>[],
): Promise<void> {
  const settling = new Set<Promise<unknown>>();
  let current: InstancePart | undefined;
  const onStudy = (named: string) => {
    state.study = study ?? named;
  };

  const take = async (event: PartEvent): Promise<void> => {
    if (event.kind === 'part') {
      if (outcomes.length >= limits.maxParts)
        throw new Fault('REQUEST_TOO_LARGE', `limit ${limits.maxParts} parts`);
      while (settling.size >= SETTLING) await Promise.race(settling);
      current = new InstancePart(world, { study, from, onStudy }, partRefusal(event.headers));
    } else if (event.kind === 'data') {
      await current?.write(event.bytes);
    } else if (current !== undefined) {
      const outcome = current.end();
      current = undefined;
      outcomes.push(outcome);
      settling.add(outcome);
      void outcome.finally(() => settling.delete(outcome));
    }
  };

  const { maxRequestBytes: maxBytes, idleSeconds } = limits;
  const pace = { maxBytes, idleMs: idleSeconds * 1000, minBytesPerSecond: MIN_BYTES_PER_SECOND };
  try {
    for await (const chunk of steadily(body, pace)) {
      for (const event of splitter.push(chunk)) await take(event);
    }
    for (const event of splitter.end()) await take(event);
  } finally {
    await current?.drop();
    await Promise.all(outcomes);
  }
}

/** Undefined: the part may be an instance. */
function partRefusal(headers: ReadonlyMap<string, string>): Fault | undefined {
  const type: MediaType | undefined = parseMediaType(headers.get('content-type') ?? 'application/dicom');
  const encoding = (headers.get('content-transfer-encoding') ?? 'binary').toLowerCase();
  const isPlain = ['binary', '8bit', '7bit'].includes(encoding) && !headers.has('content-encoding');
  const isDicom = type?.name === 'application/dicom' || type?.name === 'application/octet-stream';
  return isPlain && isDicom ? undefined : new Fault('DICOM_UNPARSABLE', 'media type or encoding of the part');
}

function refusal(fault: Fault): StowAnswer {
  const status = HTTP_STATUS[fault.code] ?? 500;
  const retry = fault.code === 'STORAGE_FULL' ? RETRY_SECONDS.full : RETRY_SECONDS.busy;
  const { sentence, remedy } = FAULTS[fault.code];
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      // What is left of the body is not waited for.
      Connection: 'close',
      ...(status === 503 || status === 507 ? { 'Retry-After': String(retry) } : {}),
    },
    body: JSON.stringify({ code: fault.code, message: `${sentence} ${remedy}` }),
  };
}

/** One line a code: a request may have thousands of parts. */
function note(outcomes: readonly Outcome[], from: string, world: StowWorld): void {
  const counts = new Map<FaultCode, number>();
  for (const { fault } of outcomes) {
    if (fault === undefined) continue;
    world.onRefused?.();
    counts.set(fault.code, (counts.get(fault.code) ?? 0) + 1);
  }
  for (const [code, count] of counts) world.log.warn('stow.failed', { from, code, count });
  const stored = outcomes.filter(({ fault }) => fault === undefined).length;
  if (stored > 0) world.log.info('stow.stored', { from, stored });
}
