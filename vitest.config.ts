import { defineConfig } from 'vitest/config';
import { BUNDLED } from './bin/bundled.js';

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    // Child processes are counted too: they run the sources (started by a test) or the build (started by
    // the start script), which is mapped back for the rooms that live in such processes alone; elsewhere the
    // two mappings of one file would differ and count some branches twice. Threads, and what SIGKILL ends,
    // are not seen.
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      autoAttachSubprocess: true,
      include: [
        '{src,commands,workloads}/**',
        'dist/{commands,src/{cluster,run,report,tui}}/**/*.js',
      ],
      exclude: [
        '**/*.{test,case,bench}.{ts,tsx}',
        '**/*.{md,txt,d.ts}',
        ...BUNDLED.map((file) => `dist/${file}.js`),
      ],
      excludeAfterRemap: true,
      reporter: [['text', { skipFull: true }], 'json-summary'],
      thresholds: {
        'src/{protocols,checkers}/**': { branches: 93 },
        '{src/!(protocols|checkers)/**,commands/**,workloads/**}': { branches: 84 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,workloads,commands,examples,bin,bench,docs}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.cluster.test.ts', 'node_modules/**', 'dist/**'],
          // Not threads: some tests end threads of their own in the midst of things, and now and then that
          // takes the thread above down with them, and all of the run.
          pool: 'forks',
          setupFiles: ['bin/unit-setup.js'],
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
