import { existsSync } from 'node:fs';
import { runEligibilityExamples } from '../eligibility/evaluate.ts';
import { Fault } from '../fault.ts';
import { failedRoiExamples } from '../masks/roi-examples.ts';
import { type ExampleFailure, runBaselineExamples } from '../matching/examples.ts';
import {
  defaultConfig,
  loadClassic,
  loadConfig,
  loadModel,
  loadRules,
  loadTemplates,
} from '../startup/load.ts';
import { readServerTls } from '../startup/tls.ts';
import { type Command, parse } from './command.ts';

/** `earshot check`: everything that `serve` would read, without starting anything. */
export const check: Command = {
  usage: `Usage: earshot check [--config earshot.yaml]
Validates the configuration, the rules with their own examples, the report template and the models. Without --config, and
without an earshot.yaml here, the defaults are checked.`,
  run: async (args) => {
    const { values } = parse(args, { config: { type: 'string' } });
    const file = values.config ?? (existsSync('earshot.yaml') ? 'earshot.yaml' : undefined);
    const config = file === undefined ? defaultConfig() : loadConfig(file);
    say('configuration', file ?? 'defaults', `${config.nodes.length} nodes`);
    const https = config.http.tls && readServerTls(config.http.tls);
    if (https) say('https', config.http.tls?.cert ?? '', `client certificates: ${https.clientCertificate}`);

    const rules = loadRules(config);
    sayExamples(
      'rules/baseline.yaml',
      rules.baseline,
      runBaselineExamples(rules.baseline.value).map(inWords),
    );
    sayExamples(
      'rules/eligibility.yaml',
      rules.eligibility,
      runEligibilityExamples(rules.eligibility.value).map(inWords),
    );
    sayExamples('rules/roi.yaml', rules.roi, failedRoiExamples(rules.roi.value));

    for (const { value, sha256 } of Object.values(loadTemplates(config))) {
      say('template', value.name, `version ${value.version}, sha256 ${short(sha256)}`);
    }
    const model = loadModel(config.model.id, config);
    say('model', model.value.id, `version ${model.value.version}, sha256 ${short(model.sha256)}`);
    sayNormalisation(config.model.normalisation, 'reports carry the delta and no probability');
    const classic = loadClassic(config, model.value);
    if (classic) {
      const { model: file, sha256 } = classic;
      say('classic model', file.id, `version ${file.version}, sha256 ${short(sha256)}`);
      sayNormalisation(config.model.classic?.normalisation, 'its features stand alone, with no probability');
    }
    return 0;
  },
};

const short = (sha256: string): string => sha256.slice(0, 12);

const say = (what: string, name: string, detail: string): void =>
  console.log(`ok  ${what.padEnd(14)} ${name} (${detail})`);

const inWords = ({ rule, example, expected, got }: ExampleFailure): string =>
  `${rule} example ${example}: expected ${expected}, got ${got}`;

function sayExamples(file: string, { sha256 }: { sha256: string }, failures: readonly string[]): void {
  if (failures.length > 0) throw new Fault('RULES_INVALID', `${file}: ${failures.join('; ')}`);
  say('rules', file, `examples pass, sha256 ${short(sha256)}`);
}

const sayNormalisation = (
  given: Readonly<{ source: string; n: number }> | undefined,
  otherwise: string,
): void =>
  given ? say('normalisation', given.source, `n ${given.n}`) : say('normalisation', 'none', otherwise);
