/** What was measured, as Markdown. */
import { type Costs, type Measured, STAGES, type Workers } from './costs.ts';

const GOAL = 1.8;

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
export const table = (heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(row)].join('\n');

/** `median (low to high)`, times `scale`. */
function shown({ median, low, high, n }: Measured, scale = 1, digits = 2): string {
  const text = (value: number): string => (value * scale).toFixed(digits);
  const isOne = n === 1 || text(low) === text(high);
  return isOne ? text(median) : `${text(median)} (${text(low)} to ${text(high)})`;
}

const MIB = 2 ** -20;

function about({ machine, study }: Costs): string {
  const [before, after] = machine.load.map((each) => each.toFixed(2));
  return [
    `${machine.date}: ${machine.processor}, ${machine.cores} cores, Node ${machine.node}, PostgreSQL ${machine.postgres}, load ${before} before`,
    `and ${after} after. ${study.cases} cases of two time points of ${study.slices} slices of ${study.columns}x${study.rows}, each with an RTSTRUCT.`,
    'Each figure is a median, with its 95 % interval behind it (the extremes where fewer than six are behind it).',
  ].join('\n');
}

const receiving = ({ receive, study }: Costs): string =>
  table(
    ['Receiving an instance', ''],
    [
      ['CPU, ms', shown(receive.cpuSeconds, 1000)],
      [
        'of these for the instance, and for each MiB',
        `${(receive.cpuSecondsPerInstance * 1000).toFixed(2)}, and ${(receive.cpuSecondsPerMiB * 1000).toFixed(2)}`,
      ],
      ['CPU of PostgreSQL, ms', shown(receive.databaseCpuSeconds, 1000)],
      ['statements', shown(receive.statements)],
      ['transactions', shown(receive.transactions)],
      [
        'bytes over the wire and on disk',
        shown({ ...receive.cpuSeconds, median: study.fileBytes, n: 1 }, 1, 0),
      ],
      ['bytes of the database', shown(receive.databaseBytes, 1, 0)],
      ['bytes of its write-ahead log', shown(receive.walBytes, 1, 0)],
      ['instances a second, one association', shown(receive.perSecond, 1, 0)],
    ],
  );

const steps = ({ stages }: Costs): string =>
  table(
    [
      'Job',
      'CPU s',
      'of these main thread',
      'CPU s of PostgreSQL',
      'Statements',
      'Transactions',
      'Seconds',
      'MiB read',
      'MiB written',
      'n',
    ],
    STAGES.map((name) => {
      const stage = stages[name];
      return [
        name,
        shown(stage.cpuSeconds, 1, 3),
        shown(stage.mainCpuSeconds, 1, 3),
        shown(stage.databaseCpuSeconds, 1, 4),
        shown(stage.statements, 1, 0),
        shown(stage.transactions, 1, 0),
        shown(stage.seconds, 1, 3),
        shown(stage.readBytes, MIB, 1),
        shown(stage.writtenBytes, MIB, 2),
        stage.cpuSeconds.n,
      ];
    }),
  );

function besides(costs: Costs): string {
  const { job, disk } = costs;
  const written = disk.map(
    ({ parallel, filesPerSecond }) => `${filesPerSecond.toFixed(0)} by ${parallel} at once`,
  );
  return [
    `- Deliveries of a case: ${costs.deliveries}. Database of a case without its instances: ${shown(costs.caseDatabaseBytes, 1 / 1024, 0)} KiB, its write-ahead log ${shown(costs.caseWalBytes, 1 / 1024, 0)} KiB.`,
    `- The queue, for a job put, taken and ended: ${shown(job.cpuSeconds, 1000)} ms of CPU, ${shown(job.databaseCpuSeconds, 1000)} ms of PostgreSQL's, ${shown(job.statements)} statements, ${shown(job.transactions)} transactions.`,
    `- The disk alone, files of an instance written and synced a second: ${written.join(', ')}.`,
  ].join('\n');
}

const resting = ({ idle }: Costs): string =>
  table(
    ['Process at rest', 'CPU, % of a core', 'of PostgreSQL', 'Statements a second', 'Connections'],
    Object.entries(idle).map(([role, each]) => [
      role,
      (100 * each.cpu).toFixed(1),
      (100 * each.databaseCpu).toFixed(1),
      each.statementsPerSecond.toFixed(1),
      each.connections,
    ]),
  );

const ofServer = ({ capacity }: Costs): string =>
  table(
    ['Connections at once', 'Transactions a second, of arrivals', 'CPU ms of PostgreSQL, each'],
    capacity.map((each) => [
      each.connections,
      each.transactionsPerSecond.toFixed(0),
      (1000 * each.databaseCpuSeconds).toFixed(2),
    ]),
  );

function workersRow(name: string, { ratio, one, two, busy, jobs }: Workers): (string | number)[] {
  const share = (of: Workers['busy']['one']): string =>
    [of.workers, of.database, of.archive].map((each) => `${(100 * each).toFixed(0)} %`).join(', ');
  return [name, jobs, shown(ratio), shown(one), shown(two), share(busy.one), share(busy.two), ratio.n];
}

function comparison({ workers }: Costs): string {
  const { median } = workers.extraction.ratio;
  return [
    table(
      [
        'Two workers over one, queue filled beforehand',
        'Jobs',
        'Ratio',
        'Jobs a second: one',
        'two',
        'Both cores busy with workers, PostgreSQL, PACS: one',
        'two',
        'Pairs',
      ],
      [workersRow('extraction', workers.extraction), workersRow('end to end', workers.endToEnd)],
    ),
    '',
    `Goal for extraction, at least ${GOAL} times: ${median >= GOAL ? 'met' : '**missed**'}.`,
  ].join('\n');
}

/** Everything that was measured. */
export const costTables = (costs: Costs): string =>
  [
    about(costs),
    receiving(costs),
    steps(costs),
    besides(costs),
    resting(costs),
    ofServer(costs),
    comparison(costs),
  ].join('\n\n');
