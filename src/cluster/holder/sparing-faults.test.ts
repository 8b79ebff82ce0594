import { describe, expect, test } from 'vitest';
import { nodeId } from '../../base/node-name.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import { holdersOf } from '../../faults/standing.ts';
import { SparingFaults } from './sparing-faults.ts';

const NAMES = ['n1', 'n2', 'n3'];

/** What a node says that is a full member of the latest view, but for `more`. */
function status(name: NodeName, more: Partial<NodeStatus> = {}): NodeStatus {
  return {
    id: nodeId(name) ?? 0,
    incarnation: 1,
    state: 'serving',
    role: 'full',
    epoch: 4,
    members: NAMES.map((each) => ({ id: nodeId(each) ?? 0, inc: 1 })),
    leaseLeftUs: 1,
    keys: {},
    counters: {},
    ...more,
  };
}

/** A taker that notes what it is asked, and nodes that die of it and come back when told. */
function lab(given?: () => readonly NodeStatus[] | undefined) {
  const log: string[] = [];
  const dead = new Set<NodeName>();
  const on = new Map<number, readonly NodeName[]>();
  const up = (): NodeStatus[] =>
    NAMES.filter((name) => !dead.has(name)).map((name) => status(name));
  const said = (id: number, nodes: readonly NodeName[], counters: Record<string, number>) =>
    ({ id, links: [], nodes, counters, bitten: nodes.length > 0 }) satisfies FaultReport;
  const sparing = new SparingFaults({
    takerOf: () => ({
      inject: async (fault) => {
        const nodes = (fault.nodes as readonly NodeName[]).filter((node) => !dead.has(node));
        log.push(`kill ${nodes.join(' ')}`);
        for (const node of nodes) dead.add(node);
        on.set(fault.id, nodes);
        return said(fault.id, nodes, { killed: nodes.length });
      },
      undo: async (id) => {
        const nodes = on.get(id) ?? [];
        log.push(`start ${nodes.join(' ')}`);
        for (const node of nodes) dead.delete(node);
        return said(id, nodes, { restarted: nodes.length });
      },
    }),
    statuses: async () => (given ?? up)(),
  });
  return { sparing, log, dead, up };
}

const kill = (id: number, nodes: readonly NodeName[], survivors = 1): Fault => ({
  id,
  kind: 'kill',
  shape: 'one',
  atNs: 0,
  forNs: 0,
  nodes,
  links: [],
  params: survivors === 0 ? {} : { survivors },
});

describe('a fault that takes memory', () => {
  test('strikes whom it names while another holds the data', async () => {
    const { sparing, log } = lab();
    expect(await sparing.inject(kill(1, ['n1', 'n2']))).toMatchObject({ nodes: ['n1', 'n2'] });
    expect(sparing.keepsDown('n1')).toBe(true);
    expect(await sparing.undo(1)).toMatchObject({ counters: { restarted: 2 } });
    expect(sparing.keepsDown('n1')).toBe(false);
    expect(log).toEqual(['kill n1 n2', 'start n1 n2']);
  });

  test('spares the last that does, and says so', async () => {
    const { sparing, log } = lab(() => [status('n2'), status('n3', { state: 'joining' })]);
    const report = await sparing.inject(kill(1, ['n2', 'n3']));
    expect(report).toMatchObject({ nodes: ['n3'], counters: { killed: 1, spared: 1 } });
    expect(await sparing.inject(kill(2, ['n2']))).toMatchObject({ bitten: false, nodes: [] });
    expect(await sparing.undo(2)).toMatchObject({ counters: { spared: 1 } });
    expect(log).toEqual(['kill n3']);
  });

  test('does not count on a node that another fault may take', async () => {
    const { sparing, log } = lab(() => NAMES.slice(0, 2).map((name) => status(name)));
    const [first, second] = await Promise.all([
      sparing.inject(kill(1, ['n1'])),
      sparing.inject(kill(2, ['n2'])),
    ]);
    expect([first.bitten, second.bitten]).toEqual([true, false]);
    expect(log).toEqual(['kill n1']);
  });

  test('spares nobody where nobody holds all data for sure, and all are named', async () => {
    const { sparing } = lab(() => []);
    expect(await sparing.inject(kill(1, NAMES))).toMatchObject({ bitten: false, nodes: [] });
  });

  test('spares nobody by hand, nor where the nodes cannot be asked', async () => {
    const byHand = lab(() => [status('n1')]);
    expect(await byHand.sparing.inject(kill(1, ['n1'], 0))).toMatchObject({ nodes: ['n1'] });
    const mute = lab(() => undefined);
    expect(await mute.sparing.inject(kill(1, NAMES))).toMatchObject({ nodes: NAMES });
  });
});

test('a node that was down already is not kept down by a kill', async () => {
  const { sparing, dead } = lab();
  dead.add('n1');
  await sparing.inject(kill(1, ['n1', 'n2']));
  expect([sparing.keepsDown('n1'), sparing.keepsDown('n2')]).toEqual([false, true]);
});

test('a fault that could not be taken back keeps what it took until it is', async () => {
  let stuck = true;
  const said = { id: 1, links: [], nodes: ['n1'], counters: {}, bitten: true };
  const sparing = new SparingFaults({
    takerOf: () => ({
      inject: async () => said,
      undo: async () => (stuck ? { ...said, error: 'busy', left: true } : said),
    }),
    statuses: async () => undefined,
  });
  await sparing.inject(kill(1, ['n1']));
  expect(await sparing.undo(1)).toMatchObject({ left: true, error: 'busy' });
  expect(sparing.keepsDown('n1')).toBe(true);
  stuck = false;
  expect(await sparing.undo(1)).not.toHaveProperty('left');
  expect(sparing.keepsDown('n1')).toBe(false);
  await expect(sparing.undo(1)).rejects.toThrow('no fault 1 is on');
});

test('a roll goes from one to the next when that is back, and ends with the last one started', async () => {
  const { sparing, log, dead } = lab();
  const roll = { ...kill(5, NAMES), shape: 'rolling' };
  expect(await sparing.inject(roll)).toMatchObject({ bitten: true, counters: { killed: 1 } });
  while (log.length < 5) {
    expect(dead.size).toBeLessThan(2);
    // eslint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const report = await sparing.undo(5);
  expect(log.slice(0, 5)).toEqual(['kill n1', 'start n1', 'kill n2', 'start n2', 'kill n3']);
  expect(dead.size).toBe(0);
  expect(report.nodes).toEqual(NAMES);
  expect(report.counters['restarted']).toBe(report.counters['killed']);
  expect(sparing.keepsDown('n3')).toBe(false);
});

test('who holds the data: full members of the latest view, in their present lives', () => {
  expect(holdersOf(NAMES.map((name) => status(name)))).toEqual(NAMES);
  expect(holdersOf([status('n1', { epoch: 3 }), status('n2')])).toEqual(['n2']);
  expect(holdersOf([status('n1', { incarnation: 2 }), status('n2')])).toEqual(['n2']);
  expect(holdersOf([status('n1', { copying: [0] }), status('n2')])).toEqual(['n2']);
  expect(holdersOf([status('n1', { state: 'no-lease' })])).toEqual(['n1']);
  expect(holdersOf([status('n1', { state: 'lost' })])).toEqual([]);
});
