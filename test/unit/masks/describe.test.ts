import { describe, expect, it } from 'vitest';
import { describeMask } from '../../../src/masks/describe.ts';
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
