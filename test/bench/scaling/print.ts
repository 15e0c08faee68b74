import { type Costs, type Measured, STAGES, type Workers } from '../../simulation/costs.ts';

const GOAL = 1.8;
const print = (line: string) => process.stdout.write(`${line}\n`);

/** `median (low to high)`, times `scale`. */
const shown = ({ median, low, high, n }: Measured, scale = 1, digits = 2): string => {
  const text = (value: number): string => (value * scale).toFixed(digits);
  return n === 1 ? text(median) : `${text(median)} (${text(low)} to ${text(high)})`;
};

/** Everything that was measured, as tables in Markdown. */
export function printCosts(costs: Costs): void {
  const { machine, study, receive, stages, job, idle, capacity, workers } = costs;
  print(
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, PostgreSQL ${machine.postgres}, ${machine.date}; load ${machine.load.map((each) => each.toFixed(2)).join(' before, ')} after`,
  );
  print(
    `${study.cases} cases of 2 x ${study.slices} slices of ${study.columns}x${study.rows}; median (95 % interval, extremes where fewer than 6)`,
  );
  print('');
  print('| Of an instance received | |');
  print('|---|---|');
  print(`| CPU ms | ${shown(receive.cpuSeconds, 1000)} |`);
  print(
    `| of these for the instance, per MiB | ${(receive.cpuSecondsPerInstance * 1000).toFixed(2)}, ${(receive.cpuSecondsPerMiB * 1000).toFixed(2)} |`,
  );
  print(`| CPU ms of PostgreSQL | ${shown(receive.databaseCpuSeconds, 1000)} |`);
  print(`| statements | ${shown(receive.statements)} |`);
  print(`| transactions | ${shown(receive.transactions)} |`);
  print(`| bytes of the file | ${study.fileBytes.toFixed(0)} |`);
  print(`| bytes of the database | ${shown(receive.databaseBytes, 1, 0)} |`);
  print(`| bytes of its log (WAL) | ${shown(receive.walBytes, 1, 0)} |`);
  print(`| instances a second, one association | ${shown(receive.perSecond, 1, 0)} |`);
  print('');
  print(
    '| Step | CPU s | CPU s of PostgreSQL | Statements | Transactions | Seconds | MiB read | MiB written | n |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  for (const name of STAGES) {
    const stage = stages[name];
    const cells = [
      name,
      shown(stage.cpuSeconds, 1, 3),
      shown(stage.databaseCpuSeconds, 1, 4),
      shown(stage.statements, 1, 0),
      shown(stage.transactions, 1, 0),
      shown(stage.seconds, 1, 3),
      shown(stage.readBytes, 2 ** -20, 1),
      shown(stage.writtenBytes, 2 ** -20, 2),
      stage.cpuSeconds.n,
    ];
    print(`| ${cells.join(' | ')} |`);
  }
  print('');
  print(
    `Deliveries of a case: ${costs.deliveries}. Database of a case, without its instances: ${shown(costs.caseDatabaseBytes, 1 / 1024, 0)} KiB, log ${shown(costs.caseWalBytes, 1 / 1024, 0)} KiB.`,
  );
  print(
    `Queue, a job put, taken and ended: CPU ms ${shown(job.cpuSeconds, 1000)}, of PostgreSQL ${shown(job.databaseCpuSeconds, 1000)}, statements ${shown(job.statements)}, transactions ${shown(job.transactions)}.`,
  );
  print('');
  print('| Process at rest | CPU, % of a core | of PostgreSQL | Statements a second | Connections |');
  print('|---|---|---|---|---|');
  for (const [role, each] of Object.entries(idle))
    print(
      `| ${role} | ${(100 * each.cpu).toFixed(1)} | ${(100 * each.databaseCpu).toFixed(1)} | ${each.statementsPerSecond.toFixed(1)} | ${each.connections} |`,
    );
  print('');
  print('| Connections | Transactions a second, of an arrival | CPU ms of PostgreSQL each |');
  print('|---|---|---|');
  for (const each of capacity)
    print(
      `| ${each.connections} | ${each.transactionsPerSecond.toFixed(0)} | ${(1000 * each.databaseCpuSeconds).toFixed(2)} |`,
    );
  print('');
  const written = costs.disk.map(
    ({ parallel, filesPerSecond }) => `${filesPerSecond.toFixed(0)} by ${parallel}`,
  );
  print(`The disk alone, files of an instance written and synced a second: ${written.join(', ')} at once.`);
  print('');
  print(
    '| Two workers over one, queue filled beforehand | Ratio | Jobs a second, one | two | Busy, one: workers, database, PACS | two | Pairs |',
  );
  print('|---|---|---|---|---|---|---|');
  printWorkers('extraction', workers.extraction);
  printWorkers('end to end', workers.endToEnd);
  const { median } = workers.extraction.ratio;
  print(`goal: extraction at least ${GOAL} times: ${median >= GOAL ? 'met' : 'MISSED'}`);
}

function printWorkers(name: string, { ratio, one, two, busy, jobs }: Workers): void {
  const share = (of: Workers['busy']['one']): string =>
    [of.workers, of.database, of.archive].map((each) => `${(100 * each).toFixed(0)} %`).join(', ');
  print(
    `| ${name}, ${jobs} jobs | ${shown(ratio)} | ${shown(one)} | ${shown(two)} | ${share(busy.one)} | ${share(busy.two)} | ${ratio.n} |`,
  );
}
