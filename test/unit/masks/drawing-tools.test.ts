import { describe, expect, it } from 'vitest';
import { describeMask } from '../../../src/masks/describe.ts';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import { chooseRegion } from '../../../src/pipeline/pair-lesion.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { DRAWINGS, DRAWN } from '../../support/drawing-tools.ts';
import { CT_SERIES, ctVolume } from '../../support/mask-fixtures.ts';

const rules = loadRules(defaultConfig()).roi.value;
const ct = ctVolume(4);
const { header, instances } = ct;
const series = {
  SeriesInstanceUID: CT_SERIES,
  header,
  SOPInstanceUIDs: instances.map(({ SOPInstanceUID }) => SOPInstanceUID),
};
const { StudyInstanceUID } = header;

describe.each(DRAWINGS)('a mask of $tool', ({ file, says }) => {
  const mask = describeMask(file);

  it('says who drew it, with what and when, as far as the tool wrote it', () => {
    expect(mask).toMatchObject(says);
    expect(mask.drawnDate).toMatch(/^2026010[34]$/);
  });

  it('is tied to its CT, its lesion is chosen by the rules that come with Earshot, and every voxel is met', () => {
    const summary = { StudyInstanceUID, identity: header, ctSeries: [series], masks: [mask] };
    const known = { summary, identityConflict: false, conflict: 'none' as const, unreadableMasks: [] };
    const { chosen, obstacle } = chooseRegion(known, 'follow-up', rules);
    expect(obstacle).toBeUndefined();
    const drawn = maskOnVolume(file, chosen?.region.number ?? 0, ct);
    expect([...drawn.mask.voxels]).toEqual(DRAWN);
    expect(drawn.findings).toEqual([]);
  });
});
