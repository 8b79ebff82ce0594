import { describe, expect, test } from 'vitest';
import type { NodeName } from '../base/operation.ts';
import { random } from '../base/random.ts';
import { FAULT_KINDS, type Fault } from './fault.ts';
import { type Able, makeSchedule } from './fault-schedule.ts';
import { parseNemesis } from './nemesis.ts';
import { isDeadly, keepsPromises, REJOIN_NS } from './promises.ts';
import { cut } from './shapes.ts';

const able = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])) as Able;
const names = (n: number): NodeName[] => Array.from({ length: n }, (_, i) => `n${i + 1}`);
const three = names(3);
const MIXES = [
  'all',
  'swarm',
  'kill',
  'kill:majority,partition',
  'kill:rolling,disk,member',
  'kill,pause,disk,member:[leave,replace],partition:[leader,halves]',
];

const fault = (over: Partial<Fault> & Pick<Fault, 'kind' | 'shape'>): Fault => ({
  id: 1,
  atNs: 1e9,
  forNs: 1e9,
  nodes: [],
  links: [],
  params: {},
  ...over,
});

describe('every schedule that is drawn keeps the promises', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('%i nodes', (n) => {
    let deadly = 0;
    for (let seed = 0; seed < 250; seed++) {
      const nemesis = MIXES[seed % MIXES.length] as string;
      const asked = parseNemesis([nemesis]).map((choice) => ({ ...choice, asked: false }));
      const durationNs = seed % 3 === 0 ? 40e9 : undefined;
      const options = { durationNs, intervalNs: undefined };
      const { faults } = makeSchedule(random(seed), asked, names(n), able, options);
      expect(keepsPromises(faults, names(n)), `seed ${seed} ${nemesis}`).toBeUndefined();
      deadly += faults.filter(isDeadly).length;
    }
    if (n === 1) expect(deadly).toBe(0);
    else expect(deadly).toBeGreaterThan(250);
  });

  test('and what was asked for has its turn', () => {
    for (let seed = 0; seed < 200; seed++) {
      const options = { durationNs: undefined, intervalNs: undefined };
      const mix = parseNemesis(['kill,pause,partition,disk']);
      const { faults } = makeSchedule(random(seed), mix, names(5), able, options);
      expect(new Set(faults.map(({ kind }) => kind)).size, `seed ${seed}`).toBe(4);
    }
  });
});

describe('what breaks a promise', () => {
  const later = (s: number) => ({ atNs: 1e9 + s * 1e9 });
  const kill = (node: NodeName, s = 0): Fault =>
    fault({ kind: 'kill', shape: 'one', nodes: [node], ...later(s) });

  test('all at once, and one after the other before any holds the data again', () => {
    expect(keepsPromises([fault({ kind: 'kill', shape: 'all', nodes: three })], three)).toMatch(
      /kill:all of n1 n2 n3 at 1.0 s may take the memory of the last full member/,
    );
    expect(keepsPromises([kill('n1'), kill('n2', 2), kill('n3', 4)], three)).toMatch(
      /kill:one of n3/,
    );
    expect(keepsPromises([kill('n1'), kill('n2', 2), kill('n3', 3 + REJOIN_NS / 1e9)], three)).toBe(
      undefined,
    );
  });

  test('a kill of those who keep the data while the others were given up', () => {
    const halves = fault({
      kind: 'partition',
      shape: 'halves',
      links: cut(['n1'], ['n2', 'n3']),
      forNs: 3e9,
    });
    const both = fault({ kind: 'kill', shape: 'majority', nodes: ['n2', 'n3'], ...later(2) });
    expect(keepsPromises([halves, both], three)).toMatch(/last full member/);
    expect(keepsPromises([halves, { ...both, nodes: ['n1', 'n2'] }], three)).toBeUndefined();
    expect(keepsPromises([{ ...halves, forNs: 0.3e9 }, both], three)).toBeUndefined();
    const paused = fault({ kind: 'pause', shape: 'one', nodes: ['n1'], forNs: 3e9 });
    expect(keepsPromises([paused, both], three)).toMatch(/last full member/);
  });

  test('two kills while a roll goes on', () => {
    const roll = fault({ kind: 'kill', shape: 'rolling', nodes: three, forNs: 8e9 });
    expect(keepsPromises([roll], three)).toBeUndefined();
    expect(keepsPromises([roll, kill('n1', 2)], three)).toBeUndefined();
    expect(keepsPromises([roll], names(1))).toMatch(/last full member/);
    expect(keepsPromises([roll, kill('n1', 2), kill('n2', 3)], three)).toMatch(/last full member/);
  });

  test('clocks beyond what leases allow for; a skew of the wall clock is no such thing', () => {
    const clock = (shape: string, params: Fault['params']): string | undefined =>
      keepsPromises([fault({ kind: 'clock', shape, nodes: ['n1'], params })], three);
    expect(clock('drift', { ratePpm: -5000 })).toMatch(/drift by -5000 ppm/);
    expect(clock('bump', { offsetMs: 500 })).toMatch(/by 500 ms at once/);
    expect(clock('skew', { offsetMs: 500 })).toBeUndefined();
  });

  test('a fault without an end', () => {
    expect(keepsPromises([{ ...kill('n1'), forNs: Infinity }], three)).toMatch(/never undone/);
  });
});
