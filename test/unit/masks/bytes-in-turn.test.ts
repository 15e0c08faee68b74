import { expect, it } from 'vitest';
import { withoutCodecs } from '../../../src/dicom/frames.ts';
import { segmentRegions } from '../../../src/masks/segment-regions.ts';
import { view } from '../../../src/picture/view.ts';
import { measure } from '../../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { phantomCase } from '../../support/phantom-case.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';

it.each(['RTSTRUCT', 'SEG'] as const)(
  'a time point with a %s is the same when the bytes of an object are gone as soon as the next is read',
  (maskKind) => {
    const { ct, mask } = phantomCase(`in-turn-${maskKind}`).objects('followUp', { maskKind });
    const all = [...ct, mask];
    const paths = all.map((_bytes, index) => `${index}`);
    const whole = (path: string): Uint8Array => Uint8Array.from(all[Number(path)]!);
    let last: Uint8Array | undefined;
    const inTurn = (path: string): Uint8Array => {
      last?.fill(0xaa);
      last = whole(path);
      return last;
    };
    const images = paths.slice(0, -1);
    const drawn = { file: paths.at(-1)!, region: 1 };
    const request = { images, mask: drawn, settings: EAR_2023 };
    const typeCode = { CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm' };
    const region = { label: 'Lesion 1', trackingId: 'Lesion 1', trackingUid: '2.25.80.1', typeCode };
    const results = [whole, inTurn].map((read) => {
      const { seconds: _, ...measured } = measure({ ...request, features: [FEATURE] }, read);
      return {
        measured,
        view: view({ ...request, feature: FEATURE }, read),
        segmentation: segmentRegions(
          {
            images,
            regions: [region, { ...region, trackingUid: '2.25.80.2' }].map((each) => ({
              ...each,
              mask: drawn,
            })),
            installation: { name: 'EARSHOT', softwareVersion: '0.1.0' },
            completed: { date: '20260105', time: '101112' },
            belongsTo: '2.25.77',
          },
          read,
          withoutCodecs,
        ),
      };
    });
    // Read from, and not only kept.
    last?.fill(0xaa);
    expect(results[0]?.measured.features[FEATURE]).toBeTypeOf('number');
    expect(results[1]).toEqual(results[0]);
  },
);
