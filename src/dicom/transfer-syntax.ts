/** What codes the pixels of an object, one row a transfer syntax (PS3.5 annex A, PS3.6 table A-1). */
export type PixelCoding =
  | 'native'
  | 'rle'
  | 'jpeg'
  | 'jpegLs'
  | 'jpeg2000'
  | 'htJpeg2000'
  /** every frame is a deflated stream of its own */
  | 'deflatedFrame';

export type TransferSyntax = Readonly<{
  uid: string;
  name: string;
  coding: PixelCoding;
  /** pixels may have lost something; what was lost cannot be seen */
  isLossy: boolean;
}>;

export const IMPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const EXPLICIT_VR_BIG_ENDIAN = '1.2.840.10008.1.2.2';
/** The whole data set is one deflated stream: whoever reads it inflates it first, within a bound. */
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99';

const JPEG_FAMILY = '1.2.840.10008.1.2.4.';
const row = (uid: string, name: string, coding: PixelCoding, isLossy = false): TransferSyntax => ({
  uid,
  name,
  coding,
  isLossy,
});

/** Every transfer syntax whose pixels are decoded, in the order of preference: what needs no codec first, lossy ones last. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = [
  row(EXPLICIT_VR_LITTLE_ENDIAN, 'Explicit VR Little Endian', 'native'),
  row(IMPLICIT_VR_LITTLE_ENDIAN, 'Implicit VR Little Endian', 'native'),
  row(EXPLICIT_VR_BIG_ENDIAN, 'Explicit VR Big Endian (retired)', 'native'),
  row(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, 'Deflated Explicit VR Little Endian', 'native'),
  row('1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'),
  row('1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', 'deflatedFrame'),
  row(`${JPEG_FAMILY}70`, 'JPEG Lossless, First-Order Prediction', 'jpeg'),
  row(`${JPEG_FAMILY}57`, 'JPEG Lossless, Process 14', 'jpeg'),
  row(`${JPEG_FAMILY}80`, 'JPEG-LS Lossless', 'jpegLs'),
  row(`${JPEG_FAMILY}90`, 'JPEG 2000 Lossless Only', 'jpeg2000'),
  row(`${JPEG_FAMILY}201`, 'High-Throughput JPEG 2000 Lossless Only', 'htJpeg2000'),
  row(`${JPEG_FAMILY}202`, 'High-Throughput JPEG 2000 RPCL Lossless Only', 'htJpeg2000'),
  row(`${JPEG_FAMILY}81`, 'JPEG-LS Near-Lossless', 'jpegLs', true),
  row(`${JPEG_FAMILY}91`, 'JPEG 2000', 'jpeg2000', true),
  row(`${JPEG_FAMILY}203`, 'High-Throughput JPEG 2000', 'htJpeg2000', true),
  row(`${JPEG_FAMILY}50`, 'JPEG Baseline', 'jpeg', true),
  row(`${JPEG_FAMILY}51`, 'JPEG Extended', 'jpeg', true),
];

const BY_UID: ReadonlyMap<string, TransferSyntax> = new Map(
  TRANSFER_SYNTAXES.map((each) => [each.uid, each]),
);

/** The row of a transfer syntax; undefined when its pixels cannot be decoded. */
export const transferSyntax = (uid: string): TransferSyntax | undefined => BY_UID.get(uid);

/** True when pixels stand in the data set uncompressed and with a length (PS3.5 A.1 to A.3). */
export const isNative = (TransferSyntaxUID: string): boolean =>
  BY_UID.get(TransferSyntaxUID)?.coding === 'native';

/** True when the pixels were compressed with loss, or may have been. @see PS3.3 C.7.6.1.1.5 */
export const isLossy = (
  header: Readonly<{ TransferSyntaxUID: string; LossyImageCompression?: string | undefined }>,
): boolean =>
  header.LossyImageCompression === '01' || (BY_UID.get(header.TransferSyntaxUID)?.isLossy ?? false);
