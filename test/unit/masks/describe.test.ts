import { describe, expect, it } from 'vitest';
import { describeMask, imagesOfRegion } from '../../../src/masks/describe.ts';
import { CT_SERIES, ctFile, FRAME_OF_REFERENCE, rtstructFile, segFile } from '../../support/mask-fixtures.ts';

describe('describeMask', () => {
  it('an RTSTRUCT: regions joined on ROINumber, references, author, approval', () => {
    const description = describeMask(
      rtstructFile([
        {
          points: [
            [0, 0, 0],
            [1, 0, 0],
            [1, 1, 0],
          ],
        },
      ]),
    );
    expect(description).toMatchObject({
      kind: 'RTSTRUCT',
      referencedSeries: [CT_SERIES],
      referencedInstances: ['2.25.50.1'],
      ApprovalStatus: 'APPROVED',
      author: 'Reader^One',
      drawnDate: '20260103',
      drawnTime: '110000',
      label: 'GTV',
    });
    expect(description.regions).toMatchObject([
      { number: 5, name: 'Lung', contourOrFrameCount: 0, interpretedType: undefined },
      {
        number: 3,
        name: 'GTV-1',
        contourOrFrameCount: 1,
        interpretedType: 'GTV',
        FrameOfReferenceUID: FRAME_OF_REFERENCE,
      },
    ]);
  });

  it('who interpreted a region of an RTSTRUCT (PS3.3 C.8.8.8)', () => {
    const observed = { ReferencedROINumber: '3', RTROIInterpretedType: 'GTV' };
    const observations = [observed, { ...observed, ROIInterpreter: 'Reader^Three' }];
    const { regions } = describeMask(rtstructFile([], { RTROIObservationsSequence: observations }));
    expect(regions.map(({ interpreter }) => interpreter)).toEqual([undefined, 'Reader^Three']);
  });

  it('who approved an RTSTRUCT, with what it was drawn, and when (PS3.3 C.8.8.16, C.7.5.1)', () => {
    const contour = { points: [[0, 0, 0] as const] };
    const reviewed = { ReviewerName: 'Chief^Two', ReviewDate: '20260105', ReviewTime: '090000' };
    const drawnWith = { Manufacturer: 'Varian', ManufacturerModelName: 'Eclipse', SoftwareVersions: '16.1' };
    const described = describeMask(rtstructFile([contour], { ...reviewed, ...drawnWith }));
    expect(described).toMatchObject({
      author: 'Reader^One',
      reviewer: 'Chief^Two',
      reviewDate: '20260105',
      reviewTime: '090000',
      ...drawnWith,
    });
    const nobody = describeMask(rtstructFile([contour], { ...reviewed, OperatorsName: '' }));
    expect(nobody.author).toBe('Chief^Two');
  });

  it('a mask without a date of drawing has that of its object; a time goes with its own date', () => {
    const created = { InstanceCreationDate: '20260106', InstanceCreationTime: '101010' };
    const undated = { StructureSetDate: '', StructureSetTime: '111111', ...created };
    expect(describeMask(rtstructFile([], undated))).toMatchObject({
      drawnDate: '20260106',
      drawnTime: '101010',
    });
    expect(describeMask(segFile([], { overrides: { ContentDate: undefined, ...created } }))).toMatchObject({
      drawnDate: '20260106',
      drawnTime: '101010',
    });
  });

  it('the images that one region was drawn on are those of its contours or frames, else all that are named', () => {
    const file = rtstructFile([{ points: [[0, 0, 0]] }], {
      ROIContourSequence: [
        {
          ReferencedROINumber: '3',
          ContourSequence: [{ ContourImageSequence: [{ ReferencedSOPInstanceUID: '2.25.50.9' }] }],
        },
        { ReferencedROINumber: '5', ContourSequence: [{ ContourGeometricType: 'POINT' }] },
      ],
    });
    expect([...imagesOfRegion(file, 3)]).toEqual(['2.25.50.9']);
    expect([...imagesOfRegion(file, 5)]).toEqual(['2.25.50.1', '2.25.50.9']);
    expect([...imagesOfRegion(segFile([{ segment: 1, slice: 0, bits: [1] }]), 1)]).toEqual(['2.25.50.1']);
  });

  it('a SEG: segments with tracking, codes and their number of frames', () => {
    const description = describeMask(segFile([{ segment: 2, slice: 0, bits: Array(35).fill(1) }]));
    expect(description).toMatchObject({
      kind: 'SEG',
      referencedSeries: [CT_SERIES],
      author: 'Reader^Two',
      label: 'LESIONS',
    });
    expect(description.regions).toMatchObject([
      { number: 1, contourOrFrameCount: 0 },
      {
        number: 2,
        name: 'Lesion 2',
        trackingId: 'lesion-2',
        trackingUid: '2.25.80.2',
        contourOrFrameCount: 1,
        typeCodes: [{ CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm' }],
      },
    ]);
  });

  it('anything else is no mask', () => {
    expect(() => describeMask(ctFile(0))).toThrow(/MASK_UNREADABLE/);
  });
});
