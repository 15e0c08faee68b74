/** The header of a deflated object on the disk (PS3.5 A.5): inflated as it is walked, so that memory stays flat. */
import { createReadStream } from 'node:fs';
import { createInflateRaw } from 'node:zlib';
import { DatasetWalk } from '../../src/dicom/dataset-walk.ts';
import { MAX_INFLATED_BYTES } from '../../src/dicom/deflated.ts';
import type { Header } from '../../src/dicom/header.ts';
import { MAX_HEADER_BYTES, readHeader } from '../../src/dicom/read-header.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntax.ts';
import { Fault } from '../../src/fault.ts';
import { fileMeta } from './file-meta.ts';

type Meta = Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>;
/** Larger pieces than the library gives by itself: fewer turns of the event loop. */
const INFLATED_CHUNK_BYTES = 256 * 1024;
/** Enough behind the header to see that it has ended. */
const LOOK_AHEAD_BYTES = 12;

/**
 * Inflates the data set behind `metaBytes` from first to last byte, checks its structure and reads its header. What unpacks
 * to more than any object that is read later may have is refused on the way.
 * Faults: DICOM_TOO_LARGE, DICOM_TRUNCATED, DICOM_UNPARSABLE, and those of readHeader.
 */
export async function readDeflatedHeader(path: string, metaBytes: number, meta: Meta): Promise<Header> {
  const walk = new DatasetWalk(EXPLICIT_VR_LITTLE_ENDIAN);
  const head: Buffer[] = [];
  let inflated = 0;
  let headBytes = 0;
  const take = (chunk: Buffer): void => {
    inflated += chunk.length;
    if (inflated > MAX_INFLATED_BYTES)
      throw new Fault('DICOM_TOO_LARGE', `more than ${MAX_INFLATED_BYTES} bytes when inflated`);
    const needed = (walk.headerEnd ?? MAX_HEADER_BYTES) + LOOK_AHEAD_BYTES;
    if (headBytes < needed) {
      head.push(chunk);
      headBytes += chunk.length;
    }
    walk.push(chunk);
    if (walk.headerEnd === undefined && inflated > MAX_HEADER_BYTES)
      throw new Fault('DICOM_TOO_LARGE', 'header');
  };
  const source = createReadStream(path, { start: metaBytes });
  const inflater = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  source.on('error', (thrown) => inflater.destroy(thrown));
  try {
    // It ends with the deflated stream; padding behind it is not waited for.
    for await (const chunk of source.pipe(inflater)) take(chunk as Buffer);
  } catch (thrown) {
    throw inflateFault(thrown);
  } finally {
    source.destroy();
    inflater.destroy();
  }
  walk.end();
  const asExplicit = fileMeta({ ...meta, TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN });
  const read = readHeader(Buffer.concat([asExplicit, ...head]), asExplicit.length + inflated);
  if (read === undefined) throw new Fault('INTERNAL', 'the header does not end where it ended');
  return { ...read.header, TransferSyntaxUID: meta.TransferSyntaxUID };
}

function inflateFault(thrown: unknown): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code === 'Z_BUF_ERROR') return new Fault('DICOM_TRUNCATED', 'deflated data', { cause: thrown });
  if (code.startsWith('Z_')) return new Fault('DICOM_UNPARSABLE', 'deflated data', { cause: thrown });
  return thrown;
}
