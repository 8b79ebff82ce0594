import { describe, expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { UserError } from '../base/user-error.ts';
import { FAULT_KINDS, type Fault } from './fault.ts';
import { type Able, makeSchedule, scheduleEndNs } from './fault-schedule.ts';
import { faultText, scheduleText } from './fault-text.ts';
import { parseNemesis } from './nemesis.ts';
import { keepsPromises } from './promises.ts';
import { shapeNames } from './shapes.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const DEFAULT = { durationNs: undefined, intervalNs: undefined };
const able: Able = {
  ...(Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])) as Able),
  loss: 'TCP has no packets here',
  clock: 'not yet',
  disk: 'not yet',
  member: 'not yet',
};

const faultsOf = (seed: number, nemesis: string): readonly Fault[] =>
  makeSchedule(random(seed), parseNemesis([nemesis]), NODES, able, DEFAULT).faults;

describe('the default pacing', () => {
  test('6 to 10 slots, 0.3 to 1.2 s or 3 s long, over about 12 s', () => {
    for (let seed = 0; seed < 200; seed++) {
      const faults = faultsOf(seed, 'partition');
      expect(faults.length).toBeGreaterThanOrEqual(6);
      expect(faults.length).toBeLessThanOrEqual(10);
      const endS = scheduleEndNs(faults) / 1e9;
      expect(endS).toBeGreaterThan(6);
      expect(endS).toBeLessThan(22);
      for (const fault of faults) expect(fault.forNs).toBeGreaterThanOrEqual(0.24e9);
    }
    const ends = Array.from({ length: 200 }, (_, seed) => scheduleEndNs(faultsOf(seed, 'pause')));
    const mean = ends.reduce((a, b) => a + b, 0) / ends.length / 1e9;
    expect(mean).toBeGreaterThan(10.5);
    expect(mean).toBeLessThan(13.5);
  });

  test('every kind that was asked for has its turn', () => {
    for (let seed = 0; seed < 100; seed++) {
      const kinds = new Set(
        faultsOf(seed, 'partition,pause,disconnect,messages').map((f) => f.kind),
      );
      expect(kinds.size).toBe(4);
    }
  });
});

test('every kind has a turn without a pause, and a partition one that cuts link control too', () => {
  for (let seed = 0; seed < 200; seed++) {
    const faults = faultsOf(seed, 'partition,pause,disconnect,messages');
    const pauses = faults.filter(({ kind }) => kind === 'pause');
    const undisturbed = faults.filter(
      (fault) =>
        !pauses.some((p) => fault.atNs < p.atNs + p.forNs && p.atNs < fault.atNs + fault.forNs),
    );
    const kinds = new Set(undisturbed.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['partition', 'disconnect', 'messages']));
    expect(undisturbed.some((f) => f.kind === 'partition' && f.shape !== 'one-way')).toBe(true);
  }
});

test('every kind has a turn in which kills leave it something to strike', () => {
  for (let seed = 0; seed < 200; seed++) {
    const faults = faultsOf(seed, 'partition,kill,disconnect,messages');
    const kills = faults.filter(({ kind }) => kind === 'kill');
    expect(kills.length).toBeGreaterThan(0);
    const strikes = (fault: Fault): boolean => {
      const meanwhile = kills.filter(
        (k) => fault.atNs < k.atNs + k.forNs && k.atNs < fault.atNs + fault.forNs,
      );
      // A roll takes one at a time.
      const dead = meanwhile.flatMap(({ shape, nodes }) => (shape === 'rolling' ? [] : nodes));
      return (
        fault.nodes === 'leader' ||
        fault.links.some((link) => !link.some((end) => dead.includes(end)))
      );
    };
    const kinds = new Set(faults.filter(strikes).map(({ kind }) => kind));
    expect([...kinds].toSorted(), `seed ${seed}`).toEqual(['disconnect', 'messages', 'partition']);
  }
});

test('a disk that is asked for has a turn that needs no view to change', () => {
  for (let seed = 0; seed < 100; seed++) {
    const mix = parseNemesis(['partition,disk,messages']);
    const { faults } = makeSchedule(random(seed), mix, NODES, { ...able, disk: true }, DEFAULT);
    const disks = faults.filter(({ kind }) => kind === 'disk');
    expect(
      disks.some(({ params }) => params['atOnce'] === 1),
      `seed ${seed}`,
    ).toBe(true);
  }
});

test('the same seed gives the same faults; another seed gives others', () => {
  expect(faultsOf(7, 'partition,pause')).toEqual(faultsOf(7, 'partition,pause'));
  expect(faultsOf(8, 'partition,pause')).not.toEqual(faultsOf(7, 'partition,pause'));
});

test('leaving a kind out moves no fault of the others', () => {
  const bare = ({ id: _, ...fault }: Fault): string => JSON.stringify(fault);
  for (let seed = 0; seed < 100; seed++) {
    const all = faultsOf(seed, 'partition,pause,disconnect,messages');
    const fewer = new Set(faultsOf(seed, 'partition,disconnect,messages').map(bare));
    for (const fault of all.filter(({ kind }) => kind !== 'pause')) {
      expect(fewer).toContain(bare(fault));
    }
  }
});

test('a time limit and an interval are kept', () => {
  const options = { durationNs: 60e9, intervalNs: 4e9 };
  const { faults } = makeSchedule(random(1), parseNemesis(['partition']), NODES, able, options);
  expect(scheduleEndNs(faults)).toBeLessThanOrEqual(60e9);
  expect(faults.length).toBeGreaterThan(6);
  expect(faults.length).toBeLessThan(20);
});

test('shapes that cannot be done are told where others of their kind take part', () => {
  const NO = 'the kernel has no sch_netem';
  const some: Able = { ...able, 'link:reorder': NO, 'link:corrupt': NO };
  const made = (mix: string) => makeSchedule(random(1), parseNemesis([mix]), NODES, some, DEFAULT);
  expect(made('link').skipped).toEqual([
    { kind: 'link', reason: `reorder, corrupt cannot be done: ${NO}` },
  ]);
  expect(made('link:[delay,rate]').skipped).toEqual([]);
  expect(made('all').skipped.map(({ kind }) => kind)).toContain('link');
  expect(() => made('link:reorder')).toThrow(`--nemesis link:reorder cannot be done here: ${NO}.`);
  expect(() => made('link:[rate,corrupt]')).toThrow('--nemesis link:[rate,corrupt] cannot be done');
});

test('what cannot be done: an error by name, skipped under all', () => {
  expect(() => faultsOf(1, 'loss')).toThrow(UserError);
  expect(() => faultsOf(1, 'loss')).toThrow(/TCP has no packets here/);
  const leaderless = { ...able, 'partition:leader': 'nobody leads' } as Able;
  expect(() =>
    makeSchedule(random(1), parseNemesis(['partition:leader']), NODES, leaderless, DEFAULT),
  ).toThrow(/nobody leads/);
  const { skipped, faults } = makeSchedule(random(1), parseNemesis(['all']), NODES, able, DEFAULT);
  expect(skipped.map(({ kind }) => kind)).toEqual(['loss', 'clock', 'disk', 'member']);
  expect(faults.some(({ kind }) => kind === 'loss')).toBe(false);
  const two = ['n1', 'n2'];
  expect(() =>
    makeSchedule(random(1), parseNemesis(['partition:bridge']), two, able, DEFAULT),
  ).toThrow(/does not exist with 2 nodes/);
  expect(
    makeSchedule(random(1), parseNemesis(['partition']), two, able, DEFAULT).faults.length,
  ).toBeGreaterThan(5);
});

test('a schedule reads as lines', () => {
  const halves = { kind: 'partition', shape: 'halves', nodes: ['n3'], params: {} } as const;
  const both = [
    ['n1', 'n3'],
    ['n3', 'n1'],
    ['n2', 'n3'],
    ['n3', 'n2'],
  ] as const;
  const three = ['n1', 'n2', 'n3'];
  expect(faultText({ ...halves, links: both }, three)).toBe('partition halves {n1 n2 | n3}');
  expect(faultText({ ...halves, shape: 'one-way', links: [['n1', 'n3']] }, three)).toBe(
    'partition one-way n1→n3',
  );
  const schedule = makeSchedule(random(1), parseNemesis(['all']), NODES, able, DEFAULT);
  const lines = scheduleText(schedule, NODES);
  expect(lines).toHaveLength(schedule.faults.length + 4);
  expect(lines.at(-1)).toBe('skipped  member: not yet');
});

describe('a kind that was asked for', () => {
  const ABLE = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])) as Able;
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const DURATIONS = [undefined, 3e9, 10e9, 30e9];
  const shapes = FAULT_KINDS.flatMap((kind) => shapeNames(kind).map((shape) => `${kind}:${shape}`));
  const beside = (name: string): string[] =>
    ['member', 'kill:rolling', 'partition:leader'].filter(
      (other) => other.split(':')[0] !== name.split(':')[0],
    );
  const mixes = shapes.flatMap((name) => [name, [...beside(name), name].join(',')]);

  test.each([3, 4, 5, 6, 7])('has its turn, or its reason, in %i nodes', (count) => {
    for (const [i, text] of mixes.entries()) {
      const mix = parseNemesis([text]);
      for (const durationNs of DURATIONS)
        for (let seed = i * 2; seed < i * 2 + 2; seed++) {
          const options = { durationNs, intervalNs: undefined };
          const { faults, skipped } = makeSchedule(random(seed), mix, names(count), ABLE, options);
          for (const { kind } of mix) {
            const told = skipped.some((each) => each.kind === kind);
            const where = `${text}, seed ${seed}, ${durationNs ?? 'no'} ns: ${kind}`;
            expect(faults.some((fault) => fault.kind === kind) !== told, where).toBe(true);
            if (durationNs === undefined) expect(told, where).toBe(false);
          }
        }
    }
  });

  test('seldom finds no place in 10 s, and others give way to it without breaking a promise', () => {
    const mix = parseNemesis(['member,kill:rolling,partition:leader']);
    let without = 0;
    for (let seed = 0; seed < 200; seed++) {
      const options = { durationNs: 10e9, intervalNs: undefined };
      const { faults, skipped } = makeSchedule(random(seed), mix, names(3), ABLE, options);
      without += skipped.length;
      expect(keepsPromises(faults, names(3)), `seed ${seed}`).toBeUndefined();
      expect(scheduleEndNs(faults)).toBeLessThanOrEqual(10e9);
      for (const { reason } of skipped) expect(reason).toMatch(/no moment in 10 s.*--time-limit/);
    }
    expect(without).toBeLessThan(20);
    expect(without).toBeGreaterThan(0);
  });
});
