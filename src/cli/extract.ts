import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { chooseRegion } from '../pipeline/pair-lesion.ts';
import { featureNames } from '../radiomics/features.ts';
import { EAR_2023 } from '../radiomics/settings.ts';
import { defaultConfig, loadRules } from '../startup/load.ts';
import { openRadiomics } from '../startup/open-radiomics.ts';
import { readTimePoint } from '../startup/time-point.ts';
import { VERSION } from '../startup/version.ts';
import { type Command, parse, required } from './command.ts';
import { maskFault } from './mask-fault.ts';

/** `earshot extract`: features of one image and mask. */
export const extract: Command = {
  usage: `Usage: earshot extract --image PATH --mask PATH [--roi NAME] [--format json|csv] [--out FILE]

PATH of the image is a folder of CT slices; PATH of the mask an RTSTRUCT or SEG, or a folder that holds one. Extracts the
features of profile ear-2023 that this version computes, under PyRadiomics' names.`,
  run: async (args) => {
    const { values } = parse(args, {
      image: { type: 'string' },
      mask: { type: 'string' },
      roi: { type: 'string' },
      format: { type: 'string', default: 'json' },
      out: { type: 'string' },
    });
    if (values.format !== 'json' && values.format !== 'csv')
      throw new Fault('USAGE', '--format is json or csv');
    const image = required(values.image, '--image');
    const mask = required(values.mask, '--mask');
    const { known, fileOf } = readTimePoint(image, mask);
    const { roi } = loadRules(defaultConfig());
    const { chosen, obstacle } = chooseRegion(known, 'mask', roi.value, values.roi);
    if (!chosen) throw maskFault(obstacle);
    const radiomics = openRadiomics(defaultConfig());
    try {
      const place = (uid: string) => fileOf.get(uid) ?? '';
      const measurement = await radiomics.measure(
        {
          images: chosen.series.SOPInstanceUIDs.map(place),
          mask: { file: place(chosen.mask.SOPInstanceUID), region: chosen.region.number },
          features: featureNames(EAR_2023),
          settings: EAR_2023,
        },
        new AbortController().signal,
      );
      const { features, header: _header, instances: _instances, ...measured } = measurement;
      const diagnostics = { version: VERSION, settings: EAR_2023, ...measured };
      const json = () => `${JSON.stringify({ features, diagnostics }, null, 2)}\n`;
      emit(values.format === 'json' ? json() : csv([image, mask], features), values.out);
      return 0;
    } finally {
      await radiomics[Symbol.asyncDispose]();
    }
  },
};

/** One row a case; an undefined feature is an empty cell. */
function csv(paths: readonly string[], features: Readonly<Record<string, number | null>>): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const names = Object.keys(features);
  const row = [...paths, ...names.map((name) => String(features[name] ?? ''))];
  return `${['Image', 'Mask', ...names].map(cell).join(',')}\n${row.map(cell).join(',')}\n`;
}

function emit(text: string, out: string | undefined): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (thrown) {
    throw new Fault('OUTPUT_FAILED', (thrown as NodeJS.ErrnoException).code ?? '', { cause: thrown });
  }
}
