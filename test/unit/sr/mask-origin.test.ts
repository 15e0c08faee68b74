import { describe, expect, it } from 'vitest';
import type { MaskDescription, Region } from '../../../src/masks/region.ts';
import { maskOrigins } from '../../../src/sr/mask-origin.ts';
import { reportContent } from '../../support/report-content.ts';

const content = reportContent();

/** What is said of a follow-up mask. */
function saidOf(mask: Partial<MaskDescription>, region: Partial<Region> = {}): string {
  const { followUp } = content;
  const bare: MaskDescription = {
    kind: 'RTSTRUCT',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    SOPInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2',
    StudyInstanceUID: '1',
    referencedSeries: [],
    referencedInstances: [],
    regions: [],
  };
  const changed = {
    ...followUp,
    mask: { ...bare, ...mask },
    region: { ...followUp.region, number: 3, name: '', ...region },
  };
  return maskOrigins({ ...content, followUp: changed })[1]!;
}

describe('where a mask comes from', () => {
  it('is told of baseline and follow-up', () => {
    const [baseline, followUp, ...more] = maskOrigins(content);
    expect(baseline).toMatch(/^Baseline mask: (RTSTRUCT|SEG)/);
    expect(followUp).toMatch(/^Follow-up mask: (RTSTRUCT|SEG)/);
    expect(more).toEqual([]);
  });
  it('names object, region, time, tool, person and approval', () => {
    expect(
      saidOf(
        {
          label: 'Thorax',
          drawnDate: '20240506',
          drawnTime: '070809.1',
          Manufacturer: 'Maker',
          ManufacturerModelName: 'Contour',
          SoftwareVersions: '5.6',
          author: 'Yamada^Tarou=山田^太郎',
          ApprovalStatus: 'APPROVED',
          reviewer: 'Chief^Two',
          reviewDate: '20240507',
        },
        { name: 'GTV-1' },
      ),
    ).toBe(
      'Follow-up mask: RTSTRUCT "Thorax", region 3 "GTV-1", drawn 2024-05-06 07:08, with Maker Contour 5.6, by Yamada Tarou, APPROVED by Chief Two on 2024-05-07.',
    );
  });
  it('says what is not known', () => {
    expect(saidOf({ drawnDate: 'soon' })).toBe(
      'Follow-up mask: RTSTRUCT, region 3, drawn at an unknown time, with an unknown tool, by an unknown person.',
    );
  });
  it('fits a TEXT item, whatever the mask says of itself', () => {
    const long = 'x\u0000\n'.repeat(5000);
    const said = saidOf(
      {
        label: long,
        Manufacturer: long,
        ManufacturerModelName: long,
        SoftwareVersions: long,
        author: long,
        ApprovalStatus: long,
        reviewer: long,
      },
      { name: long },
    );
    expect(said.length).toBeLessThan(1000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(said).not.toMatch(/[\u0000-\u001f]/);
  });
});
