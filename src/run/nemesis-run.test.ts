import { expect, test } from 'vitest';
import type { Fault, FaultReport } from '../faults/fault.ts';
import type { NemesisEvent } from '../history/event.ts';
import { NemesisRun } from './nemesis-run.ts';

const CUT: Fault = {
  id: 1,
  kind: 'partition',
  shape: 'one',
  atNs: 1e9,
  forNs: 1e9,
  nodes: ['n1'],
  links: [['n1', 'n2']],
  params: {},
};
const STILL_ON: Partial<FaultReport> = { bitten: false, left: true, error: 'it is still on: busy' };

/** Virtual time, and a system whose faults cannot be undone for the first `stuck` times. */
function lab(stuck: number) {
  let now = 0;
  let timers: { ns: number; fn: () => void }[] = [];
  const undos: number[] = [];
  const base: FaultReport = { id: 1, links: [], nodes: [], counters: {}, bitten: true };
  const system = {
    nowNs: () => now,
    at: (ns: number, fn: () => void) => {
      const timer = { ns, fn };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
    inject: (_: Fault, done: (report: FaultReport) => void) => done(base),
    undo: (_: number, done: (report: FaultReport) => void) => {
      undos.push(now);
      done(undos.length <= stuck ? { ...base, ...STILL_ON } : base);
    },
  };
  const events: string[] = [];
  const recorder = {
    nemesis: (f: string, value: NemesisEvent['value']) => {
      events.push(f);
      return { f, value } as unknown as NemesisEvent;
    },
  };
  let over = 0;
  const run = new NemesisRun({ system, recorder, faults: [CUT], onDone: () => (over = now) });
  return {
    run,
    undos,
    events,
    untilIdle: () => {
      for (let next = timers.shift(); next !== undefined; next = timers.shift()) {
        now = Math.max(now, next.ns);
        next.fn();
      }
      return over;
    },
  };
}

test('a fault that cannot be undone at first is tried again, and is no error once it is gone', () => {
  const { run, undos, events, untilIdle } = lab(2);
  run.start();
  expect(untilIdle()).toBe(3e9);
  expect(undos).toEqual([2e9, 2.5e9, 3e9]);
  expect(events).toEqual(['start partition', 'stop partition']);
  expect(run.records[0]).toMatchObject({ endNs: 2e9, stopNs: 3e9, bitten: true });
  expect(run.records[0]?.error).toBeUndefined();
});

test('one that stays all the same is told, and the run goes on to its end', () => {
  const { run, undos, untilIdle } = lab(100);
  run.start();
  expect(untilIdle()).toBe(4e9);
  expect(undos).toHaveLength(5);
  expect(run.records[0]?.error).toBe('it is still on: busy');
});

test('a run without a system any more begins and undoes nothing', () => {
  for (const begun of [false, true]) {
    const { run, undos, events, untilIdle } = lab(0);
    run.start();
    if (begun) run.stop();
    run.abandon();
    expect(untilIdle()).toBe(0);
    expect(undos).toEqual([]);
    expect(events).toEqual([]);
  }
});
