import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseTemplate, type ReportTemplates } from '../../src/sr/template.ts';

const file = (name: string) => new URL(`../../sr-templates/${name}.yaml`, import.meta.url);

/** A fresh copy of a shipped template as plain data, to be broken on purpose. */
export const shippedTemplateData = (name = 'delta-radiomics'): unknown =>
  parse(readFileSync(file(name), 'utf8'));

export const shippedTemplates = (): ReportTemplates => ({
  comprehensive: { value: parseTemplate(shippedTemplateData()) },
  comprehensive3d: { value: parseTemplate(shippedTemplateData('delta-radiomics-3d')) },
});
