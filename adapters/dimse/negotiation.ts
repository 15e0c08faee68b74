/** Which presentation contexts we accept, and in which transfer syntax (PS3.8 7.1.1.13, PS3.7 annex D). */
import { sopClass, transferSyntaxesFor } from '../../src/dicom/sop-class.ts';
import { library } from './library.ts';

const { PresentationContextResult, SopClass, TransferSyntax } = library.constants;

/** Undefined: not supported. `keep` false: taken and answered with success, but not looked at. Syntaxes best first. */
export type StoragePolicy = (
  SOPClassUID: string,
) => Readonly<{ keep: boolean; transferSyntaxes: readonly string[] }> | undefined;

/** The table of src/dicom/sop-class.ts. */
export const SOP_CLASS_POLICY: StoragePolicy = (SOPClassUID) => {
  const row = sopClass(SOPClassUID);
  return row && { keep: row.action !== 'ignore', transferSyntaxes: transferSyntaxesFor(SOPClassUID) };
};

/** For a receiver that decodes nothing: what needs no codec before what does, explicit before implicit. */
export const TRANSFER_SYNTAX_PREFERENCE: readonly string[] = [
  TransferSyntax.ExplicitVRLittleEndian,
  TransferSyntax.ImplicitVRLittleEndian,
  TransferSyntax.ExplicitVRBigEndian,
  TransferSyntax.JpegLossless,
  TransferSyntax.JpegLsLossless,
  TransferSyntax.Jpeg2000Lossless,
  TransferSyntax.RleLossless,
];

/** No images: for a peer that may only tell us what became of our reports. */
export const NO_STORAGE: StoragePolicy = () => undefined;

/** Taken though nothing is stored: C-ECHO, and the results of storage commitment that we asked for. */
const SERVICES: ReadonlySet<string> = new Set([SopClass.Verification, SopClass.StorageCommitmentPushModel]);

const SERVICE_SYNTAXES: readonly string[] = [
  TransferSyntax.ExplicitVRLittleEndian,
  TransferSyntax.ImplicitVRLittleEndian,
];

type PresentationContext = InstanceType<typeof library.association.PresentationContext>;

/** Sets result and transfer syntax of one proposed context; true when accepted. */
export function negotiate(context: PresentationContext, policy: StoragePolicy): boolean {
  const abstractSyntax = context.getAbstractSyntaxUid();
  const preference = SERVICES.has(abstractSyntax)
    ? SERVICE_SYNTAXES
    : policy(abstractSyntax)?.transferSyntaxes;
  // We are never the SCU of an association that a peer opened, but of storage commitment, whose result it brings (PS3.4 J.3.3).
  const maySwapRoles = abstractSyntax === SopClass.StorageCommitmentPushModel;
  if (context.getProviderRole() !== undefined && !maySwapRoles) context.setProviderRole(false);
  if (preference === undefined) {
    context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
    return false;
  }
  const chosen = preference.find((uid) => context.hasTransferSyntaxUid(uid));
  if (chosen === undefined) {
    context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
    return false;
  }
  context.setResult(PresentationContextResult.Accept, chosen);
  return true;
}
