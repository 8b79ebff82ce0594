import { expect, test } from 'vitest';
import { figureInput } from './run.case.ts';
import { runSeries } from './run-series.ts';

const { history, samples } = figureInput();

test('answers are counted by step and node, up to the moment when all was healed', () => {
  const series = runSeries(history, samples);
  expect(series.endNs).toBe(3e9);
  expect(series.stepNs).toBe(100e6);
  expect(series.total).toHaveLength(30);
  expect(series.total.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(series.total.slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 100));
  // A compare-and-set that met another value was answered too.
  expect(series.byNode.get('n1')?.at(-1)).toBe(110);
  expect(series.byNode.get('n2')?.slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 0));
});

test('faults end when they are told to; views count once, outages by node', () => {
  const { faults, views, outages } = runSeries(history, samples);
  const times = { fromNs: 1e9, toNs: 1.8e9 };
  const did = { counters: { killed: 1 }, bitten: undefined };
  expect(faults).toEqual([{ id: 1, kind: 'kill', text: 'kill one {n2}', ...times, ...did }]);
  expect(views).toEqual([
    { atNs: 0, epoch: 1 },
    { atNs: 1.2e9, epoch: 2 },
    { atNs: 1.9e9, epoch: 3 },
  ]);
  expect(outages).toEqual([{ node: 'n2', state: 'silent', fromNs: 1.05e9, toNs: 2e9 }]);
});

test('a fault that never ended lasts to the end; a long run has longer steps', () => {
  const cut = { ...history, nemesis: history.nemesis.slice(0, 1) };
  expect(runSeries(cut, samples).faults[0]?.toNs).toBe(3e9);
  const long = [...samples.slice(0, 9), { time: 600e9, type: 'phase', phase: 'rejoining' }];
  const series = runSeries(history, long);
  expect(series.stepNs).toBe(700e6);
  expect(series.total.length * series.stepNs).toBeGreaterThanOrEqual(series.endNs);
});

test('a short run has short steps: rates are what they were', () => {
  const events = history.events.slice(0, 20).map((event, i) => ({ ...event, time: i * 1e3 }));
  const series = runSeries({ header: { hermes: 1 }, events, nemesis: [] }, []);
  expect(series.stepNs).toBe(2000);
  expect(series.total.reduce((sum, rate) => sum + (rate * series.stepNs) / 1e9, 0)).toBeCloseTo(19);
});

test('a history alone makes a picture too', () => {
  const bare = { header: { hermes: 1 } as const, events: history.events, nemesis: [] };
  const series = runSeries(bare, []);
  expect(series.nodes).toEqual(['n1', 'n2']);
  expect(series.endNs).toBe(3.2e9);
  expect([series.views, series.outages, series.faults]).toEqual([[], [], []]);
  expect(runSeries({ ...bare, events: [] }, []).total).toEqual([0]);
});
