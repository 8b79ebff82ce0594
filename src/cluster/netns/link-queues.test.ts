import { describe, expect, test } from 'vitest';
import { random, type Random } from '../../base/random.ts';
import type { Link } from '../../faults/fault.ts';
import type { LinkShaping } from '../ground/network.ts';
import { addressesOf } from './addresses.ts';
import { LinkQueues } from './link-queues.ts';
import { PretendedTc } from './pretended-tc.case.ts';
import { disciplineOf, queueCounts } from './shaping.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];
const ALL: readonly Link[] = NODES.flatMap((from) =>
  NODES.filter((to) => to !== from).map((to): Link => [from, to]),
);
const delay = (delayMs: number): LinkShaping => ({
  type: 'delay',
  delayMs,
  jitterMs: 0,
  distribution: 'uniform',
});
const A: Link = ['n1', 'n2'];
const B: Link = ['n1', 'n3'];

describe('what is asked of tc', () => {
  test.each<[LinkShaping, string]>([
    [delay(25), 'netem limit 20000 delay 25000us'],
    [
      { type: 'delay', delayMs: 20, jitterMs: 9, distribution: 'uniform' },
      'netem limit 20000 delay 24500us 4500us',
    ],
    [
      { type: 'delay', delayMs: 20, jitterMs: 9, distribution: 'pareto' },
      'netem limit 20000 delay 20000us 9000us distribution pareto',
    ],
    [{ type: 'reorder', percent: 30, delayMs: 8 }, 'netem limit 20000 delay 8000us reorder 70%'],
    [{ type: 'duplicate', percent: 12.5 }, 'netem limit 20000 duplicate 12.5%'],
    [{ type: 'corrupt', percent: 1 / 3 }, 'netem limit 20000 corrupt 0.3333%'],
    [{ type: 'rate', kbit: 64 }, 'tbf rate 64kbit burst 3200b limit 16384b'],
    [{ type: 'rate', kbit: 8000 }, 'tbf rate 8000kbit burst 20000b limit 500000b'],
  ])('%j', (shaping, line) => expect(disciplineOf(shaping)).toBe(line));

  test('counts are read, and what has no handle is nobody’s', () => {
    expect(queueCounts('')).toEqual([]);
    const json =
      '[{"kind":"noqueue","handle":"0:"},{"kind":"netem","handle":"11:","packets":3,"qlen":2}]';
    expect(queueCounts(json)).toEqual([
      { handle: '11:', bytes: 0, packets: 5, waiting: 2, dropped: 0, requeued: 0, throttled: 0 },
    ]);
  });
});

describe('queues', () => {
  test('one link is disturbed by both of its addresses, the others are not', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], delay(10));
    for (const address of addressesOf('n2'))
      expect(tc.pass('n1', address)).toEqual([disciplineOf(delay(10))]);
    for (const address of addressesOf('n3')) expect(tc.pass('n1', address)).toEqual([]);
    expect(tc.kernel('n2').root).toBe(false);
    expect(await queues.counters(1)).toEqual({ packetsDelayed: 2, packetsDiscarded: 0 });
    expect(await queues.undo(1)).toEqual({ packetsDelayed: 2, packetsDiscarded: 0 });
    expect(tc.kernel('n1').root).toBe(false);
    expect(await queues.undo(1)).toEqual({});
    expect(await queues.counters(1)).toEqual({});
  });

  test('links with the same faults share a class, unless one of these is a rate', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A, B], delay(10));
    expect(tc.kernel('n1').classes.size).toBe(1);
    await queues.apply(2, [A, B], { type: 'rate', kbit: 100 });
    expect(tc.kernel('n1').classes.size).toBe(2);
    await queues.undo(2);
    expect(tc.kernel('n1').classes.size).toBe(1);
  });

  test('a rate works behind what delays, whichever came first', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], { type: 'rate', kbit: 100 });
    await queues.apply(2, [A], delay(10));
    expect(tc.pass('n1', '10.219.7.2').map((what) => what.split(' ')[0])).toEqual(['netem', 'tbf']);
  });

  test('an id works once at a time; a fault that is refused is nowhere, and the others go on', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], delay(10));
    await expect(queues.apply(1, [B], delay(10))).rejects.toThrow('fault 1 is already in place');
    tc.pass('n1', '10.219.7.2');
    tc.refuse = (_, line) =>
      line.includes('duplicate') ? 'netem: cannot mix duplicating netems' : undefined;
    const links: Link[] = [...ALL];
    await expect(queues.apply(2, links, { type: 'duplicate', percent: 9 })).rejects.toThrow(
      'cannot mix',
    );
    expect(queues.has(2)).toBe(false);
    expect(tc.pass('n1', '10.219.7.2')).toEqual([disciplineOf(delay(10))]);
    for (const node of ['n2', 'n3', 'n4']) expect(tc.kernel(node).root).toBe(false);
    // Counted before and after all was put in place anew.
    expect(await queues.undo(1)).toEqual({ packetsDelayed: 2, packetsDiscarded: 0 });
    expect(tc.kernel('n1').root).toBe(false);
  });

  test('what could not be undone is still known, and can be undone later', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], delay(10));
    tc.refuse = () => 'no such device';
    await expect(queues.undo(1)).rejects.toThrow('no such device');
    expect(queues.has(1)).toBe(true);
    tc.refuse = () => undefined;
    await queues.undo(1);
    expect(tc.kernel('n1').root).toBe(false);
  });

  test('what a class still holds is let go before it is removed', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], delay(10));
    const [held] = [...tc.kernel('n1').qdiscs.values()];
    if (held === undefined) throw new Error('no discipline is there');
    Object.assign(held, { qlen: 3, requeues: 1, drops: 4, overlimits: 5 });
    let undone = false;
    const undo = queues.undo(1).then((counters) => {
      undone = true;
      return counters;
    });
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(undone).toBe(false);
    // Nothing new goes in.
    expect(tc.pass('n1', '10.219.7.2')).toEqual([]);
    Object.assign(held, { qlen: 0, packets: 3 });
    expect(await undo).toEqual({ packetsDelayed: 3, packetsDiscarded: 4 });
  });

  test('what a rate holds when it is undone is sent at once', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A], delay(10));
    await queues.apply(2, [A], { type: 'rate', kbit: 64 });
    const [, held] = [...tc.kernel('n1').qdiscs.values()];
    Object.assign(held as object, { packets: 4, qlen: 7 });
    expect(await queues.undo(2)).toMatchObject({ packetsPassed: 11 });
    expect(tc.lines.filter((line) => line.includes('qdisc change'))).toEqual([
      expect.stringMatching(
        /^n1: qdisc change dev eth0 parent 13: handle 14: tbf rate 10000000kbit /,
      ),
    ]);
    await queues.undo(1);
  });

  test('a network that was made anew gets everything back; a node that is gone is no trouble', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    await queues.apply(1, [A, ['n2', 'n1']], delay(10));
    tc.reset('n1');
    await queues.renew('n1');
    expect(tc.pass('n1', '10.219.7.2')).toEqual([disciplineOf(delay(10))]);
    queues.forget('n1');
    tc.refuse = (node) => (node === 'n1' ? 'no such node' : undefined);
    await queues.undo(1);
    expect(tc.kernel('n2').root).toBe(false);
  });

  test('each shape counts in words of its own', async () => {
    const tc = new PretendedTc();
    const queues = new LinkQueues(tc);
    const shapings: LinkShaping[] = [
      { type: 'reorder', percent: 30, delayMs: 5 },
      { type: 'corrupt', percent: 5 },
      { type: 'rate', kbit: 64 },
    ];
    const counted: object[] = [];
    for (const [at, shaping] of shapings.entries()) {
      await queues.apply(at, [A], shaping);
      const [queue] = [...tc.kernel('n1').qdiscs.values()];
      Object.assign(queue as object, { packets: 10, requeues: 7, overlimits: 6, drops: 2 });
      counted.push(await queues.undo(at));
    }
    expect(counted).toEqual([
      { packetsReordered: 3, packetsDiscarded: 2 },
      { packetsExposed: 10, packetsDiscarded: 2 },
      { packetsPassed: 10, timesThrottled: 6, packetsDiscarded: 2 },
    ]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'whatever comes and goes, and whatever tc refuses: each link suffers what is on, no more (%i)',
    async (seed) => {
      const chance = random(seed);
      const tc = new PretendedTc();
      const queues = new LinkQueues(tc);
      const on = new Map<number, { links: Link[]; shaping: LinkShaping }>();
      for (let id = 1; id <= 40; id++) {
        const clumsy = chance.chance(1, 4);
        let calls = 0;
        const from = chance.below(6);
        tc.refuse = () => (clumsy && ++calls === from ? 'interrupted' : undefined);
        const work = Array.from({ length: chance.between(1, 3) }, (_, i) =>
          step(chance, queues, on, id * 10 + i),
        );
        await Promise.all(work);
        tc.refuse = () => undefined;
        expectExactly(tc, on);
      }
      for (const id of on.keys()) await queues.undo(id);
      for (const node of NODES) expect(tc.kernel(node).root).toBe(false);
    },
  );
});

/** Puts a fault on, or takes one off. */
async function step(
  chance: Random,
  queues: LinkQueues,
  on: Map<number, { links: Link[]; shaping: LinkShaping }>,
  id: number,
): Promise<void> {
  if (on.size > 0 && chance.chance(1, 2)) {
    const gone = chance.pick([...on.keys()]);
    const fault = on.get(gone);
    on.delete(gone);
    await queues.undo(gone).catch(() => fault && on.set(gone, fault));
    return;
  }
  const links = chance.shuffle(ALL).slice(0, chance.between(1, 6));
  const shaping = chance.pick<LinkShaping>([
    delay(id),
    { type: 'rate', kbit: id },
    { type: 'reorder', percent: 10, delayMs: id },
  ]);
  await queues.apply(id, links, shaping).then(
    () => on.set(id, { links, shaping }),
    () => {},
  );
}

function expectExactly(
  tc: PretendedTc,
  on: ReadonlyMap<number, { links: Link[]; shaping: LinkShaping }>,
): void {
  for (const [from, to] of ALL) {
    const faults = [...on]
      .filter(([, { links }]) => links.some(([a, b]) => a === from && b === to))
      .toSorted(([a, x], [b, y]) => rank(x.shaping) - rank(y.shaping) || a - b);
    const wanted = faults.map(([, { shaping }]) => disciplineOf(shaping));
    for (const address of addressesOf(to)) expect(tc.pass(from, address)).toEqual(wanted);
  }
}

const rank = (shaping: LinkShaping): number => (shaping.type === 'rate' ? 1 : 0);
