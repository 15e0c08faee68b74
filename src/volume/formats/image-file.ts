import { Fault } from '../../fault.ts';
import type { Volume } from '../volume.ts';
import { isNifti, niftiBytes, parseNifti } from './nifti.ts';
import { type Inflate, isNrrd, parseNrrd } from './nrrd.ts';

/**
 * The volume in the bytes of an image file (NRRD, NIfTI-1, the latter also gzipped); what it is shows in its first bytes, the
 * name only helps to say what is wrong. LPS mm, x fastest, pixel type of the file. Throws IMAGE_FILE_UNREADABLE,
 * IMAGE_FILE_UNSUPPORTED, IMAGE_TOO_LARGE.
 */
export function parseImageFile(bytes: Uint8Array, name: string, inflate: Inflate): Volume {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const start = isGzip ? inflate.start(bytes) : bytes;
  if (isNifti(start)) return parseNifti(isGzip ? inflate.whole(bytes, niftiBytes(start)) : bytes);
  if (isNrrd(bytes)) return parseNrrd(bytes, inflate);
  if (/\.(nhdr|hdr|img)$/i.test(name)) {
    throw new Fault('IMAGE_FILE_UNSUPPORTED', 'the header stands apart from the data');
  }
  throw new Fault('IMAGE_FILE_UNREADABLE', 'neither NRRD nor NIfTI-1');
}
