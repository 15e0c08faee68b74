import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseTemplate, type Template } from '../../src/sr/template.ts';

const FILE = new URL('../../sr-templates/delta-radiomics.yaml', import.meta.url);

/** A fresh copy of the shipped template as plain data, to be broken on purpose. */
export const shippedTemplateData = (): unknown => parse(readFileSync(FILE, 'utf8'));

export const shippedTemplate = (): Template => parseTemplate(shippedTemplateData());
