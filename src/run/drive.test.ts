import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { Follower } from '../checkers/online/follower.ts';
import { MapSystem, type MapOptions } from '../clients/map-system.case.ts';
import type { Workload } from '../clients/workload.ts';
import { makeSchedule } from '../faults/fault-schedule.ts';
import { parseNemesis } from '../faults/nemesis.ts';
import { openRecorder } from '../history/recorder.ts';
import rmw from '../../workloads/rmw.ts';
import { Drive, type DriveOptions, type Progress } from './drive.ts';
import type { Plan } from './plan.ts';
import { RunClock } from './run-clock.ts';
import { measureService } from './service.ts';

const ABLE = new MapSystem({ seed: 0, nodes: 1 }).capabilities;

function planOf(overrides: Partial<Plan> = {}): Plan {
  const nodes = ['n1', 'n2', 'n3'];
  return {
    format: 'hermes-plan/1',
    version: '0',
    commit: '',
    seed: 1,
    protocol: 'hermes',
    bugs: [],
    system: 'map',
    runtime: 'map',
    nodes,
    options: {},
    timing: { scale: 1 },
    workload: {
      name: 'rmw',
      keys: 5,
      opsPerKey: 0,
      distribution: 'uniform',
      mix: rmw.mix,
      valueBytes: 0,
    },
    clients: { count: 5, timeoutMs: 1500, pacing: 'max' },
    ops: 400,
    timeLimitMs: 60_000,
    nemesis: [],
    faults: [],
    skipped: [],
    final: { rejoinMs: 2000, timeoutMs: 3000 },
    ...overrides,
  };
}

function withFaults(nemesis: string): Partial<Plan> {
  const options = { durationNs: undefined, intervalNs: undefined };
  const mix = parseNemesis([nemesis]);
  const { faults } = makeSchedule(random(1), mix, ['n1', 'n2', 'n3'], ABLE, options);
  return { faults, clients: { count: 5, timeoutMs: 1500, pacing: 'bursts' } };
}

async function driveMap(
  plan: Plan,
  map: Partial<MapOptions> = {},
  before?: (system: MapSystem, drive: Drive) => void,
  more: Pick<DriveOptions, 'follower' | 'stopOnViolation'> = {},
  tamper?: (system: MapSystem) => void,
) {
  const system = new MapSystem({ seed: plan.seed, nodes: 3, ...map });
  tamper?.(system);
  const clock = new RunClock(system);
  const recorder = await openRecorder({ nowNs: () => clock.nowNs() });
  const samples: Record<string, unknown>[] = [];
  const looks: (() => Progress)[] = [];
  const drive = new Drive({
    plan,
    system,
    workload: rmw as Workload,
    clock,
    recorder,
    sample: (line) => samples.push(line),
    onProgress: (look) => looks.push(look),
    ...more,
  });
  before?.(system, drive);
  const driven = await drive.run();
  return { system, driven, samples, history: recorder.history, looks };
}

describe('a run without faults', () => {
  test('does its operations, reads every key on every node, looks at every replica', async () => {
    const { driven, history, samples, looks } = await driveMap(planOf());
    const invokes = history.events.filter(({ type }) => type === 'invoke');
    expect(invokes).toHaveLength(400 + 5 * 3);
    expect(driven.tally.invoked).toBe(400);
    expect(driven.notServed).toEqual([]);
    expect(history.final).toHaveLength(5 * 3);
    expect(history.final?.every(({ type }) => type === 'ok')).toBe(true);
    expect(samples.filter(({ type }) => type === 'status').length).toBeGreaterThan(3);
    expect(looks[0]?.().phase).toBe('done');
    expect(driven.interrupted).toBe(false);
  });
});

describe('a run that is followed', () => {
  /** From some operation on reads find nothing. */
  const forget = (system: MapSystem): void => {
    let reads = 0;
    const open = system.session.bind(system);
    system.session = (node) => {
      const session = open(node);
      const submit = session.submit.bind(session);
      session.submit = (op, done) =>
        submit(op, (outcome) =>
          done(op.f === 'read' && ++reads > 60 ? { type: 'ok', value: null } : outcome),
        );
      return session;
    };
  };

  test('goes on to its end where nothing is wrong, and tells how far the check is', async () => {
    const more = { follower: new Follower(), stopOnViolation: true };
    const { driven, looks } = await driveMap(planOf(), {}, undefined, more);
    expect(driven).toMatchObject({ violation: undefined, notes: [] });
    expect(looks[0]?.().followed).toEqual({ judged: 800, waiting: 0, keys: 5, left: 0 });
  });

  test('ends at the first violation if it is asked to: the operation is named', async () => {
    const more = { follower: new Follower(), stopOnViolation: true };
    const { driven, history } = await driveMap(planOf({ ops: 4000 }), {}, undefined, more, forget);
    expect(driven.tally.invoked).toBeLessThan(1000);
    expect(driven.interrupted).toBe(false);
    expect(driven.violation).toMatchObject({ stopped: true, timeNs: expect.any(Number) });
    const found = history.events.find(({ index }) => index === driven.violation?.invoke.index);
    expect(found).toMatchObject({ type: 'invoke', key: driven.violation?.key });
  });

  test('else goes on, and says what it saw', async () => {
    const more = { follower: new Follower() };
    const { driven } = await driveMap(planOf(), {}, undefined, more, forget);
    expect(driven.tally.invoked).toBe(400);
    expect(driven.violation).toMatchObject({ stopped: false });
  });
});

describe('a run with faults', () => {
  test('records every fault before it is applied, and its proof after it was undone', async () => {
    const plan = planOf({ ...withFaults('partition,pause'), ops: 1000 });
    const { driven, history, system, samples } = await driveMap(plan);
    expect(system.injected.map(({ id }) => id)).toEqual(plan.faults.map(({ id }) => id));
    expect(driven.faults.every(({ bitten, stopNs }) => bitten && stopNs !== undefined)).toBe(true);
    for (const { fault, startNs, stopNs } of driven.faults) {
      const own = history.nemesis.filter(({ value }) => value.id === fault.id);
      expect(own.map(({ f }) => f)).toEqual([`start ${fault.kind}`, `stop ${fault.kind}`]);
      expect(own[1]?.value.counters).toEqual({ touched: 1 });
      expect(startNs).toBeGreaterThanOrEqual(fault.atNs);
      expect((stopNs as number) - (startNs as number)).toBeGreaterThanOrEqual(fault.forNs);
    }
    expect(samples.filter(({ type }) => type === 'fault')).toHaveLength(2 * plan.faults.length);
    const last = Math.max(...plan.faults.map(({ atNs, forNs }) => atNs + forNs));
    expect(driven.durationNs).toBeGreaterThan(last);
    const service = measureService(history.events, driven.faults, driven.changes);
    expect(service.longestGapMs).toBeGreaterThan(0);
    expect(Object.keys(service.faults)).toHaveLength(plan.faults.length);
  });

  test('a kind that never bit gets one more turn when all others are over', async () => {
    const plan = planOf({ ...withFaults('pause,kill'), ops: 300 });
    const kills = plan.faults.filter(({ kind }) => kind === 'kill');
    const toothless = new Set(kills.map(({ id }) => id));
    const { driven, system } = await driveMap(plan, {}, (map) => {
      const inject = map.inject.bind(map);
      map.inject = (fault, done) =>
        inject(fault, (report) =>
          done({ ...report, bitten: report.bitten && !toothless.has(fault.id) }),
        );
      const undo = map.undo.bind(map);
      map.undo = (id, done) =>
        undo(id, (report) => done({ ...report, bitten: report.bitten && !toothless.has(id) }));
    });
    expect(kills.length).toBeGreaterThan(0);
    const [more, ...others] = driven.faults.slice(plan.faults.length);
    expect(others).toEqual([]);
    expect(more).toMatchObject({
      bitten: true,
      fault: { ...kills[0], id: plan.faults.length + 1, atNs: more?.fault.atNs },
    });
    const lastNs = Math.max(...driven.faults.slice(0, -1).map(({ stopNs }) => stopNs as number));
    expect(more?.startNs).toBeGreaterThan(lastNs + 2e9);
    expect(system.injected.at(-1)?.id).toBe(more?.fault.id);
    expect(driven.notes).toEqual([
      'kill had no effect as planned, and got one more turn at the end',
    ]);
  });

  test('what never bites is tried once more and no oftener; a run that is cut short tries nothing', async () => {
    const plan = planOf({ ...withFaults('pause'), ops: 300 });
    const never = (map: MapSystem): void => void (map.bites = false);
    const whole = await driveMap(plan, {}, never);
    expect(whole.driven.faults).toHaveLength(plan.faults.length + 1);
    const cut = await driveMap(plan, {}, (map, drive) => {
      never(map);
      map.at(1e9, () => drive.interrupt());
    });
    expect(cut.driven.faults).toHaveLength(plan.faults.length);
  });

  test('a run that is cut short undoes what is on and still takes its last look', async () => {
    const plan = planOf({ ...withFaults('pause'), ops: 100_000 });
    const first = plan.faults[0];
    if (first === undefined) throw new Error('no fault was planned');
    const { driven, history } = await driveMap(plan, {}, (system, drive) => {
      system.at(first.atNs + first.forNs / 2, () => drive.interrupt());
    });
    expect(driven.interrupted).toBe(true);
    expect(driven.faults.filter(({ startNs }) => startNs !== undefined)).toHaveLength(1);
    expect(history.nemesis.map(({ f }) => f)).toEqual(['start pause', 'stop pause']);
    expect(history.final?.length).toBeGreaterThan(0);
    expect(driven.durationNs).toBeLessThan(first.atNs + first.forNs + 6e9);
  });
});

test('a replica that ends by itself is told with its last lines, and ends the run', async () => {
  const { driven, history } = await driveMap(planOf({ ops: 1e6 }), {}, (system) => {
    system.at(1e9, () => {
      system.mood('n2', 'refusing');
      system.emit({ type: 'exit', node: 'n2', code: 1, signal: null, log: ['boom'] });
    });
  });
  expect(driven.crashes).toMatchObject([{ node: 'n2', code: 1, log: ['boom'] }]);
  expect(driven.durationNs).toBeLessThan(8e9);
  expect(history.final?.some(({ node }) => node === 'n2')).toBe(false);
});

test('a process that a kill or a bad disk ends is no crash; one that ends beside them is', async () => {
  const kill = {
    id: 1,
    kind: 'disk',
    shape: 'eio',
    atNs: 0.5e9,
    forNs: 1e9,
    nodes: ['n2'],
    links: [],
    params: {},
  } as const;
  const exit = { type: 'exit', code: 1, signal: null, log: ['EIO'] } as const;
  const plan = planOf({ ops: 1e6, timeLimitMs: 5000, faults: [kill] });
  const { driven, samples } = await driveMap(plan, {}, (system) => {
    system.at(1e9, () => system.emit({ ...exit, node: 'n2' }));
    system.at(1.2e9, () => system.emit({ ...exit, node: 'n2' }));
    system.at(2.9e9, () => system.emit({ ...exit, node: 'n2' }));
    system.at(3.8e9, () => system.emit({ ...exit, node: 'n2' }));
  });
  expect(driven.crashes.map(({ node, timeNs }) => [node, Math.round(timeNs / 1e8)])).toEqual([
    ['n2', 38],
  ]);
  expect(samples.filter(({ type }) => type === 'exit')).toHaveLength(4);
});

test('a system that goes away ends the run at once, in every phase of it', async () => {
  const plan = planOf({ ...withFaults('pause'), ops: 300 });
  const whole = await driveMap(plan);
  const begins = whole.samples.flatMap(({ type, phase, time }) =>
    type === 'phase' && phase !== 'done' ? [{ phase, time: time as number }] : [],
  );
  expect(begins.map(({ phase }) => phase)).toEqual([
    'healing',
    'rejoining',
    'reading',
    'comparing',
  ]);
  const times = [0.3e9, 1e9, ...begins.map(({ time }) => time - 1), (begins[2]?.time ?? 0) + 1e6];
  for (const whenNs of times) {
    const { driven, samples } = await driveMap(plan, {}, (system) => {
      system.at(whenNs, () => system.emit({ type: 'gone', text: 'it is gone', log: ['bye'] }));
    });
    expect(driven.gone).toMatchObject({ text: 'it is gone', log: ['bye'], timeNs: whenNs });
    expect(driven.notes).toContain('it is gone');
    expect(driven.durationNs).toBe(whenNs);
    expect(samples.filter(({ phase }) => phase === 'done')).toHaveLength(1);
    expect(samples.at(-1)).toMatchObject({ type: 'phase', phase: 'done' });
  }
});

test('a key that a node does not serve at the end is told with key and node', async () => {
  const { driven } = await driveMap(planOf(), {}, (system) => {
    system.mood('n3', 'refusing');
  });
  expect(driven.notServed.map(({ node }) => node)).toEqual(
    Array.from({ length: driven.notServed.length }, () => 'n3'),
  );
  expect(driven.notServed.length).toBeGreaterThan(0);
});

test('a time limit ends a run that has operations left', async () => {
  const { driven } = await driveMap(planOf({ ops: 1e6, timeLimitMs: 2000 }));
  expect(driven.durationNs).toBeLessThan(6e9);
  expect(driven.tally.invoked).toBeLessThan(1e6);
});
