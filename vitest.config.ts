import { defineConfig } from 'vitest/config';
import { postgresBinaries } from './test/support/postgres-server.ts';

const ISOLATED = 'test/**/*.isolated.test.ts';
/** Whole services through many minutes of their lives: `npm run test:long`, and in .ci/run. */
const LONG = 'test/**/*.long.test.ts';
/** Measures, so that nothing may run beside it: after all others. */
const SOAK = 'test/faults/soak.test.ts';

/** Starts Debian's PostgreSQL where it is installed; without it the suites that want it say so and are skipped. */
const WITH_POSTGRES = './test/support/postgres-server.ts';

/** What runs on SQLite with the rest, and once more on PostgreSQL. */
const ON_EITHER = [
  'test/contract/{health-samples,notify}.test.ts',
  'test/unit/catalogue/**/*.test.ts',
  'test/unit/pipeline/**/*.test.ts',
  'test/unit/startup/live-*.test.ts',
  'test/unit/users/login-*.test.ts',
  'test/e2e/**/*.test.ts',
];

/** Of the long ones, those that ask most of a catalogue, and start no process of their own, which would be on SQLite. */
const LONG_ON_EITHER = [
  'test/e2e/{orders,patient-merge,priors,history-from-pacs,configuration-while-it-runs,shadow-model,report-choices}.long.test.ts',
];

/** So long is waited at most for what comes by itself: shorter than the shortest test may take. */
const expecting = { poll: { timeout: 8000 } };

/** Test files of one worker share their modules, whose loading would take longer than the tests; those that mock one do not. */
const project = (name: string, testTimeout = 10_000) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    exclude: [ISOLATED, LONG],
    isolate: false,
    expect: expecting,
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
      { test: { ...project('contract', 20_000).test, globalSetup: WITH_POSTGRES } },
      project('conformance', 60_000),
      project('issues', 20_000),
      project('e2e', 120_000),
      { test: { name: 'long', include: [LONG], testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'postgres',
          include: ['test/postgres/**/*.test.ts', ...(postgresBinaries() ? ON_EITHER : [])],
          // What knows no catalogue is as it was.
          exclude: [ISOLATED, LONG, 'test/e2e/{dimse,dicomweb}-*.test.ts'],
          isolate: false,
          env: { EARSHOT_TEST_DATABASE: 'postgres' },
          globalSetup: WITH_POSTGRES,
          expect: expecting,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'postgres-long',
          include: postgresBinaries() ? LONG_ON_EITHER : [],
          env: { EARSHOT_TEST_DATABASE: 'postgres' },
          globalSetup: WITH_POSTGRES,
          expect: expecting,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...project('faults', 120_000).test,
          exclude: [ISOLATED, LONG, SOAK],
          globalSetup: WITH_POSTGRES,
        },
      },
      {
        test: {
          name: 'soak',
          include: [SOAK],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: WITH_POSTGRES,
          sequence: { groupOrder: 1 },
        },
      },
      project('interop', 180_000),
      project('browser', 120_000),
    ],
  },
});
