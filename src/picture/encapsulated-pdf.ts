/** The page as Encapsulated PDF (PS3.3 A.45.1): its text can be searched, its lines are as sharp as the printer. */
import { writePart10 } from '../dicom/part10.ts';
import { Fault } from '../fault.ts';
import type { RenderedReport } from '../sr/report.ts';
import { commonModules, dcm, identityOf, type PictureOfReport, referenceTo } from './picture-of-report.ts';
import type { PdfAbout } from './rendered-page.ts';

const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const SERIES_NUMBER = 9105;
const TITLE = 'Earshot EAR delta-radiomics (research)';
/** `%PDF-` */
const SIGNATURE = [0x25, 0x50, 0x44, 0x46, 0x2d];

/** What the renderer writes into the document about it. */
export const aboutPdf = ({ completed }: PictureOfReport): PdfAbout => ({ title: TITLE, ...completed });

/**
 * The document, alone in its series, in the study of the follow-up CT; its source is the report. Equal arguments give
 * equal bytes. Faults: PICTURE_INVALID when it is no PDF.
 */
export function encapsulatedPdf(pdf: Uint8Array, of: PictureOfReport): RenderedReport {
  if (SIGNATURE.some((byte, k) => pdf[k] !== byte)) throw new Fault('PICTURE_INVALID', 'no PDF');
  const identity = identityOf(of, 'pdf', ENCAPSULATED_PDF);
  const even = new Uint8Array(pdf.length + (pdf.length % 2));
  even.set(pdf);
  const bytes = writePart10({
    ...commonModules(of, identity, SERIES_NUMBER),
    Modality: 'DOC',
    AcquisitionDateTime: '',
    DocumentTitle: TITLE,
    ConceptNameCodeSequence: dcm('126001', 'Oncology Measurement Report'),
    VerificationFlag: 'UNVERIFIED',
    SourceInstanceSequence: [
      { ...referenceTo(of.report), PurposeOfReferenceCodeSequence: dcm('121112', 'Source of Measurement') },
    ],
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocument: even.buffer,
    EncapsulatedDocumentLength: pdf.length,
  });
  return { ...identity, bytes };
}
