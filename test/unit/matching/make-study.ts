import type { Header } from '../../../src/dicom/header.ts';
import type { MaskDescription, Region } from '../../../src/masks/region.ts';
import type { CtSeries, StudySummary } from '../../../src/matching/study-summary.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const FRAME = '1.2.3.9';

export function makeSeries(uid: string, header: Partial<Header> = {}, count = 2): CtSeries {
  const SOPInstanceUIDs = Array.from({ length: count }, (_, at) => `${uid}.${at + 1}`);
  return {
    SeriesInstanceUID: uid,
    SOPInstanceUIDs,
    header: {
      TransferSyntaxUID: '1.2.840.10008.1.2.1',
      SOPClassUID: CT,
      SOPInstanceUID: `${uid}.1`,
      StudyInstanceUID: '1.2.3',
      SeriesInstanceUID: uid,
      FrameOfReferenceUID: FRAME,
      ...header,
    },
  };
}

export const makeRegion = (more: Partial<Region> = {}): Region => ({
  number: 1,
  name: 'GTV-1',
  FrameOfReferenceUID: FRAME,
  typeCodes: [],
  contourOrFrameCount: 3,
  ...more,
});

export const makeMask = (more: Partial<MaskDescription> = {}): MaskDescription => ({
  kind: 'RTSTRUCT',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
  SOPInstanceUID: '1.2.3.7.1',
  SeriesInstanceUID: '1.2.3.7',
  StudyInstanceUID: '1.2.3',
  referencedSeries: [],
  referencedInstances: [],
  regions: [makeRegion()],
  ...more,
});

/** A study of one plain CT series, with or without a mask on it. */
export function makeStudy(
  at: number,
  StudyDate: string | undefined,
  more: Partial<StudySummary> & { mask?: boolean } = {},
): StudySummary {
  const { mask = true, ...rest } = more;
  const StudyInstanceUID = `1.2.3.${at}`;
  const series = makeSeries(`${StudyInstanceUID}.4`);
  return {
    StudyInstanceUID,
    identity: { PatientID: 'P1', IssuerOfPatientID: 'A', PatientBirthDate: '19600102', PatientSex: 'F' },
    StudyDate,
    ctSeries: [series],
    masks: mask
      ? [makeMask({ SOPInstanceUID: `${StudyInstanceUID}.8`, referencedSeries: [series.SeriesInstanceUID] })]
      : [],
    ...rest,
  };
}
