import { defineConfig } from 'vitest/config';

const ISOLATED = 'test/**/*.isolated.test.ts';

/** Test files of one worker share their modules, whose loading would take longer than the tests; those that mock one do not. */
const project = (name: string, testTimeout = 10_000) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    exclude: [ISOLATED],
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
      project('interop', 180_000),
    ],
  },
});
