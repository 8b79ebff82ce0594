import { expect, test } from 'vitest';
import { soakKinds, soakMarkdown, type SoakRow } from './soak-table.ts';

const fault = (
  kind: 'kill' | 'pause',
  shape: string,
  recoveryMs: number | null,
  more: Partial<SoakRow['faults'][number]> = {},
): SoakRow['faults'][number] => ({
  kind,
  shape,
  startMs: 1,
  bitten: true,
  gapMs: recoveryMs === null ? null : recoveryMs / 2,
  recoveryMs,
  ...more,
});

const row = (seed: number, more: Partial<SoakRow>): SoakRow => ({
  name: '5 nodes',
  seed,
  good: true,
  valid: true,
  why: '',
  ops: 1500,
  seconds: 30,
  viewChanges: 4,
  faults: [],
  skipped: [],
  ...more,
});

const ROWS = [
  row(1, {
    faults: [
      fault('kill', 'one', 400),
      fault('pause', 'all', 10),
      fault('kill', 'majority', null, { bitten: false }),
      fault('kill', 'one', null, { startMs: null }),
    ],
    skipped: [{ kind: 'loss', reason: 'no packets' }],
  }),
  row(2, {
    faults: [fault('kill', 'one', 1200), fault('kill', 'one', 600)],
    good: false,
    valid: 'unknown',
    why: 'lost: a | b',
  }),
];

test('faults are summed up by kind, over all runs, without those that were never begun', () => {
  expect(soakKinds(ROWS)).toEqual([
    {
      kind: 'kill',
      applied: 4,
      bitten: 3,
      recoveryMedianMs: 600,
      recoveryWorstMs: 1200,
      gapMedianMs: 300,
      gapWorstMs: 600,
      shapes: { majority: 1, one: 3 },
    },
    {
      kind: 'pause',
      applied: 1,
      bitten: 1,
      recoveryMedianMs: 10,
      recoveryWorstMs: 10,
      gapMedianMs: 5,
      gapWorstMs: 5,
      shapes: { all: 1 },
    },
  ]);
});

test('the table names every run, what it showed, and what could not be done here', () => {
  const text = soakMarkdown('All faults', ROWS);
  expect(text).toContain('2 runs, 3,000 operations, 1.0 minutes: 1 not as they must be (seed 2).');
  expect(text).toContain(
    '| kill | 4 | 3 | 300 ms | 600 ms | 600 ms | 1.20 s | majority 1, one 3 |',
  );
  expect(text).toContain('Not here: loss (no packets).');
  expect(text).toContain('| 5 nodes | 1 | valid | 1,500 | 3 | 4 | 30.0 s |  |');
  expect(text).toContain('| 5 nodes | 2 | unknown | 1,500 | 2 | 4 | 30.0 s | lost: a / b |');
  expect(soakMarkdown('None', [])).toContain('0 runs, 0 operations, 0.0 minutes: all as');
});
