import { describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import type { Workload } from '../clients/workload.ts';
import { FAULT_KINDS, type Nemesis } from '../faults/fault.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import type { Capabilities } from '../system/system.ts';
import rmw from '../../workloads/rmw.ts';
import { makePlan } from './make-plan.ts';
import type { PlanContext } from './plan-context.ts';
import { againLine, type PlanRequest } from './plan-request.ts';

const workload: Workload = {
  name: 'mine',
  needs: ['read', 'write'],
  checks: ['linearizable'],
  mix: { read: 1, write: 2 },
  init: () => ({}),
  next: () => 'done',
};

const able = {
  ...Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])),
  kill: 'it would come back as a stranger',
  loss: 'no packets',
} as unknown as Capabilities;

const context: PlanContext = {
  version: '0',
  commit: 'abc',
  runtime: 'process',
  system: 'hermes',
  operations: ['read', 'write', 'cas', 'getset', 'add'],
  protocol: loadProtocol('hermes'),
  able,
  workload,
  nemeses: new Map(),
};

const plan = (request: PlanRequest, more: Partial<PlanContext> = {}) =>
  makePlan(request, 7, { ...context, ...more });

describe('a plan', () => {
  test('has every default written out, is JSON, and does not change', () => {
    const made = plan({});
    expect(made.nodes).toHaveLength(5);
    expect(made).toMatchObject({ seed: 7, ops: 2000, clients: { count: 5, pacing: 'bursts' } });
    expect(made.nemesis).toEqual(['partition', 'pause', 'disconnect', 'messages']);
    expect(made.faults.length).toBeGreaterThan(5);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(Object.isFrozen(made)).toBe(true);
    expect(plan({})).toEqual(made);
  });

  test('faults go on as long as there is work, at so many operations per client and second', () => {
    const endS = (request: PlanRequest): number =>
      Math.max(...plan(request).faults.map(({ atNs, forNs }) => atNs + forNs)) / 1e9;
    expect(endS({ ops: 20_000, concurrency: '10' })).toBeGreaterThan(35);
    expect(endS({ ops: 20_000, concurrency: '10' })).toBeLessThanOrEqual(40);
    expect(endS({ ops: 20_000, concurrency: '100' })).toBe(endS({}));
    expect(endS({ ops: 2000, rate: '100' })).toBeGreaterThan(15);
    expect(endS({ ops: 2000, rate: '100' })).toBeLessThanOrEqual(20);
    expect(endS({ ops: 20_000, timeLimitS: 15 })).toBeLessThanOrEqual(15);
  });

  test('without faults: closed loop', () => {
    expect(plan({ nemesis: ['none'] })).toMatchObject({ faults: [], clients: { pacing: 'max' } });
  });

  test('the default faults are those that can be done', () => {
    const unable = { ...able, messages: 'no frames', pause: 'not ours' };
    expect(plan({}, { able: unable }).nemesis).toEqual(['partition', 'disconnect']);
  });

  test('clients per node, rates, limits of time', () => {
    expect(plan({ concurrency: '2n', nodes: 3 }).clients.count).toBe(6);
    expect(plan({ rate: '50', timeLimitS: 10, nemesis: ['none'] })).toMatchObject({
      ops: 500,
      timeLimitMs: 10_000,
      clients: { pacing: { opsPerSecond: 50 } },
    });
    expect(plan({ timeLimitS: 10, nemesis: ['none'] }).ops).toBe(1_000_000);
    const long = plan({ timeLimitS: 30 });
    expect(Math.max(...long.faults.map(({ atNs, forNs }) => atNs + forNs))).toBeLessThanOrEqual(
      30e9,
    );
    expect(plan({ timeScale: 2 })).toMatchObject({
      final: { rejoinMs: 60_000, timeoutMs: 20_000 },
      clients: { timeoutMs: 3000 },
      timing: { scale: 2 },
    });
  });

  test('a mix names what it changes; the rest is 0', () => {
    expect(plan({ mix: 'write=5' }).workload.mix).toEqual({ read: 0, write: 5 });
  });

  test('a planted bug brings what it needs, unless something else was asked for', () => {
    const mortal = { workload: rmw as Workload, able: { ...able, kill: true } as Capabilities };
    const uncounted = plan({ bugs: ['M21'] }, mortal);
    expect(uncounted).toMatchObject({
      options: { chunkKeys: 1 },
      workload: { keys: 300, opsPerKey: 0 },
      clients: { count: 30 },
    });
    const reborn = plan({ bugs: ['M18'], keys: 7 }, mortal);
    expect(reborn).toMatchObject({ timing: { scale: 4 }, workload: { keys: 7 } });
    expect(reborn.nodes).toHaveLength(3);
    const lost = plan({ bugs: ['M11'] }, { workload: rmw as Workload });
    expect(lost).toMatchObject({ bugs: ['ack-own-replay'], options: { retry: false } });
    expect(lost.nemesis).toEqual(['messages:lose']);
    expect(lost.nodes).toHaveLength(2);
    const other = plan(
      { bugs: ['ack-own-replay'], nemesis: ['pause'], nodes: 4 },
      { workload: rmw as Workload },
    );
    expect(other.nemesis).toEqual(['pause']);
    expect(other.nodes).toHaveLength(4);
  });

  test("a user's nemesis stands beside the built-in ones", () => {
    const mine: Nemesis = {
      name: 'mine',
      schedule: (random, [node = '']) => [
        {
          id: 9,
          kind: 'pause',
          shape: 'one',
          atNs: random.below(5),
          forNs: 1e9,
          nodes: [node],
          links: [],
          params: {},
        },
      ],
    };
    const nemeses = new Map([['./mine.ts', mine]]);
    const alone = plan({ nemesis: ['./mine.ts'] }, { nemeses });
    expect(alone.faults).toHaveLength(1);
    expect(alone.nemesis).toEqual(['./mine.ts']);
    const both = plan({ nemesis: ['partition,./mine.ts'] }, { nemeses });
    expect(both.faults.map(({ id }) => id)).toEqual(both.faults.map((_, i) => i + 1));
    expect(both.faults.length).toBeGreaterThan(5);
  });
});

describe('what stops here', () => {
  test.each<[string, PlanRequest, RegExp]>([
    ['kill', { nemesis: ['kill'] }, /stranger/],
    ['loss where there are no packets', { nemesis: ['loss'] }, /no packets/],
    ['a bug that nobody planted', { bugs: ['M99'] }, /no bug "M99"/],
    ['no nodes', { nodes: 0 }, /--nodes 0/],
    ['nodes with gaps', { nodes: ['n1', 'n3'] }, /without gaps/],
    ['concurrency', { concurrency: 'many' }, /no number of clients/],
    ['rate', { rate: '-3' }, /no rate/],
    ['distribution', { keyDistribution: 'normal' }, /--key-dist/],
    ['mix', { mix: 'read=1,fly=2' }, /no such weight/],
    ['an empty mix', { mix: 'read=0' }, /no operation/],
    ['option', { options: ['warp=9'] }, /no such option/],
    ['ops', { ops: 0 }, /--ops/],
    ['scale', { timeScale: 0 }, /--time-scale/],
  ])('%s', (_, request, message) => {
    expect(() => plan(request)).toThrow(UserError);
    expect(() => plan(request)).toThrow(message);
  });

  test('a workload or a mix that needs what the system does not have', () => {
    const counter = { operations: ['add', 'read'], system: 'counter' };
    expect(() => plan({ mix: 'write=1' }, counter)).toThrow(/--mix asks for write, which counter/);
    const bare = { ...workload, mix: {} };
    expect(() => plan({}, { ...counter, workload: bare })).toThrow(
      /mine needs write, which counter/,
    );
    expect(plan({}, counter).workload.mix).toEqual({ read: 1, write: 0 });
  });

  test('bugs of a foreign system', () => {
    expect(() => plan({ bugs: ['M1'] }, { protocol: undefined })).toThrow(/our own replicas/);
  });
});

test('the line that repeats a run holds what was asked for, quoted for a shell', () => {
  const request: PlanRequest = {
    bugs: ['M1', 'M2'],
    nodes: 3,
    nemesis: ['partition:[one,bridge]'],
    workload: './my work.ts',
    concurrency: '2n',
    rate: 'max',
  };
  expect(againLine(request, 7)).toBe(
    "hermes fuzz --bug M1,M2 --nodes 3 --workload './my work.ts' --concurrency 2n --rate max --nemesis 'partition:[one,bridge]' --seed 7",
  );
  expect(againLine({}, 7)).toBe('hermes fuzz --seed 7');
  const manner = {
    allowMissingFaults: true,
    stopOnViolation: true,
    check: { timeLimitS: 5, memoryMb: undefined },
  };
  expect(againLine({}, 7, manner)).toBe(
    'hermes fuzz --check-time-limit 5 --allow-missing-faults --stop-on-violation --seed 7',
  );
});
