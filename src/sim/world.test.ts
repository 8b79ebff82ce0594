import { expect, test } from 'vitest';
import { HOST_TIMING } from '../protocols/machine.ts';
import { NO_DEADLINE } from './step.ts';
import { TINY } from './tiny.case.ts';
import { type Envelope, World, type WorldConfig } from './world.ts';

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
