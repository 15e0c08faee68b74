import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout = 10_000) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
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
      project('contract', 20_000),
      project('conformance', 60_000),
      project('issues', 20_000),
      project('e2e', 120_000),
      project('interop', 180_000),
    ],
  },
});
