import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    coverage: {
      provider: 'v8',
      include: ['src/**', 'commands/**', 'workloads/**'],
      exclude: ['**/*.test.ts', '**/*.test.tsx', '**/*.case.ts'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,workloads,commands,examples,bin}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.cluster.test.ts', 'node_modules/**', 'dist/**'],
          pool: 'threads',
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['{src,workloads,commands,examples,bin,docs}/**/*.cluster.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
