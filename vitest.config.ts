import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    // Threads and child processes are not seen: logic is tested as modules, entries stay thin.
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['src/**', 'workloads/**'],
      exclude: [
        '**/*.{test,case,bench}.{ts,tsx}',
        '**/*.{md,txt}',
        'src/{node,cluster}/**/main.ts', // entries of child processes
      ],
      reporter: [['text', { skipFull: true }], 'json-summary'],
      thresholds: {
        'src/{protocols,checkers}/**': { branches: 95 },
        '{src/!(protocols|checkers)/**,workloads/**}': { branches: 85 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,workloads,commands,examples,bin,bench,docs}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.cluster.test.ts', 'node_modules/**', 'dist/**'],
          pool: 'threads',
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['{src,workloads,commands,examples,bin,docs}/**/*.cluster.test.ts'],
          pool: 'forks',
          sequence: { groupOrder: 1 }, // alone on the machine: real processes keep real time
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
