import { describe, expect, test } from 'vitest';
import type { PlannedOperation } from '../clients/crew.ts';
import type { Fault } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import { type ExplicitPlan, explicit, onlyKeys, shrinkPlan, sizeOf, until } from './shrink-plan.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

function fault(id: number, nodes: readonly string[], links: Fault['links'] = []): Fault {
  const shape = {
    kind: 'partition',
    shape: 'links',
    atNs: id * 1e9,
    forNs: 1e8,
    params: {},
  } as const;
  return { ...shape, id, nodes, links };
}

function operation(i: number): PlannedOperation {
  return { client: i % 10, atNs: 5e8 + i * 1e6, f: 'write', key: i % 7, value: i };
}

const plan: ExplicitPlan = {
  format: 'hermes-plan/1',
  version: '1',
  commit: '',
  seed: 1,
  protocol: 'hermes',
  bugs: [],
  system: 'hermes',
  runtime: 'process',
  nodes: NODES,
  options: {},
  timing: { scale: 1 },
  workload: {
    name: 'rmw',
    keys: 7,
    opsPerKey: 0,
    distribution: 'uniform',
    mix: {},
    valueBytes: 0,
  },
  clients: { count: 10, timeoutMs: 1500, pacing: 'max' },
  ops: 200,
  timeLimitMs: 1000,
  nemesis: [],
  faults: [
    fault(1, ['n1']),
    fault(2, ['n2', 'n4'], [['n2', 'n4']]),
    fault(3, ['n5']),
    fault(4, [], [['n1', 'n5']]),
  ],
  skipped: [],
  operations: Array.from({ length: 200 }, (_, i) => operation(i)),
  final: { rejoinMs: 1, timeoutMs: 1 },
};

/** Shrinks towards what `fails` demands, and counts. */
async function shrunk(
  fails: (candidate: ExplicitPlan) => boolean,
  over = (): boolean => false,
): Promise<{ best: ExplicitPlan; tries: number }> {
  let tries = 0;
  const best = await shrinkPlan(plan, {
    attempt: async (candidate) => {
      tries++;
      return fails(candidate) ? candidate : undefined;
    },
    over,
  });
  return { best, tries };
}

const values = ({ operations }: ExplicitPlan): unknown[] => operations.map(({ value }) => value);

describe('a plan shrinks to what its failure needs', () => {
  test('two operations and a fault, nobody else', async () => {
    const { best, tries } = await shrunk(
      (p) =>
        values(p).includes(17) &&
        values(p).includes(142) &&
        p.faults.some(({ links }) => links.length > 0),
    );
    expect(values(best)).toEqual([17, 142]);
    expect(sizeOf(best)).toEqual({ faults: 1, operations: 2, keys: 2, clients: 2, nodes: 2 + 1 });
    expect(tries).toBeLessThan(150);
  });

  test('nothing at all where anything fails', async () => {
    const { best } = await shrunk(() => true);
    expect(sizeOf(best)).toEqual({ faults: 0, operations: 0, keys: 0, clients: 0, nodes: 2 });
  });

  test('a client that stays works on the node on which it worked', async () => {
    // Client 7 is on n3; its operation is number 27.
    const { best } = await shrunk((p) => values(p).includes(27));
    const [{ client } = operation(0)] = best.operations;
    expect(best.nodes.length).toBe(2);
    const { best: kept } = await shrunk((p) => values(p).includes(27) && p.nodes.length === 5);
    const [at] = kept.operations;
    expect(kept.nodes[(at?.client as number) % 5]).toBe('n3');
    expect(client).toBeLessThan(best.clients.count);
  });

  test('faults are renamed with the nodes, and go with the last that they strike', async () => {
    const { best } = await shrunk((p) => p.faults.some(({ id }) => id === 2) && p.nodes.length < 5);
    const [left] = best.faults;
    expect(best.nodes).toEqual(['n1', 'n2', 'n3'].slice(0, best.nodes.length));
    expect(left?.nodes === 'leader' ? [] : left?.nodes).toContain('n2');
    for (const [from, to] of left?.links ?? [])
      expect(best.nodes).toEqual(expect.arrayContaining([from, to]));
  });

  test('hints come first', async () => {
    const sizes: number[] = [];
    await shrinkPlan(plan, {
      attempt: async (p) => {
        sizes.push(p.operations.length);
        return values(p).includes(17) ? p : undefined;
      },
      hints: [until(operation(20).atNs), onlyKeys(new Set([operation(17).key]))],
      over: () => false,
    });
    expect(sizes.slice(0, 2)).toEqual([21, 3]);
    expect(Math.max(...sizes.slice(2))).toBeLessThanOrEqual(3);
  });

  test('what is left begins at once', async () => {
    const { best } = await shrunk((p) => values(p).includes(100));
    expect(best.operations[0]?.atNs).toBe(0);
  });

  test('who interrupts keeps the smallest so far', async () => {
    let tries = 0;
    const { best } = await shrunk(
      (p) => {
        tries++;
        return values(p).includes(17);
      },
      () => tries === 5,
    );
    expect(tries).toBe(5);
    expect(best.operations.length).toBeLessThan(200);
    expect(values(best)).toContain(17);
  });
});

test('the operations of a history are those of its clients, not the last look at all keys', () => {
  const event = (index: number, process: number, type: HistoryEvent['type']): HistoryEvent => ({
    index,
    process,
    type,
    f: 'write',
    key: 0,
    value: index,
    time: index * 10,
  });
  const { operations: _, ...generated } = { ...plan, clients: { ...plan.clients, count: 2 } };
  const { operations, ops } = explicit(generated, [
    event(0, 0, 'invoke'),
    event(1, 0, 'info'),
    event(2, 1, 'invoke'),
    event(3, 1, 'ok'),
    event(4, 2, 'invoke'), // client 0 once more
    event(5, 2, 'ok'),
    event(6, 5, 'invoke'), // the reads at the end
  ]);
  expect(operations.map(({ client, atNs }) => [client, atNs])).toEqual([
    [0, 0],
    [1, 20],
    [0, 40],
  ]);
  expect(ops).toBe(3);
});
