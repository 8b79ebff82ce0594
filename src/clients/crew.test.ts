import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import type { Fault } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import { openRecorder, type Recorder } from '../history/recorder.ts';
import { Crew, type CrewOptions } from './crew.ts';
import { finalReads, type NotServed } from './final-reads.ts';
import { KeyPool } from './key-pool.ts';
import { MapSystem } from './map-system.case.ts';
import type { Workload } from './workload.ts';

/** Reads, unique writes and compare-and-set. */
const mixed: Workload<{ written: number }> = {
  name: 'mixed',
  needs: ['read', 'write', 'cas'],
  checks: ['linearizable'],
  mix: { read: 2, write: 1, cas: 1 },
  init: () => ({ written: 0 }),
  next(s, { key, random: own, seen }) {
    const f = own.pick(['read', 'read', 'write', 'cas'] as const);
    if (f === 'read') return { f, key, value: null };
    s.written += 1;
    return { f, key, value: f === 'write' ? s.written : [seen ?? null, s.written] };
  },
};

type Overrides = Partial<CrewOptions> & { before?: (system: MapSystem, crew: Crew) => void };

async function runCrew(system: MapSystem, overrides: Overrides = {}) {
  const recorder = await openRecorder({ nowNs: () => system.nowNs() });
  const workload = (overrides.workload ?? mixed) as Workload;
  const ops = overrides.ops ?? 300;
  const keys = new KeyPool({ keys: 4, opsPerKey: 0, distribution: 'uniform' });
  const state = workload.init({ keys: 4, ops, mix: workload.mix, valueBytes: 0 });
  const crew: Crew = new Crew({
    system,
    recorder,
    workload,
    state,
    keys,
    places: 4,
    clients: 5,
    ops,
    pacing: 'max',
    faults: [],
    endNs: 0,
    random: random(1),
    onDone: () => system.finish(),
    ...overrides,
  });
  overrides.before?.(system, crew);
  crew.start();
  await system.run();
  return { recorder, crew, keys, events: recorder.history.events };
}

const invokes = (events: readonly HistoryEvent[]): HistoryEvent[] =>
  events.filter(({ type }) => type === 'invoke');

/** Jepsen's laws of a history: one operation at a time per process, none after `info`. */
function wellFormed(events: readonly HistoryEvent[]): void {
  const open = new Map<unknown, HistoryEvent>();
  const retired = new Set<unknown>();
  let time = 0;
  for (const event of events) {
    expect(event.time).toBeGreaterThanOrEqual(time);
    time = event.time;
    if (event.type === 'invoke') {
      expect(open.has(event.process)).toBe(false);
      expect(retired.has(event.process)).toBe(false);
      open.set(event.process, event);
      continue;
    }
    expect(open.get(event.process)).toMatchObject({ f: event.f, key: event.key });
    open.delete(event.process);
    if (event.type === 'info') retired.add(event.process);
  }
}

test('planned operations are done by their clients, as they are, at their times', async () => {
  const first = await runCrew(new MapSystem({ seed: 5, nodes: 3 }), { ops: 60 });
  const operations = invokes(first.events).map(({ process, time, f, key, value }) => ({
    client: (process as number) % 5,
    atNs: time,
    f,
    key: key as number,
    value,
  }));
  const again = await runCrew(new MapSystem({ seed: 6, nodes: 3 }), {
    ops: operations.length,
    operations,
    workload: { ...mixed, next: () => expect.fail('no generator is asked') } as Workload,
  });
  const told = (events: readonly HistoryEvent[]): string[] =>
    invokes(events)
      .map(({ process, f, key, value }) => JSON.stringify([(process as number) % 5, f, key, value]))
      .toSorted();
  expect(told(again.events)).toEqual(told(first.events));
  const planned = new Map(operations.map((op) => [JSON.stringify([op.f, op.key, op.value]), op]));
  for (const { f, key, value, time } of invokes(again.events))
    expect(time).toBeGreaterThanOrEqual(
      f === 'read' ? 0 : (planned.get(JSON.stringify([f, key, value]))?.atNs as number),
    );
  wellFormed(again.events);
});

describe('a crew in a closed loop', () => {
  test('does exactly the operations it was given, each worker on its node', async () => {
    const { events, crew } = await runCrew(new MapSystem({ seed: 1, nodes: 3 }));
    expect(invokes(events)).toHaveLength(300);
    expect(events).toHaveLength(600);
    expect(crew.invokedCount).toBe(300);
    wellFormed(events);
    for (const event of events) expect(event.node).toBe(`n${((event.process as number) % 3) + 1}`);
  });

  test('a run repeats itself with its seed', async () => {
    const once = await runCrew(new MapSystem({ seed: 4, nodes: 3 }));
    const again = await runCrew(new MapSystem({ seed: 4, nodes: 3 }));
    expect(again.events).toEqual(once.events);
  });

  test('after an unknown outcome a worker goes on as another process; reads fail', async () => {
    const { events } = await runCrew(new MapSystem({ seed: 2, nodes: 3 }), {
      before: (system) => {
        system.at(20e6, () => system.mood('n2', 'silent'));
        system.at(2000e6, () => system.mood('n2', 'serving'));
      },
      ops: 3000,
    });
    wellFormed(events);
    const infos = events.filter(({ type }) => type === 'info');
    expect(infos.length).toBeGreaterThan(0);
    for (const info of infos) {
      expect(info).toMatchObject({ node: 'n2', error: 'timeout' });
      const after = invokes(events).find((e) => e.process === (info.process as number) + 5);
      expect(after?.index).toBeGreaterThan(info.index);
    }
    const timeouts = events.filter((e) => e.type === 'fail' && e.error === 'timeout');
    expect(timeouts.every(({ f }) => f === 'read')).toBe(true);
  });

  test('a client that is refused backs off: 50 ms doubling to 500 ms', async () => {
    const { events } = await runCrew(new MapSystem({ seed: 2, nodes: 1 }), {
      clients: 1,
      before: (system) => {
        system.mood('n1', 'refusing');
        system.at(3e9, () => system.mood('n1', 'serving'));
      },
    });
    const refused = events.filter(({ error }) => error === 'NOTSERVING');
    const waits = refused.map((event) => {
      const next = invokes(events).find(({ index }) => index > event.index) as HistoryEvent;
      return Math.round((next.time - event.time) / 1e6);
    });
    expect(waits.slice(0, 6)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(refused.length).toBeLessThan(10);
  });

  test('stop waits for what is open and invokes nothing more', async () => {
    const { events } = await runCrew(new MapSystem({ seed: 1, nodes: 3 }), {
      ops: 1e6,
      before: (system, crew) => void system.at(50e6, () => crew.stop()),
    });
    const last = invokes(events).at(-1)?.time as number;
    expect(last).toBeLessThanOrEqual(50e6);
    expect(events.at(-1)?.time).toBeGreaterThan(50e6);
    expect(events.length).toBe(2 * invokes(events).length);
  });

  test('a workload that says done ends the run', async () => {
    const five: Workload<{ n: number }> = {
      name: 'five',
      needs: ['read'],
      checks: ['linearizable'],
      mix: {},
      init: () => ({ n: 0 }),
      next: (s, { key }) => (s.n++ < 5 ? { f: 'read', key, value: null } : 'done'),
    };
    const { events } = await runCrew(new MapSystem({ seed: 1, nodes: 3 }), {
      workload: five as Workload,
    });
    expect(invokes(events)).toHaveLength(5);
  });
});

describe('bursts', () => {
  const faults: Fault[] = [1e9, 3e9, 5e9].map((atNs, i) => ({
    id: i + 1,
    kind: 'pause',
    shape: 'one',
    atNs,
    forNs: 0.5e9,
    nodes: ['n2'],
    links: [],
    params: {},
  }));

  test('last as long as the schedule and use up the operations at its end', async () => {
    const options = { pacing: 'bursts', faults, endNs: 6e9, ops: 1000 } as const;
    const { events } = await runCrew(new MapSystem({ seed: 1, nodes: 3 }), options);
    expect(invokes(events)).toHaveLength(1000);
    const last = invokes(events).at(-1)?.time as number;
    expect(last).toBeGreaterThan(4.5e9);
    expect(last).toBeLessThan(6.5e9);
    const idle = events.slice(1).map((event, i) => event.time - (events[i]?.time as number));
    expect(Math.max(...idle)).toBeGreaterThan(50e6);
  });

  test('what a stuck client left over is done by the others after the schedule', async () => {
    const { events } = await runCrew(new MapSystem({ seed: 1, nodes: 3, timeoutMs: 60_000 }), {
      pacing: 'bursts',
      faults,
      endNs: 6e9,
      ops: 600,
      before: (system) => system.mood('n2', 'silent'),
    });
    expect(invokes(events)).toHaveLength(600);
  });
});

test('a flat rate is flat', async () => {
  const { events } = await runCrew(new MapSystem({ seed: 1, nodes: 3 }), {
    pacing: { opsPerSecond: 200 },
    ops: 400,
  });
  const times = invokes(events).map(({ time }) => time);
  expect(times).toHaveLength(400);
  for (let second = 0; second < 2; second++) {
    const count = times.filter((t) => t >= second * 1e9 && t < (second + 1) * 1e9).length;
    expect(count).toBeGreaterThan(190);
    expect(count).toBeLessThan(210);
  }
});

test('at the end every node reads every key as a new process; what is not served is told', async () => {
  const system = new MapSystem({ seed: 1, nodes: 3 });
  const recorder: Recorder = await openRecorder({ nowNs: () => system.nowNs() });
  system.mood('n3', 'refusing');
  const ops = [0, 1].map((key) => ({ f: 'read', key, value: null }) as const);
  const result = await new Promise<readonly NotServed[]>((resolve) => {
    const options = { system, recorder, nodes: system.nodes, ops, firstProcess: 40, untilNs: 2e9 };
    finalReads(options, (notServed) => {
      system.finish();
      resolve(notServed);
    });
    void system.run();
  });
  expect(result).toEqual([
    { node: 'n3', key: 0, error: 'NOTSERVING' },
    { node: 'n3', key: 1, error: 'NOTSERVING' },
  ]);
  const { events } = recorder.history;
  wellFormed(events);
  expect(new Set(events.map(({ process }) => process))).toEqual(new Set([40, 41, 42]));
  const served = events.filter(({ type }) => type === 'ok');
  expect(served).toHaveLength(4);
});
