/** The first bytes of a Part 10 file (PS3.10 7.1), built by hand so that the dataset after them stays as received. */
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/part10.ts';
import { DIGEST_BYTES, DIGEST_HEAD } from '../../src/dicom/stored-digest.ts';

const PREAMBLE_BYTES = 128;

/** One element of group 0002 in Explicit VR Little Endian with a 16-bit length; UI is padded with NUL, text with a space. */
function shortElement(element: number, vr: 'UI' | 'SH' | 'UL', value: Buffer | string): Buffer {
  const padding = vr === 'UI' ? '\0' : ' ';
  const bytes =
    typeof value === 'string'
      ? Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1')
      : value;
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0x0002, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/** (0002,0001) OB 00\01: its VR has the long form of the length. */
const FILE_META_VERSION = Buffer.from([2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1]);

/**
 * Preamble, prefix and file meta information; the dataset in `TransferSyntaxUID` follows it unchanged. `hasDigest`: its last
 * `DIGEST_BYTES` are zeros, to be replaced by the digest of the dataset when that is known (src/dicom/stored-digest.ts).
 * @see PS3.10 7.1
 */
export function fileMeta(
  meta: Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>,
  { hasDigest = false } = {},
): Buffer {
  const group = Buffer.concat([
    FILE_META_VERSION,
    shortElement(0x0002, 'UI', meta.SOPClassUID),
    shortElement(0x0003, 'UI', meta.SOPInstanceUID),
    shortElement(0x0010, 'UI', meta.TransferSyntaxUID),
    shortElement(0x0012, 'UI', IMPLEMENTATION_CLASS_UID),
    shortElement(0x0013, 'SH', IMPLEMENTATION_VERSION_NAME),
    ...(hasDigest ? [DIGEST_HEAD, Buffer.alloc(DIGEST_BYTES)] : []),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(group.length);
  const preamble = Buffer.alloc(PREAMBLE_BYTES + 4);
  preamble.write('DICM', PREAMBLE_BYTES, 'latin1');
  return Buffer.concat([preamble, shortElement(0x0000, 'UL', length), group]);
}
