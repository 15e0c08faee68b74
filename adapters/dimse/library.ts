/** dcmjs-dimse is CommonJS: only its default export can be imported. It logs two lines a message unless silenced. */
import dimse from 'dcmjs-dimse';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/part10.ts';

/** The longest P-DATA-TF that we take, without its six bytes of header (PS3.8 D.1). */
const MAX_PDU_LENGTH = 131_072;

dimse.log.setLevel('silent');
dimse.Implementation.setImplementationClassUid(IMPLEMENTATION_CLASS_UID);
dimse.Implementation.setImplementationVersion(IMPLEMENTATION_VERSION_NAME);
dimse.Implementation.setMaxPduLength(MAX_PDU_LENGTH);

export const library = dimse;
