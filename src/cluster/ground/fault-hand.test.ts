import { expect, test } from 'vitest';
import type { NodeName } from '../../base/operation.ts';
import type { Fault } from '../../faults/fault.ts';
import { FaultHand, type Reach } from './fault-hand.ts';
import type { NodeHandle } from './node-handle.ts';

/** Processes that can be killed and started again, and nothing else. */
function lab(...names: readonly NodeName[]) {
  const up = new Set(names);
  const processes = new Map(
    names.map((node) => [node, { kill: async () => up.delete(node) } as unknown as NodeHandle]),
  );
  const restart = async (node: NodeName): Promise<boolean> => !up.has(node) && !!up.add(node);
  const reach = { processes, restart, proxy: undefined, packets: 'none' } as unknown as Reach;
  return { up, hand: new FaultHand(reach) };
}

const kill = (id: number, ...nodes: readonly NodeName[]): Fault => ({
  id,
  kind: 'kill',
  shape: 'one',
  atNs: 0,
  forNs: 1,
  nodes,
  links: [],
  params: {},
});

test('a node that two kills strike is down until both are over, whichever ends first', async () => {
  const { up, hand } = lab('n1', 'n2', 'n3');
  expect(await hand.inject(kill(1, 'n2'))).toMatchObject({ nodes: ['n2'], bitten: true });
  expect(await hand.inject(kill(2, 'n1', 'n2'))).toMatchObject({
    nodes: ['n1'],
    counters: { killed: 1 },
  });
  expect(await hand.undo(1)).toMatchObject({ counters: { restarted: 0 } });
  expect([...up]).toEqual(['n3']);
  // n2 was down already when the second one came; it is the last that keeps it so.
  expect(await hand.undo(2)).toMatchObject({ counters: { killed: 1, restarted: 2 } });
  expect([...up].toSorted()).toEqual(['n1', 'n2', 'n3']);
});

test('a node that two pauses strike stands still until both are over, whichever ends first', async () => {
  const stopped = new Set<NodeName>();
  const handle = {
    pause: async () => !stopped.has('n1') && !!stopped.add('n1'),
    resume: async () => stopped.delete('n1'),
  } as unknown as NodeHandle;
  const reach = { processes: new Map([['n1', handle]]), packets: 'none' } as unknown as Reach;
  for (const [first, second] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const hand = new FaultHand(reach);
    for (const id of [1, 2]) await hand.inject({ ...kill(id, 'n1'), kind: 'pause' });
    await hand.undo(first);
    expect(stopped.size).toBe(1);
    await hand.undo(second);
    expect(stopped.size).toBe(0);
  }
});

test('a fault that could not be taken back is still on, and can be undone again', async () => {
  const rules = new Set<number>();
  let stuck = 2;
  const packets = {
    cut: async (id: number) => void rules.add(id),
    undo: async (id: number) => {
      if (stuck-- > 0) throw new Error('n2: iptables: resource temporarily unavailable');
      rules.delete(id);
      return { packets: 7, bytes: 700 };
    },
  };
  const reach = { processes: new Map(), proxy: undefined, packets } as unknown as Reach;
  const hand = new FaultHand(reach);
  const cut: Fault = { ...kill(5), kind: 'partition', links: [['n1', 'n2']] };
  expect(await hand.inject(cut)).not.toHaveProperty('error');
  for (let tries = 0; tries < 2; tries++) {
    const report = await hand.undo(5);
    expect(report).toMatchObject({ id: 5, left: true, bitten: false });
    expect(report.error).toBe('it is still on: n2: iptables: resource temporarily unavailable');
    expect([...rules]).toEqual([5]);
  }
  expect(await hand.inject(cut)).toMatchObject({ error: 'fault 5 is on already' });
  const last = await hand.undo(5);
  expect(last).toMatchObject({ bitten: true, counters: { packets: 7 } });
  expect(last).not.toHaveProperty('left');
  expect(rules.size).toBe(0);
  expect(await hand.undo(5)).toMatchObject({ error: 'no fault 5 is on' });
});
