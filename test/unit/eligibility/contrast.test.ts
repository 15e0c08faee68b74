import { describe, expect, it } from 'vitest';
import { contrastStatus } from '../../../src/eligibility/contrast.ts';
import { makeSeries } from '../matching/make-study.ts';

const status = (SeriesDescription: string, more = {}) =>
  contrastStatus(makeSeries('1.1', { SeriesDescription, ...more }).header).status;

describe('SR.md 5, non-contrast', () => {
  it.each([
    'CT Chest without contrast',
    'CT CHEST W/O',
    'chest wo contrast',
    'Thorax non-contrast',
    'NON CONTRAST',
    'noncontrast lung',
    'CHEST_NON_CONTRAST',
    'unenhanced',
    'Chest plain',
    'no iv contrast',
    '胸部平扫',
    'C- chest',
  ])('%s is evidence of no contrast', (text) => {
    expect(status(text)).toBe('nonContrast');
  });

  it.each([
    'Chest C+',
    'CE chest',
    'CECT',
    'CT chest with contrast',
    'enhanced',
    'venous 5mm',
    'ARTERIAL',
    'PV phase',
    '胸部增强',
  ])('%s is evidence of contrast', (text) => {
    expect(status(text)).toBe('given');
  });

  it.each(['', 'Thorax 2.0 B31f', 'ABCE', 'reCEnt', 'C-spine', 'PVC', 'nonvenousish'])(
    '%j asserts nothing',
    (text) => {
      expect(status(text)).toBe('notAsserted');
    },
  );

  it.each(['without and with contrast', 'w/wo contrast', 'with/without contrast'])(
    '%s is unconfirmed',
    (text) => {
      expect(status(text)).toBe('conflicting');
    },
  );

  it('study and series that contradict each other are unconfirmed', () => {
    expect(status('non-contrast', { StudyDescription: 'CT chest with contrast' })).toBe('conflicting');
  });

  it('attributes count: an agent or a volume is contrast, an agent called NONE is not', () => {
    expect(status('', { ContrastBolusAgent: 'OMNIPAQUE 300' })).toBe('given');
    expect(status('', { hasContrastBolus: true })).toBe('given');
    expect(status('', { ContrastBolusAgent: 'NONE', hasContrastBolus: true })).toBe('nonContrast');
    expect(status('', { ContrastBolusAgent: '' })).toBe('notAsserted');
  });

  it('the words that are shown are ours, not the text of the header', () => {
    const { words } = contrastStatus(makeSeries('1', { SeriesDescription: 'Mustermann venous' }).header);
    expect(words).toEqual(['"venous"']);
  });
});
