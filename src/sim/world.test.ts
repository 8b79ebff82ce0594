import { expect, test } from 'vitest';
import { HOST_TIMING } from '../protocols/machine.ts';
import { NO_DEADLINE } from './step.ts';
import { TINY } from './tiny.case.ts';
import type { Envelope } from './watcher.ts';
import { World } from './world.ts';
import type { WorldConfig } from './world-config.ts';

const CONFIG: WorldConfig = {
  nodes: 2,
  timing: HOST_TIMING,
  options: {},
  bugs: [],
  seed: 1,
  keys: ['register', 'counter'],
};

function world(config: Partial<WorldConfig> = {}): World {
  return new World(TINY, { ...CONFIG, ...config }, { record: true });
}

function only(w: World): Envelope {
  expect(w.inFlight.size).toBe(1);
  return [...w.inFlight.values()][0] as Envelope;
}

const write = (value: number) => ({ f: 'write', key: 0, value }) as const;

test('what names a log position leaves when it is on disk, not before', () => {
  const w = world();
  expect(w.request(0, 0, write(1), NO_DEADLINE)).toBe(true);
  expect(w.ledger.open.size).toBe(1);
  expect(w.request(0, 1, write(2), NO_DEADLINE)).toBe(true);
  expect(w.durable(0)).toBe(true);
  expect([...w.ledger.open.keys()]).toEqual([2]);
  expect(w.durable(0)).toBe(true);
  expect(w.ledger.open.size).toBe(0);
  expect(w.durable(0)).toBe(false);
});

test('a crash loses what is not on disk, ends the connections, and nothing reaches the next life', () => {
  const w = world();
  w.request(0, 0, write(1), NO_DEADLINE);
  w.durable(0);
  w.request(0, 0, write(2), NO_DEADLINE);
  w.request(1, 1, write(3), NO_DEADLINE);
  const ask = only(w);
  expect(w.crash(0)).toBe(true);
  expect(w.ledger.events.at(-1)).toMatchObject({ type: 'info', error: 'connection lost' });
  expect(w.deliver(ask, false)).toBe(false);
  expect(w.request(0, 0, write(4), NO_DEADLINE)).toBe(false);
  expect(w.restart(0)).toBe(true);
  expect(w.deliver(ask, false)).toBe(false);
  expect(Buffer.from(TINY.peek(w.hosts[0]?.state as never, 'k0').value ?? []).toString()).toBe('1');
});

test('a kept copy can be delivered again, a lost one cannot', () => {
  const w = world();
  w.request(1, 0, { f: 'add', key: 1, value: 1 }, NO_DEADLINE);
  const ask = only(w);
  expect(w.deliver(ask, true)).toBe(true);
  expect(w.deliver(ask, false)).toBe(true);
  expect(w.deliver(ask, false)).toBe(false);
  expect(w.drop(ask)).toBe(false);
  expect(w.steps.map((s) => s.do)).toEqual(['request', 'deliver', 'deliver']);
});

test('timers go by the clock of their node', () => {
  const w = world({
    clocks: [
      { offsetUs: 7, ppm: 0 },
      { offsetUs: 0, ppm: 1_000_000 },
    ],
  });
  w.request(1, 0, write(1), NO_DEADLINE);
  const [armed] = w.hosts[1]?.timers.values() ?? [];
  expect(armed?.dueUs).toBe(HOST_TIMING.retransmitUs / 2);
  w.atUs = 100;
  expect([w.nowUs(0), w.nowUs(1)]).toEqual([107, 200]);
});

test('a step that does not apply changes nothing', () => {
  const w = world();
  expect(w.apply({ id: 9, atUs: 5, do: 'timer', node: 1, timer: 'again 1' })).toBe(false);
  expect(w.apply({ id: 9, atUs: 5, do: 'gone', request: 1 })).toBe(false);
  expect(w.apply({ id: 9, atUs: 5, do: 'deliver', keep: false, cause: 1, to: 0, nth: 0 })).toBe(
    false,
  );
  expect(w.apply({ id: 9, atUs: 5, do: 'admin', node: 0, words: ['x'] })).toBe(false);
  expect(w.apply({ id: 9, atUs: 5, do: 'restart', node: 0 })).toBe(false);
  expect(w.stepId).toBe(0);
  expect(w.steps).toEqual([]);
});

test('a clock that is disturbed: timers go off by what it then shows, and the past stays past', () => {
  const w = new World(TINY, { ...CONFIG, nodes: 3, clocks: [{ offsetUs: 500, ppm: 0 }] });
  expect([w.nowUs(0), w.nowUs(1)]).toEqual([500, 0]);
  w.hosts[0]?.setTimer('late', 1000);
  expect(w.hosts[0]?.timers.get('late')).toMatchObject({ dueUs: 1000, localUs: 1500 });
  w.clock(0, 'bump', 400);
  expect(w.hosts[0]?.timers.get('late')).toMatchObject({ dueUs: 600, localUs: 1500 });
  w.clock(0, 'rate', 1_000_000);
  expect(w.hosts[0]?.timers.get('late')).toMatchObject({ dueUs: 300 });
  w.clock(0, 'bump', -200);
  expect(w.nowUs(0), 'never set back').toBe(900);
  expect(w.clockErrorUs(0)).toBe(400);
});

test('a brand-new node boots with all others in sight, and incarnations follow the wall clock', () => {
  const w = new World(TINY, { ...CONFIG, nodes: 2, wallMs: 5000 });
  expect(w.add()).toBe(true);
  expect(w.hosts.map(({ incarnation, members }) => [incarnation, members])).toEqual([
    [1, [0, 1]],
    [1, [0, 1]],
    [5000, [0, 1, 2]],
  ]);
  w.atUs = 2_000_000;
  w.clock(1, 'skew', 1000);
  w.crash(1);
  w.restart(1);
  expect(w.hosts[1]?.incarnation).toBe(8000);
});
