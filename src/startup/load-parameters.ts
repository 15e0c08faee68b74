import { parameterSchema } from '../radiomics/parameters.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import { parseYaml, readText } from './yaml.ts';

/** A PyRadiomics parameter file (YAML or JSON). Throws INPUT_NOT_FOUND, and SETTINGS_INVALID with file:line:column. */
export function loadParameterFile(file: string): ExtractionSettings {
  return parseYaml(readText(file, 'INPUT_NOT_FOUND'), file, parameterSchema, 'SETTINGS_INVALID');
}
