import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../history/event.ts';
import { latencies } from './latencies.ts';
import { operationsOf } from './operations.ts';

const GRID = { columns: 100, rows: 40 };

function events(count: number, ms: (i: number) => number, type = 'ok'): HistoryEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const of = { process: i, f: 'read', key: 1, value: null } as const;
    const time = i * 1e6;
    return [
      { ...of, index: 2 * i, type: 'invoke', time },
      { ...of, index: 2 * i + 1, type, time: time + ms(i) * 1e6 },
    ] as HistoryEvent[];
  }).flat();
}

test('quantiles by step, bounds in powers of ten', () => {
  const all = operationsOf({ events: events(1200, (i) => (i % 10 === 0 ? 50 : 2)) });
  const drawn = latencies(all, 1200e6, GRID);
  expect([drawn.fromMs, drawn.toMs, drawn.operations]).toEqual([1, 100, 1200]);
  expect(new Set(drawn.p50Ms)).toEqual(new Set([2]));
  expect(new Set(drawn.p99Ms)).toEqual(new Set([50]));
});

test('no more dots than cells, whatever the number of operations; outcomes apart', () => {
  const all = operationsOf({ events: events(50_000, (i) => 1 + (i % 97)) });
  const drawn = latencies(all, 50e9, GRID);
  expect(drawn.dots).toBeLessThanOrEqual(4000);
  expect(drawn.cells.get('ok')).toHaveLength(drawn.dots);
  const failed = latencies(operationsOf({ events: events(3, () => 1, 'info') }), 3e6, GRID);
  expect([...failed.cells.keys()]).toEqual(['info']);
  expect(new Set(failed.p50Ms)).toEqual(new Set([null]));
});

test('nothing at all, and what never ended', () => {
  expect(latencies([], 1, GRID)).toMatchObject({ operations: 0, dots: 0, fromMs: 1, toMs: 10 });
  const open = operationsOf({ events: events(3, () => 1).filter(({ type }) => type === 'invoke') });
  expect(latencies(open, 3e6, GRID).operations).toBe(0);
});
