/** Retrieve Series (PS3.18 10.4): each part is a Part 10 file, which goes to disk as it comes. */
import { asFault, Fault } from '../../src/fault.ts';
import type { Intake } from '../../src/ports.ts';
import { InstancePart } from './instance-part.ts';
import { parseMediaType } from './media-type.ts';
import { MultipartParser } from './multipart.ts';

/** The boundary of a multipart/related answer; undefined when it is none. */
export function boundaryOf(contentType: string | null): string | undefined {
  const type = parseMediaType(contentType ?? '');
  return type?.name === 'multipart/related' ? type.parameters.get('boundary') : undefined;
}

/**
 * Every part through the intake; the first object that could not be kept is thrown when all have come, one of a SOP class
 * that we do not take is dropped. Faults: RETRIEVE_REFUSED when the body is no multipart, RETRIEVE_INCOMPLETE when it ends
 * before its closing delimiter: what came before is not taken back.
 */
export async function receiveParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  intake: Intake,
  from: string,
): Promise<void> {
  const world = {
    openIncoming: (meta: Parameters<Intake['open']>[0]) => intake.open(meta),
    receive: (...object: Parameters<Intake['receive']>) => intake.receive(...object),
    hasRoom: async () => true,
  };
  const target = { study: undefined, from, onStudy: () => undefined };
  let part: InstancePart | undefined;
  let failure: Fault | undefined;
  try {
    for await (const event of eventsOf(body, boundary)) {
      if (event.kind === 'part') part = new InstancePart(world, target);
      else if (event.kind === 'data') await part?.write(event.bytes);
      else {
        const { fault } = (await part?.end()) ?? {};
        if (fault && fault.code !== 'SOP_CLASS_UNSUPPORTED') failure ??= fault;
      }
    }
  } finally {
    await part?.drop();
  }
  if (failure) throw failure;
}

async function* eventsOf(body: AsyncIterable<Uint8Array>, boundary: string) {
  let parser: MultipartParser;
  try {
    parser = new MultipartParser(boundary);
    for await (const chunk of body) yield* parser.push(chunk);
  } catch (thrown) {
    const fault = asFault(thrown);
    throw fault.code === 'REQUEST_MALFORMED' ? new Fault('RETRIEVE_REFUSED', fault.detail) : thrown;
  }
  try {
    parser.end();
  } catch {
    throw new Fault('RETRIEVE_INCOMPLETE', 'the answer ends before its closing delimiter');
  }
}
