import { defineConfig } from 'vitest/config';

const ISOLATED = 'test/**/*.isolated.test.ts';
/** Whole services through many minutes of their lives: `npm run test:long`, and in .ci/run. */
const LONG = 'test/**/*.long.test.ts';

/** Test files of one worker share their modules, whose loading would take longer than the tests; those that mock one do not. */
const project = (name: string, testTimeout = 10_000) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    exclude: [ISOLATED, LONG],
    isolate: false,
    testTimeout,
    hookTimeout: Math.max(testTimeout, 30_000),
  },
});

export default defineConfig({
  test: {
    // Two cores: test files start servers and worker threads of their own.
    maxWorkers: 2,
    projects: [
      project('unit'),
      { test: { name: 'isolated', include: [ISOLATED] } },
      project('contract', 20_000),
      project('conformance', 60_000),
      project('issues', 20_000),
      project('e2e', 120_000),
      { test: { name: 'long', include: [LONG], testTimeout: 120_000, hookTimeout: 120_000 } },
      project('interop', 180_000),
      project('browser', 120_000),
    ],
  },
});
