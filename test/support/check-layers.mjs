// Runs dependency-cruiser and fails when a wall is crossed, and also when suspiciously few modules were seen:
// a guard that cruised nothing is green and guards nothing.
import { execFileSync } from 'node:child_process';

const fewest = 40;
const cruise = () => {
  const args = ['depcruise', 'src', 'adapters', 'test', '--no-progress', '--output-type', 'json'];
  try {
    return execFileSync('npx', args, { maxBuffer: 1 << 28 });
  } catch (failed) {
    return failed.stdout;
  }
};
const { summary } = JSON.parse(String(cruise()));
for (const violation of summary.violations) {
  process.stderr.write(`${violation.rule.name}: ${violation.from} -> ${violation.to}\n`);
}
if (summary.totalCruised < fewest || summary.error > 0) {
  process.stderr.write(`cruised ${summary.totalCruised} modules, ${summary.error} errors\n`);
  process.exit(1);
}
process.stdout.write(
  `layers hold: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies\n`,
);
