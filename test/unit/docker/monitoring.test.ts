import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../../adapters/telemetry/metrics.ts';
import type { Meter } from '../../../src/ports.ts';
import { ROLES } from '../../../src/startup/role.ts';
import { STUDY_STATES } from '../../../src/study/lifecycle.ts';
import { runChild } from '../../support/child.ts';
import { DOCKER, dockerText, dockerYaml, manifests } from '../../support/docker-files.ts';
import { whyNotInstalled } from '../../support/installed.ts';

type Rule = {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: Record<string, string>;
};
type AlertTest = { alertname: string; exp_alerts: unknown[] };
type Panel = { id: number; title: string; datasource: { uid: string }; targets: { expr: string }[] };

const rules = dockerYaml<{ groups: { rules: Rule[] }[] }>('prometheus/alerts.yml').groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(dockerText('grafana/dashboards/earshot.json')) as { panels: Panel[] };
const scaling = manifests().find(({ manifest }) => manifest.kind === 'ScaledObject')?.manifest as unknown as {
  spec: { triggers: { metadata: { query: string } }[] };
};
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...scaling.spec.triggers.map(({ metadata }) => metadata.query),
];

/** Values that the labels of our metrics have: those of closed lists. */
const RECEIVED = [
  'added',
  'duplicate',
  'corrected',
  'conflict',
  'ignored',
  'refused',
] as const satisfies Parameters<Meter['received']>[0][];
const DELIVERED = ['delivered', 'retry', 'gaveUp', 'notTaken'] as const satisfies Parameters<
  Meter['delivered']
>[1][];
const VALUES: Record<string, readonly string[]> = {
  job: ['earshot'],
  role: ROLES,
  kind: ROLES,
  state: STUDY_STATES,
  stage: ['assess', 'measure', 'score', 'beside'],
};
const RESULTS: Record<string, readonly string[]> = {
  earshot_instances_received_total: RECEIVED,
  earshot_delivery_attempts_total: DELIVERED,
};

/** Names and labels of all metrics, by asking a process in which everything has happened once. */
async function metricsThatExist(): Promise<Map<string, Set<string>>> {
  const { meter, text } = createMetrics({
    casesByState: async () => new Map([['held', 1]]),
    queue: async () => ({ count: 1, oldestSeconds: 1 }),
    openAssociations: () => 1,
    freeBytes: async () => 1,
    hasDuties: () => true,
    processes: async () => new Map([['work', 1]]),
  });
  meter.received('added');
  meter.scored('resistant');
  meter.delivered('pacs', 'delivered');
  meter.stage('measure', 1);
  const found = new Map<string, Set<string>>([['up', new Set()]]);
  for (const [, name = '', labels = ''] of (await text()).matchAll(/^([a-z]\w*)(?:\{(.*)\})? /gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label as string);
    found.set(name, new Set([...(found.get(name) ?? []), ...names]));
  }
  return found;
}

/** Metrics of an expression with their matchers. */
const selectorsOf = (expression: string): { name: string; matchers: string[][] }[] =>
  [...expression.matchAll(/\b((?:earshot|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, name = '', inside = '']) => ({
      name,
      matchers: [...inside.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map((match) => match.slice(1)),
    }),
  );

describe('monitoring', () => {
  test('alerts, dashboard and autoscaling name metrics that exist', async () => {
    const existing = [...(await metricsThatExist()).keys()];
    expect(expressions.length).toBeGreaterThan(30);
    for (const expression of expressions) {
      const names = selectorsOf(expression).map(({ name }) => name);
      expect(names.length, expression).toBeGreaterThan(0);
      expect(existing, expression).toEqual(expect.arrayContaining(names));
    }
  });

  test('they name labels that these metrics have, or that the monitoring gives them', async () => {
    const existing = await metricsThatExist();
    const labelsOf = (name: string): string[] => ['job', 'role', 'instance', ...(existing.get(name) ?? [])];
    for (const expression of expressions) {
      const selectors = selectorsOf(expression);
      for (const { name, matchers } of selectors)
        expect(labelsOf(name), expression).toEqual(expect.arrayContaining(matchers.map(([label]) => label)));
      const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = '']) =>
        by.split(/,\s*/),
      );
      const known = selectors.flatMap(({ name }) => labelsOf(name));
      expect(known, expression).toEqual(expect.arrayContaining(grouped));
    }
  });

  test('labels are compared with values that they have', () => {
    const compared = expressions.flatMap((expression) =>
      selectorsOf(expression).flatMap(({ name, matchers }) =>
        matchers.flatMap(([label = '', , values = '']) =>
          values.split('|').map((value) => ({ name, label, value })),
        ),
      ),
    );
    for (const { name, label, value } of compared)
      expect(label === 'result' ? RESULTS[name] : VALUES[label], `${name} ${label}`).toContain(value);
  });

  test('what every process tells alike is never added up', () => {
    for (const expression of expressions)
      for (const [whole] of expression.matchAll(
        /\b(sum|avg|count)\s*(?:by \([^)]*\)\s*)?\(\s*earshot_(cases|jobs|job|disk|mask|files|file|processes)\w*\b(?!_total)/g,
      ))
        expect(whole).toMatch(/earshot_cases_scored/);
  });

  test('every alert says what is wrong and what to do, without naming a patient', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(labels.severity).toMatch(/^(info|warning|critical)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'action']);
      expect(JSON.stringify(annotations)).not.toMatch(/patient|accession/i);
    }
  });

  test('every alert goes off in a test of its own, and stays quiet in another', () => {
    const { tests } = dockerYaml<{ tests: { alert_rule_test: AlertTest[] }[] }>('prometheus/alerts.test.yml');
    const tried = tests.flatMap((each) => each.alert_rule_test);
    const namesOf = (found: AlertTest[]) => [...new Set(found.map(({ alertname }) => alertname))].sort();
    const all = rules.map(({ alert }) => alert).sort();
    expect(namesOf(tried.filter(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(all);
    expect(namesOf(tried.filter(({ exp_alerts }) => exp_alerts.length === 0))).toEqual(all);
  });

  test('the dashboard has panels with names, of the data source that is provisioned', () => {
    const { datasources } = dockerYaml<{ datasources: { uid: string }[] }>(
      'grafana/provisioning/datasources/prometheus.yaml',
    );
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, datasource } of dashboard.panels) {
      expect(title).not.toBe('');
      expect(datasource.uid).toBe(datasources[0]?.uid);
    }
  });

  const missing = whyNotInstalled('promtool');
  const promtool = test.skipIf(missing !== undefined);
  const prometheus = (file: string): string => join(DOCKER, 'prometheus', file);
  const said = async (...args: string[]): Promise<string> => {
    const { status, output } = await runChild('promtool', args);
    expect(status, output).toBe(0);
    return output;
  };
  promtool(`promtool takes configuration and rules ${missing ?? ''}`, async () => {
    expect(await said('check', 'config', '--syntax-only', prometheus('prometheus.yml'))).toContain('SUCCESS');
    expect(await said('check', 'rules', prometheus('alerts.yml'))).toContain(`${rules.length} rules found`);
  });
  promtool(
    `alerts go off when they should, and not else ${missing ?? ''}`,
    async () => {
      expect(await said('test', 'rules', prometheus('alerts.test.yml'))).toContain('SUCCESS');
    },
    60_000,
  );
});
