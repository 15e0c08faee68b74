/**
 * How many receivers, workers, database cores and connections 10, 100 and 1,000 hospitals need, what runs out first, and what
 * trouble does to them: tables in Markdown from test/simulation/costs.json, the same at every run.
 *
 *     npm run simulate [-- --figure FILE.svg]
 */
import { writeFileSync } from 'node:fs';
import { readCosts } from './costs.ts';
import { SENDS, type SendsName } from './day.ts';
import { type Panel, queueAgeFigure } from './figure.ts';
import { type Servers, simulateDay, type Trouble } from './model.ts';
import { GOALS, limits, loadOf, meanOf, type Plan, plan, withSpares } from './plan.ts';

const SIZES = [10, 100, 1000] as const;
const NAMES = Object.keys(SENDS) as SendsName[];
const SEED = 11;
const costs = readCosts();
const print = (line = '') => process.stdout.write(`${line}\n`);
const row = (cells: readonly (string | number)[]) => print(`| ${cells.join(' | ')} |`);
const table = (heads: readonly string[]) => {
  row(heads);
  print(`|${'---|'.repeat(heads.length)}`);
};
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const seconds = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0));

const { machine, study } = costs;
print(
  `Costs: ${machine.processor}, Node ${machine.node}, PostgreSQL ${machine.postgres}, ${machine.date}; ${study.cases} cases of 2 x ${study.slices} slices.`,
);
print();

const plans = new Map<string, Plan>();
const planOf = (name: SendsName, hospitals: number): Plan => {
  const key = `${name} ${hospitals}`;
  const made = plans.get(key) ?? plan(costs, hospitals, SENDS[name]);
  plans.set(key, made);
  return made;
};

table([
  'Sent',
  'Hospitals',
  'Studies a day',
  'Reports',
  'Receivers',
  'Workers',
  'Database cores',
  'Processes',
  'Connections, at most',
  'p50 s',
  'p95 s',
  'p99 s',
  'Wait p99 s',
  'Busy: receivers, workers, database',
]);
for (const name of NAMES) {
  for (const hospitals of SIZES) {
    const { servers, processes, connections, days, isMet } = planOf(name, hospitals);
    const busy = (['receivers', 'workers', 'database'] as const).map((each) =>
      percent(meanOf(days, (day) => day.busy[each])),
    );
    row([
      name,
      hospitals,
      meanOf(days, (day) => day.studies).toFixed(0),
      meanOf(days, (day) => day.reports).toFixed(0),
      servers.receivers,
      servers.workers,
      servers.databaseCores,
      processes,
      connections,
      seconds(meanOf(days, ({ p50 }) => p50)),
      `${seconds(meanOf(days, ({ p95 }) => p95))}${isMet ? '' : ' MISSED'}`,
      seconds(meanOf(days, ({ p99 }) => p99)),
      seconds(meanOf(days, ({ waitP99 }) => waitP99)),
      busy.join(', '),
    ]);
  }
}
print();
print(`Goals: p95 at most ${GOALS.p95} s, wait p99 at most ${GOALS.waitP99} s; mean of three seeded days.`);

for (const name of NAMES) {
  print();
  print(`What one unit carries in the busiest hour, ${name}:`);
  print();
  table(['Unit, used to the full', 'Hospitals', 'One hospital asks']);
  for (const { what, hospitals, load } of limits(costs, SENDS[name])) row([what, hospitals.toFixed(0), load]);
}

print();
table([
  'Sent',
  'Hospitals',
  'GB a day',
  'TB a year (250 days)',
  'MB/s in, busiest hour',
  'MB/s out',
  'Database GB a year',
]);
for (const name of NAMES) {
  const load = loadOf(costs, SENDS[name]);
  for (const hospitals of SIZES)
    row([
      name,
      hospitals,
      ((hospitals * load.bytesPerDay) / 1e9).toFixed(1),
      ((hospitals * load.bytesPerDay * 250) / 1e12).toFixed(1),
      ((hospitals * load.writtenBytesPerSecond) / 1e6).toFixed(1),
      ((hospitals * load.readBytesPerSecond) / 1e6).toFixed(1),
      ((hospitals * load.databaseBytesPerDay * 250) / 1e9).toFixed(1),
    ]);
}

print();
table(['Sent', 'Hospitals', 'Costs', 'Receivers', 'Workers', 'Database cores', 'p95 s']);
for (const name of NAMES) {
  for (const hospitals of SIZES) {
    for (const costFactor of [0.5, 2]) {
      const { servers, days } = plan(costs, hospitals, SENDS[name], { trouble: { costFactor } });
      row([
        name,
        hospitals,
        costFactor === 2 ? 'twice' : 'half',
        servers.receivers,
        servers.workers,
        servers.databaseCores,
        seconds(meanOf(days, ({ p95 }) => p95)),
      ]);
    }
  }
}

const TROUBLES: readonly (readonly [string, (hospitals: number) => Trouble])[] = [
  ['none', () => ({})],
  ['one hospital sends its night at 6:00', () => ({ nightAtSix: 1 })],
  ['all hospitals send their night at 6:00', (hospitals) => ({ nightAtSix: hospitals })],
  ['one worker away from 10 to 11', () => ({ workerLostAt: 10 })],
  ['database away for 60 s at 10:30', () => ({ databaseAwaySeconds: 60 })],
];
print();
table([
  'Sent',
  'Hospitals',
  'Trouble',
  'Workers',
  'p95 s',
  'p99 s',
  'Longest s',
  'Longest queue age s',
  'Reports that took over a minute',
]);
const day = (name: SendsName, hospitals: number, servers: Servers, trouble: Trouble) =>
  simulateDay(costs, { hospitals, sends: SENDS[name], servers, seed: SEED, trouble });
for (const name of NAMES) {
  for (const hospitals of SIZES) {
    const spared = withSpares(planOf(name, hospitals).servers);
    for (const [what, troubleOf] of TROUBLES) {
      const result = day(name, hospitals, spared, troubleOf(hospitals));
      row([
        name,
        hospitals,
        what,
        spared.workers,
        seconds(result.p95),
        seconds(result.p99),
        seconds(result.longest),
        seconds(Math.max(...result.queueAge)),
        result.late,
      ]);
    }
  }
}

const at = process.argv.indexOf('--figure');
const file = process.argv[at + 1];
if (at > 0 && file) {
  const panels = SIZES.map((hospitals): Panel => {
    const spared = withSpares(planOf('everything', hospitals).servers);
    const line = (what: string, trouble: Trouble) => ({
      name: what,
      day: day('everything', hospitals, spared, trouble),
    });
    return {
      title: `${hospitals.toLocaleString('en')} hospitals, every chest CT, ${spared.workers} workers`,
      lines: [
        line('a working day', {}),
        line('one worker away, 10 to 11', { workerLostAt: 10 }),
        line('database away for 60 s', { databaseAwaySeconds: 60 }),
      ],
    };
  });
  writeFileSync(file, queueAgeFigure(panels));
}
