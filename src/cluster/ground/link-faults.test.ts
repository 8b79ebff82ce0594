/** Who carries out a fault of a link: the kernel, the link proxy, or nobody. */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../faults/fault.ts';
import { FaultHand, type Reach } from './fault-hand.ts';
import type { LinkShape, LinkShaping, PacketFaults } from './network.ts';

const NO = 'the kernel has no sch_netem';

function link(
  shape: string,
  params: Fault['params'] = {},
  links: Fault['links'] = [['n1', 'n2']],
): Fault {
  return { id: 1, kind: 'link', shape, atNs: 0, forNs: 0, nodes: [], links, params };
}

/** Packets of which some shapes can be done; keeps what was asked for, and counts as told. */
function packetsThat(can: readonly LinkShape[], counters: Record<string, number> = {}) {
  const asked: LinkShaping[] = [];
  const packets = {
    can: async (shape: LinkShape) => (can.includes(shape) ? true : NO),
    shape: async (_id: number, _links: unknown, shaping: LinkShaping) => void asked.push(shaping),
    undo: async () => counters,
  } as unknown as PacketFaults;
  return { packets, asked };
}

/** A proxy that takes delay and rate. */
function proxyThat() {
  const applied: string[] = [];
  const proxy = {
    apply: async (fault: Fault) => {
      applied.push(fault.shape);
      return fault.shape === 'delay' || fault.shape === 'rate';
    },
    undo: async () => ({ framesDelayed: 3 }),
  } as unknown as NonNullable<Reach['proxy']>;
  return { proxy, applied };
}

const hand = (packets: Reach['packets'], proxy?: Reach['proxy']): FaultHand =>
  new FaultHand({ processes: new Map(), proxy, packets, restart: async () => false });

describe('a fault of a link', () => {
  test('is the kernel’s where it can', async () => {
    const { packets, asked } = packetsThat(['delay'], { packetsDelayed: 2 });
    const { proxy, applied } = proxyThat();
    const it = hand(packets, proxy);
    const first = await it.inject(link('delay', { delayMs: 7, jitterMs: 2, distribution: 1 }));
    expect(first).toMatchObject({ bitten: false });
    expect(first.error).toBeUndefined();
    expect(asked).toEqual([{ type: 'delay', delayMs: 7, jitterMs: 2, distribution: 'normal' }]);
    expect(applied).toEqual([]);
    expect(await it.undo(1)).toMatchObject({ bitten: true, counters: { packetsDelayed: 2 } });
  });

  test('is the proxy’s where only that can', async () => {
    const { packets, asked } = packetsThat([]);
    const { proxy, applied } = proxyThat();
    for (const place of [packets, 'loopback has no packets of one node']) {
      const it = hand(place, proxy);
      expect((await it.inject(link('rate'))).error).toBeUndefined();
      expect(await it.undo(1)).toMatchObject({ bitten: true, counters: { framesDelayed: 3 } });
    }
    expect(applied).toEqual(['rate', 'rate']);
    expect(asked).toEqual([]);
  });

  test.each<[string, Fault, boolean, RegExp]>([
    ['what only packets can suffer', link('corrupt'), true, /no sch_netem/],
    ['without a proxy', link('delay'), false, /no sch_netem, and the links run without/],
    ['no such shape', link('bend'), true, /no shape link:bend/],
    ['no links', link('delay', {}, []), true, /no links/],
  ])('is refused with the reason: %s', async (_, fault, proxied, reason) => {
    const { packets } = packetsThat([]);
    const it = hand(packets, proxied ? proxyThat().proxy : undefined);
    const report = await it.inject(fault);
    expect(report).toMatchObject({ bitten: false, error: expect.stringMatching(reason) });
    expect((await it.undo(1)).error).toMatch('no fault 1');
  });

  test('has the defaults of the table where it names nothing', async () => {
    const { packets, asked } = packetsThat(['delay', 'rate', 'reorder', 'duplicate', 'corrupt']);
    const it = hand(packets);
    for (const shape of ['delay', 'rate', 'reorder', 'duplicate', 'corrupt']) {
      await it.inject(link(shape));
      await it.undo(1);
    }
    expect(asked).toEqual([
      { type: 'delay', delayMs: 30, jitterMs: 10, distribution: 'uniform' },
      { type: 'rate', kbit: 256 },
      { type: 'reorder', percent: 20, delayMs: 30 },
      { type: 'duplicate', percent: 20 },
      { type: 'corrupt', percent: 20 },
    ]);
  });

  test.each([
    [10, 5, false],
    [10, 70, true],
    [100, 1, true],
    [50, 0, false],
  ])(
    'of %i percent, not counted: it has bitten once %i packets came by: %s',
    async (percent, packetsExposed, bitten) => {
      const it = hand(packetsThat(['corrupt'], { packetsExposed }).packets);
      await it.inject(link('corrupt', { percent }));
      expect((await it.undo(1)).bitten).toBe(bitten);
    },
  );
});
