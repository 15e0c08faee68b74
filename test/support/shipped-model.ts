import { readFileSync } from 'node:fs';
import { parseModelFile } from '../../src/model/model-file.ts';

/** The delta model as it is shipped. */
export const shippedModel = () => parseModelFile(readFileSync('models/ear-delta-2023.json', 'utf8'));
