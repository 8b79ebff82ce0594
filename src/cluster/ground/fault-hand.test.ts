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
