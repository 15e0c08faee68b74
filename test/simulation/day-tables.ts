/** What the simulation says, as Markdown. */
import { table } from './cost-tables.ts';
import type { Costs } from './costs.ts';
import { SENDS, type SendsName } from './day.ts';
import { type Panel, slowestReportFigure } from './figure.ts';
import { type Day, type Servers, simulateDay, type Trouble } from './model.ts';
import { GOALS, limits, loadOf, meanOf, type Plan, plan, usedOf, withSpares } from './plan.ts';

const SIZES = [10, 100, 1000] as const;
const NAMES = Object.keys(SENDS) as SendsName[];
/** Days that no plan was made with. */
const SEEDS = [11, 12, 13] as const;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const seconds = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const soon = ({ days, isMet }: Plan): string =>
  `${seconds(meanOf(days, ({ p95 }) => p95))}${isMet ? '' : ' **missed**'}`;

/** Every size with everything that is sent. */
const each = <T>(of: (name: SendsName, hospitals: number) => T): T[] =>
  NAMES.flatMap((name) => SIZES.map((hospitals) => of(name, hospitals)));

type Plans = (name: SendsName, hospitals: number) => Plan;

const needs = (plans: Plans): string =>
  [
    table(
      [
        'Sent',
        'Hospitals',
        'Studies a day',
        'Reports',
        'Receivers',
        'Workers',
        'Database cores',
        'Connections, at most',
        'p50 s',
        'p95 s',
        'p99 s',
        'Wait p99 s',
        'Busy: receivers, workers, database',
      ],
      each((name, hospitals) => {
        const made = plans(name, hospitals);
        const { servers, connections, days } = made;
        const busy = (['receivers', 'workers', 'database'] as const).map((part) =>
          percent(meanOf(days, (day) => day.busy[part])),
        );
        return [
          name,
          hospitals,
          meanOf(days, (day) => day.studies).toFixed(0),
          meanOf(days, (day) => day.reports).toFixed(0),
          servers.receivers,
          servers.workers,
          servers.databaseCores,
          connections,
          seconds(meanOf(days, ({ p50 }) => p50)),
          soon(made),
          seconds(meanOf(days, ({ p99 }) => p99)),
          seconds(meanOf(days, ({ waitP99 }) => waitP99)),
          busy.join(', '),
        ];
      }),
    ),
    '',
    `Goals: p95 at most ${GOALS.p95} s, wait p99 at most ${GOALS.waitP99} s; means of three seeded days; busy in the busiest hour.`,
  ].join('\n');

const carried = (costs: Costs): string =>
  NAMES.map((name) =>
    table(
      [`One unit, used to the full; ${name}`, 'Hospitals', 'One hospital asks, in the busiest hour'],
      limits(costs, SENDS[name]).map(({ what, hospitals, load }) => [what, hospitals.toFixed(0), load]),
    ),
  ).join('\n\n');

/** Of the smallest installation: which part is the first to be full. */
const bottlenecks = (costs: Costs): string =>
  table(
    ['Sent', 'Hospitals', 'Fullest part of the smallest installation', 'Then'],
    each((name, hospitals) => {
      const used = usedOf(costs, SENDS[name], hospitals);
      const [first, ...then] = used.map(({ what, share }) => `${what} ${percent(share)}`);
      return [name, hospitals, first ?? '', then.slice(0, 3).join('; ')];
    }),
  );

const volumes = (costs: Costs): string =>
  table(
    [
      'Sent',
      'Hospitals',
      'GB a day',
      'TB in 250 days',
      'MB/s in, busiest hour',
      'MB/s out',
      'Database, GB in 250 days',
    ],
    each((name, hospitals) => {
      const load = loadOf(costs, SENDS[name]);
      return [
        name,
        hospitals,
        ((hospitals * load.bytesPerDay) / 1e9).toFixed(1),
        ((hospitals * load.bytesPerDay * 250) / 1e12).toFixed(1),
        ((hospitals * load.writtenBytesPerSecond) / 1e6).toFixed(1),
        ((hospitals * load.readBytesPerSecond) / 1e6).toFixed(1),
        ((hospitals * load.databaseBytesPerDay * 250) / 1e9).toFixed(1),
      ];
    }),
  );

const otherCosts = (costs: Costs): string =>
  table(
    ['Sent', 'Hospitals', 'Costs', 'Receivers', 'Workers', 'Database cores', 'p95 s'],
    each((name, hospitals) =>
      [0.5, 2].map((costFactor) => {
        const made = plan(costs, hospitals, SENDS[name], { trouble: { costFactor } });
        const { receivers, workers, databaseCores } = made.servers;
        const what = costFactor < 1 ? 'half' : 'twice';
        return [name, hospitals, what, receivers, workers, databaseCores, soon(made)];
      }),
    ).flat(),
  );

const TROUBLES: readonly (readonly [string, (hospitals: number) => Trouble])[] = [
  ['none', () => ({})],
  ['one hospital sends its night at 6:00', () => ({ nightAtSix: 1 })],
  ['all send their night at 6:00', (hospitals) => ({ nightAtSix: hospitals })],
  ['one worker away from 10:00 to 11:00', () => ({ workerLostAt: 10 })],
  ['database away for 60 s at 10:30', () => ({ databaseAwaySeconds: 60 })],
];

const daysOf = (
  costs: Costs,
  name: SendsName,
  { hospitals, servers, trouble }: { hospitals: number; servers: Servers; trouble: Trouble },
): Day[] =>
  SEEDS.map((seed) => simulateDay(costs, { hospitals, sends: SENDS[name], servers, seed, trouble }));

const troubles = (costs: Costs, plans: Plans): string =>
  table(
    [
      'Sent',
      'Hospitals',
      'Trouble',
      'Workers, one to spare',
      'p95 s',
      'p99 s',
      'Longest s',
      'Oldest job s',
      'Reports that took over a minute',
    ],
    each((name, hospitals) => {
      const servers = withSpares(plans(name, hospitals).servers);
      return TROUBLES.map(([what, troubleOf]) => {
        const days = daysOf(costs, name, { hospitals, servers, trouble: troubleOf(hospitals) });
        return [
          name,
          hospitals,
          what,
          servers.workers,
          seconds(meanOf(days, ({ p95 }) => p95)),
          seconds(meanOf(days, ({ p99 }) => p99)),
          seconds(Math.max(...days.map(({ longest }) => longest))),
          seconds(Math.max(...days.flatMap(({ queueAge }) => queueAge))),
          meanOf(days, ({ late }) => late).toFixed(1),
        ];
      });
    }).flat(),
  );

export type Simulated = Readonly<{ tables: string; figure: string }>;

/** Everything that is computed, and the figure. */
export function simulated(costs: Costs): Simulated {
  const made = new Map<string, Plan>();
  const plans: Plans = (name, hospitals) => {
    const key = `${name} ${hospitals}`;
    const found = made.get(key) ?? plan(costs, hospitals, SENDS[name]);
    made.set(key, found);
    return found;
  };
  const panels = SIZES.map((hospitals): Panel => {
    const servers = withSpares(plans('masked', hospitals).servers);
    const line = (name: string, trouble: Trouble) => ({
      name,
      day: daysOf(costs, 'masked', { hospitals, servers, trouble })[0],
    });
    return {
      title: `${hospitals.toLocaleString('en')} hospitals, every chest CT scored, ${servers.workers} workers`,
      lines: [
        line('a working day', {}),
        line('all send their night at 6:00', { nightAtSix: hospitals }),
        line('database away for 60 s, 10:30', { databaseAwaySeconds: 60 }),
        line('one worker away, 10:00 to 11:00', { workerLostAt: 10 }),
      ],
    };
  });
  const tables = [
    needs(plans),
    bottlenecks(costs),
    carried(costs),
    volumes(costs),
    otherCosts(costs),
    troubles(costs, plans),
  ];
  return { tables: tables.join('\n\n'), figure: slowestReportFigure(panels) };
}
