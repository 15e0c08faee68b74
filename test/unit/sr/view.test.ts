import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/dicom/header.ts';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { CODES, sameCode } from '../../../src/sr/codes.ts';
import { everyItem, itemsOf, readTree, textOf } from '../../../src/sr/read-tree.ts';
import { headline } from '../../../src/sr/statements.ts';
import { viewFaults } from '../../../src/sr/validate-view.ts';
import { renderView } from '../../../src/sr/view.ts';
import type { View } from '../../../src/sr/view-content.ts';
import { viewCases } from '../../support/views.ts';

const REPORT_UID = '2.25.77';

const view = viewCases()['normalised'] as View;
const measured = (which: 'baseline' | 'followUp', of = view) => {
  const items = [...everyItem(readTree(readPart10(renderView(of, which, REPORT_UID).bytes)))];
  return items
    .filter(({ valueType, relationship }) => valueType === 'NUM' && relationship === 'CONTAINS')
    .map(({ concept, dataset }) => {
      const [value = {}] = itemsOf(dataset, 'MeasuredValueSequence');
      return `${concept?.CodeMeaning} ${textOf(value, 'NumericValue')}`;
    });
};

/** Values of the text and code items under a concept. */
const said = (of: View, which: 'baseline' | 'followUp', concept: Code): readonly unknown[] =>
  [...everyItem(readTree(readPart10(renderView(of, which, REPORT_UID).bytes)))]
    .filter((item) => item.concept && sameCode(item.concept, concept))
    .map(({ dataset }) => dataset['TextValue'] ?? itemsOf(dataset, 'ConceptCodeSequence')[0]?.['CodeValue']);

describe('view of a lesion for readers that draw', () => {
  it('names the result first, because readers print few numbers', () => {
    expect(measured('followUp')).toEqual([
      'Probability of early acquired resistance to EGFR-TKI 65.53',
      'Delta LoG GLCM difference variance 0.67468',
      'Difference Variance of GLCM 3.09219',
      'Volume 28114.3',
      'Diameter 35.4075',
    ]);
  });
  it('says of the baseline what was measured there, and nothing of the result', () => {
    expect(measured('baseline').map((each) => each.replace(/ [\d.]+$/, ''))).toEqual([
      'Difference Variance of GLCM',
      'Volume',
      'Diameter',
    ]);
  });
  it.each(Object.entries(viewCases()))(
    'begins its summary with the headline of the report, in its language: %s',
    (_, of) => {
      const [summary] = said(of, 'followUp', CODES.summary);
      const isEnglish = of.content.language === 'en';
      expect(String(summary).split('\r\n')).toEqual([
        headline(of.content),
        expect.stringMatching(isEnglish ? /^RESEARCH USE ONLY/ : /^仅供研究使用/),
        expect.stringMatching(/Oncology Measurement Report/),
      ]);
      expect(said(of, 'followUp', CODES.language)).toEqual([isEnglish ? 'en-US' : 'zh-CN']);
      expect(said(of, 'followUp', CODES.timePoint)).toEqual([isEnglish ? 'Follow-up' : '随访']);
    },
  );
  it('says category, interval and assumed prevalence beside the probability', () => {
    const [first] = said(view, 'followUp', CODES.summary).map((text) => String(text).split('\r\n')[0]);
    expect(first).toMatch(
      /^POSITIVE: .* 65\.53 % \(95 % interval .*\), cut-off 44\.38 %\. Assumes 50 % prevalence/,
    );
    expect(said(view, 'baseline', CODES.summary)).toEqual([expect.stringMatching(/^RESEARCH USE ONLY/)]);
  });
  it('leaves out a number that could not be computed', () => {
    expect(measured('followUp', viewCases()['not-evaluable'])).toHaveLength(2);
  });
  it('has no probability without its interval and the cut-off', () => {
    const items = [...everyItem(readTree(readPart10(renderView(view, 'followUp', REPORT_UID).bytes)))];
    const [probability] = items.filter(({ concept }) => concept && sameCode(concept, CODES.probability));
    expect(probability?.children.map(({ concept }) => concept?.CodeMeaning)).toEqual([
      'Threshold Value',
      'Lower limit of 95 percent interval',
      'Upper limit of 95 percent interval',
    ]);
  });
  it('lies in the study of its own images, under tracking UIDs of their own', () => {
    const [before, after] = [
      renderView(view, 'baseline', REPORT_UID),
      renderView(view, 'followUp', REPORT_UID),
    ];
    expect(before.StudyInstanceUID).toBe(view.content.baseline.measurement.header.StudyInstanceUID);
    expect(after.StudyInstanceUID).toBe(view.content.followUp.measurement.header.StudyInstanceUID);
    const tracking = [before, after].map(({ bytes }) => {
      const items = [...everyItem(readTree(readPart10(bytes)))];
      return items
        .filter(({ concept }) => concept && sameCode(concept, CODES.trackingUid))
        .map(({ dataset }) => dataset['UID']);
    });
    expect(new Set(tracking.flat()).size).toBe(2);
  });
  it('has the same bytes for the same input, and the same UID whenever it was completed', () => {
    const again = renderView(view, 'followUp', REPORT_UID);
    expect(Buffer.from(again.bytes).equals(renderView(view, 'followUp', REPORT_UID).bytes)).toBe(true);
    const later = { ...view, content: { ...view.content, completed: { date: '20260101', time: '000000' } } };
    expect(renderView(later, 'followUp', REPORT_UID).SOPInstanceUID).toBe(again.SOPInstanceUID);
  });
  it('names the frame of a multi-frame image', () => {
    const { bytes } = renderView(viewCases()['multi-frame'] as View, 'followUp', REPORT_UID);
    const images = [...everyItem(readTree(readPart10(bytes)))].filter(
      ({ valueType }) => valueType === 'IMAGE',
    );
    const [reference] = images.flatMap(({ dataset }) => itemsOf(dataset, 'ReferencedSOPSequence'));
    expect(Number(reference?.['ReferencedFrameNumber'])).toBe(17);
  });
  it('is refused without an outline', () => {
    const bare = { ...view, followUp: { ...view.followUp, contours: [] } };
    expect(() => renderView(bare, 'followUp', REPORT_UID)).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID' }),
    );
  });
});

describe('assertions on a view', () => {
  const dataset = () => readPart10(renderView(view, 'followUp', REPORT_UID).bytes);
  const itemOf = (root: object, valueType: string) => {
    const found = [...everyItem(readTree(root as Record<string, unknown>))].find(
      (each) => each.valueType === valueType,
    );
    return found?.dataset as Record<string, unknown>;
  };
  it('find an outline that is not closed', () => {
    const broken = dataset();
    const outline = itemOf(broken, 'SCOORD');
    outline['GraphicData'] = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(viewFaults(broken)).toEqual([expect.stringMatching(/^coordinates: /)]);
  });
  it('find an outline without its image', () => {
    const broken = dataset();
    delete itemOf(broken, 'SCOORD')['ContentSequence'];
    expect(viewFaults(broken)).toEqual([expect.stringMatching(/^region: .* exactly one image/)]);
  });
  it('find another title', () => {
    const broken = dataset();
    broken['ConceptNameCodeSequence'] = [{ ...CODES.oncologyMeasurementReport }];
    expect(viewFaults(broken)).toEqual([expect.stringMatching(/^title: /)]);
  });
});
