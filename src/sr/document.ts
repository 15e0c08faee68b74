/** A report as a Comprehensive (3D) SR: every module of PS3.3 A.35.3, and the bytes. */
import type { Code, Header } from '../dicom/header.ts';
import { type Dataset, writePart10 } from '../dicom/part10.ts';
import { IBSI_SCHEME, PRIVATE_SCHEME } from './codes.ts';
import type { ContentItem, Quantity } from './content-item.ts';
import { isCode } from './content-item.ts';
import { evidence, hierarchicalReferences } from './evidence.ts';
import { reportIdentity } from './identity.ts';
import { equipment, patientAndStudy } from './patient-and-study.ts';
import { renderTree } from './render.ts';
import type { RenderedReport, ReportContent } from './report.ts';
import type { Template } from './template.ts';
import { validateReport } from './validate.ts';
import { clipped } from './wording.ts';

const SERIES_DESCRIPTION = 'Earshot EAR delta-radiomics (research)';

const coded = (code: Code): readonly Dataset[] => [
  {
    CodeValue: code.CodeValue,
    CodingSchemeDesignator: code.CodingSchemeDesignator,
    CodeMeaning: code.CodeMeaning,
  },
];

function measuredValue(quantity: Quantity, unit: Code): Dataset {
  if ('qualifier' in quantity)
    return { MeasuredValueSequence: [], NumericValueQualifierCodeSequence: coded(quantity.qualifier) };
  const { text, value } = quantity;
  const MeasurementUnitsCodeSequence = coded(unit);
  return {
    MeasuredValueSequence: [{ MeasurementUnitsCodeSequence, FloatingPointValue: value, NumericValue: text }],
  };
}

function itemValue(item: ContentItem): Dataset {
  switch (item.valueType) {
    case 'CONTAINER':
      return { ContinuityOfContent: 'SEPARATE', ...(item.template && templateOf(item.template)) };
    case 'TEXT':
      return { TextValue: item.text };
    case 'CODE':
      return { ConceptCodeSequence: coded(item.code) };
    case 'NUM':
      return measuredValue(item.quantity, item.unit);
    case 'UIDREF':
      return { UID: item.uid };
    case 'IMAGE':
    case 'COMPOSITE':
      return { ReferencedSOPSequence: [item.reference] };
  }
}

const templateOf = (TemplateIdentifier: string): Dataset => ({
  ContentTemplateSequence: [
    { MappingResource: 'DCMR', MappingResourceUID: '1.2.840.10008.8.1.1', TemplateIdentifier },
  ],
});

/** A content item and all below it (PS3.3 C.17.3). */
function itemDataset(item: ContentItem): Dataset {
  return {
    ...(item.relationship && { RelationshipType: item.relationship }),
    ValueType: item.valueType,
    ConceptNameCodeSequence: coded(item.concept),
    ...itemValue(item),
    ...(item.children.length > 0 && { ContentSequence: item.children.map(itemDataset) }),
  };
}

/** Only with an accession number does the report answer a request (PS3.3 C.17.2). */
function request({ AccessionNumber, StudyInstanceUID }: Header): Dataset {
  if (!AccessionNumber) return {};
  const item = {
    StudyInstanceUID,
    ReferencedStudySequence: [],
    AccessionNumber,
    PlacerOrderNumberImagingServiceRequest: '',
    FillerOrderNumberImagingServiceRequest: '',
    RequestedProcedureID: '',
    RequestedProcedureDescription: '',
    RequestedProcedureCodeSequence: [],
  };
  return { ReferencedRequestSequence: [item] };
}

/** PARTIAL: the model could not be evaluated, for want of a normalisation or of a feature value. */
function completion({ score }: ReportContent): Dataset {
  if (score.probability !== null) return { CompletionFlag: 'COMPLETE' };
  const because = clipped(score.because, 64) || 'No probability can be given.';
  return { CompletionFlag: 'PARTIAL', CompletionFlagDescription: because };
}

/** The dataset of the SR document by DICOM keyword, ready to be written. */
function reportDataset(template: Template, content: ReportContent): Dataset {
  const { header } = content.followUp.measurement;
  const { date, time } = content.completed;
  const { softwareVersion, name } = content.installation;
  const procedures = (header.ProcedureCodeSequence ?? []).filter(isCode);
  return {
    // SOP Common
    SpecificCharacterSet: 'ISO_IR 192',
    ...reportIdentity(content),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    CodingSchemeIdentificationSequence: [PRIVATE_SCHEME, IBSI_SCHEME],
    // Patient, Patient Study, General Study
    ...patientAndStudy(header),
    // SR Document Series
    Modality: 'SR',
    SeriesNumber: content.seriesNumber,
    SeriesDescription: SERIES_DESCRIPTION,
    SeriesDate: date,
    SeriesTime: time,
    ReferencedPerformedProcedureStepSequence: [],
    // General Equipment
    ...equipment({ name, softwareVersion }),
    // SR Document General
    InstanceNumber: 1,
    PreliminaryFlag: 'PRELIMINARY',
    ...completion(content),
    VerificationFlag: 'UNVERIFIED',
    ContentDate: date,
    ContentTime: time,
    ...request(header),
    PerformedProcedureCodeSequence: procedures.flatMap(coded),
    ...evidence(content),
    ...(content.supersedes.length > 0 && {
      PredecessorDocumentsSequence: hierarchicalReferences(content.supersedes),
    }),
    // SR Document Content
    ...itemDataset(renderTree(template, content)),
  };
}

/**
 * The finished report. Equal template and content give equal bytes; the bytes have passed every assertion of
 * validate.ts, or REPORT_INVALID is thrown and nothing may be sent.
 * @see PS3.3 A.35.3
 */
export function renderReport(template: Template, content: ReportContent): RenderedReport {
  const bytes = writePart10(reportDataset(template, content));
  validateReport(bytes);
  return { ...reportIdentity(content), bytes };
}
