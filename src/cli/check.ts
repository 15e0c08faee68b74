import { existsSync } from 'node:fs';
import type { Config } from '../startup/config.ts';
import { type Difference, differencesOf } from '../startup/effective-nodes.ts';
import { defaultConfig, loadRules, loadTemplates, loadWrittenConfig } from '../startup/load.ts';
import { loadClassic, loadModel, loadShadow, normalisationOf } from '../startup/load-model.ts';
import { warningsOf } from '../startup/open-doors.ts';
import { refuseFailedExamples } from '../startup/rule-examples.ts';
import { readServerTls } from '../startup/tls.ts';
import { type Command, parse } from './command.ts';

/** `earshot check`: everything that `serve` would read, without starting anything. */
export const check: Command = {
  usage: `Usage: earshot check [--config earshot.yaml]
Validates the configuration, the rules with their own examples, the report template and the models, as the files have them, and
tells what the catalogue has otherwise, because it was changed while a service ran. Without --config, and
without an earshot.yaml here, the defaults are checked.`,
  run: async (args) => {
    const { values } = parse(args, { config: { type: 'string' } });
    const file = values.config ?? (existsSync('earshot.yaml') ? 'earshot.yaml' : undefined);
    const written = file === undefined ? undefined : loadWrittenConfig(file);
    const config = written?.config ?? defaultConfig();
    say('configuration', file ?? 'defaults', `${config.nodes.length} nodes`);
    const https = config.http.tls && readServerTls(config.http.tls);
    if (https) say('https', config.http.tls?.cert ?? '', `client certificates: ${https.clientCertificate}`);

    const rules = loadRules(config);
    refuseFailedExamples(rules);
    for (const [name, { sha256 }] of Object.entries(rules))
      say('rules', `rules/${name}.yaml`, `examples pass, sha256 ${short(sha256)}`);

    for (const { value, sha256 } of Object.values(loadTemplates(config))) {
      say('template', value.name, `version ${value.version}, sha256 ${short(sha256)}`);
    }
    const model = loadModel(config.model.id, config, config.model.sha256);
    say('model', model.value.id, `version ${model.value.version}, sha256 ${short(model.sha256)}`);
    const scale = normalisationOf(model.value, config.model.normalisation, 'model.normalisation');
    sayNormalisation(scale, 'reports carry the delta and no probability');
    const classic = loadClassic(config, model.value);
    if (classic) {
      const { model: file, sha256 } = classic;
      say('classic model', file.id, `version ${file.version}, sha256 ${short(sha256)}`);
      sayNormalisation(classic.normalisation, 'its features stand alone, with no probability');
    }
    const shadow = loadShadow(config, model.value);
    if (shadow) {
      const { value: file, sha256 } = shadow.model;
      say('model on trial', file.id, `version ${file.version}, sha256 ${short(sha256)}`);
      sayNormalisation(shadow.normalisation, 'it gives deltas and no probability');
    }
    for (const { section, counts } of written ? await differencesOf(written) : [])
      sayDifference(section, counts);
    sayWarnings(config, written?.openness);
    return 0;
  },
};

const short = (sha256: string): string => sha256.slice(0, 12);

const say = (what: string, name: string, detail: string): void =>
  console.log(`ok  ${what.padEnd(14)} ${name} (${detail})`);

/** Neither is wrong: somebody changed one of them. */
const sayDifference = (section: string, counts: Difference['counts']): void =>
  console.log(
    counts === 'file'
      ? `!!  ${section.padEnd(14)} the catalogue has another; the file counts when a service starts next`
      : `!!  ${section.padEnd(14)} was changed while a service ran; the catalogue counts, until the file says something new`,
  );

/** As the log of a service says it. */
function sayWarnings(config: Config, openness: string | undefined): void {
  for (const { event, hint } of warningsOf(config, 'all', openness))
    console.log(`!!  ${event.padEnd(14)} ${hint}`);
}

const sayNormalisation = (
  scale: Readonly<{ kind: 'none' | 'local' }> | Readonly<{ kind: 'supplied'; source: string; n: number }>,
  otherwise: string,
): void =>
  scale.kind === 'supplied'
    ? say('normalisation', scale.source, `n ${scale.n}`)
    : say('normalisation', 'none', otherwise);
