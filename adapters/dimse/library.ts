/** dcmjs-dimse is CommonJS: only its default export can be imported. It logs two lines a message unless silenced. */
import dimse from 'dcmjs-dimse';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/part10.ts';
import { MAX_PDU_LENGTH } from './pdu.ts';

dimse.log.setLevel('silent');
dimse.Implementation.setImplementationClassUid(IMPLEMENTATION_CLASS_UID);
dimse.Implementation.setImplementationVersion(IMPLEMENTATION_VERSION_NAME);
dimse.Implementation.setMaxPduLength(MAX_PDU_LENGTH);

export const library = dimse;
