import { describe, expect, test } from 'vitest';
import { score, valuesFor } from '../../../src/model/score.ts';
import { type ServedModel, servedModel } from '../../../src/model/served-model.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { validateReport } from '../../../src/sr/validate.ts';
import { loadTemplates } from '../../../src/startup/load.ts';
import { normalisationOf } from '../../../src/startup/load-model.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';
import { reportContent } from '../../support/report-content.ts';

const [other, lead] = TWO_FEATURES;
const model = servedModel(fittedFile()) as ServedModel;
const scored = score({
  model,
  sha256: 'ab'.repeat(32),
  ...valuesFor(model, { [other!.name]: 3.5, [lead!.name]: 2 }, { [other!.name]: 3.75, [lead!.name]: 6 }),
  normalisation: normalisationOf(model, undefined, 'k'),
});
const templates = loadTemplates({});

describe.each(['comprehensive', 'comprehensive3d'] as const)(
  'a report of a model of two features, %s',
  (srSopClass) => {
    const { bytes } = renderReport(templates, reportContent({ model, score: scored, srSopClass }));
    const text = Buffer.from(bytes).toString('latin1');

    test('is valid, and lists the further feature by name beside the leading delta', () => {
      expect(() => validateReport(bytes)).not.toThrow();
      expect(text.match(/DELTA_FURTHER/g)).toHaveLength(1);
      expect(text.split(other!.name).length - 1).toBeGreaterThanOrEqual(2);
    });

    test('gives every coefficient, mean, SD and z where the parameters are', () => {
      expect(text).toContain('sum of coefficient*z');
      expect(text).toContain(`"others":[{"baselineValue":3.5,"delta":0.25,"feature":"${other!.name}"`);
      expect(text).toContain(`"scales":{"${other!.name}":{"mean":0.05,"sd":0.4}}`);
    });

    test('of one feature has nothing of it', () => {
      const single = renderReport(templates, reportContent({ srSopClass }));
      expect(Buffer.from(single.bytes).toString('latin1')).not.toMatch(/DELTA_FURTHER|"others"/);
    });
  },
);
