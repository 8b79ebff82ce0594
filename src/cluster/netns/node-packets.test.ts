/** Which means each fault is done by, on kernels that have more or less of them. */
import { describe, expect, test } from 'vitest';
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import { NodePackets } from './node-packets.ts';
import { PretendedTc } from './pretended-tc.case.ts';
import type { Site } from './site.ts';

const LINKS: readonly Link[] = [['n1', 'n2']];
const UNKNOWN = 'Error: Specified qdisc kind is unknown.';

/** tc in memory, and an iptables that counts nothing; `lacks`: modules that its kernel has not. */
class Pretended implements Site {
  readonly device = 'eth0';
  readonly tc = new PretendedTc();
  readonly calls: string[] = [];
  readonly #lacks: readonly string[];

  constructor(...lacks: readonly string[]) {
    this.#lacks = lacks;
    this.tc.refuse = (_, line) =>
      lacks.some((module) => line.includes(` ${module} `)) ? UNKNOWN : undefined;
  }

  addresses(node: NodeName): readonly string[] {
    return this.tc.addresses(node);
  }

  async run(node: NodeName, argv: readonly string[], input?: string): Promise<string> {
    if (argv[0] === 'tc') return this.tc.run(node, argv, input);
    this.calls.push(`${node}: ${argv.join(' ')}`);
    const text = `${argv.join(' ')} ${input ?? ''}`;
    if (this.#lacks.some((module) => text.includes(` ${module} `)))
      throw new Error(`No chain/target/match by that name`);
    if (argv[0]?.endsWith('-save'))
      return '[5:300] -A HERMES-1-OUTPUT -d 10.219.7.2/32 -j TEE --gateway 10.219.7.2\n';
    if (argv[1] === '-S') return '-A OUTPUT -d 192.0.2.1/32 -j TEE --gateway 192.0.2.1';
    if (argv[0] === 'ss') return 'ESTAB a b\n';
    return '';
  }
}

describe('packets of nodes', () => {
  test('are delayed by netem; what was tried once is not tried again', async () => {
    const site = new Pretended();
    const packets = new NodePackets('iptables', site);
    for (const shape of ['delay', 'reorder', 'corrupt', 'rate', 'duplicate'] as const)
      expect(await packets.can(shape, 'n1')).toBe(true);
    const tried = site.tc.lines.length;
    const delay = { type: 'delay', delayMs: 5, jitterMs: 0, distribution: 'uniform' } as const;
    await packets.shape(1, LINKS, delay);
    expect(site.tc.lines.slice(tried).join('\n')).not.toContain('dev lo');
    expect(site.tc.pass('n1', '10.219.7.2')).toHaveLength(1);
    expect(await packets.counters(1)).toMatchObject({ packetsDelayed: 1 });
    expect(await packets.undo(1)).toMatchObject({ packetsDelayed: 1 });
    expect(site.tc.kernel('n1').root).toBe(false);
  });

  test('are repeated by a rule where that can be, counted, and by netem elsewhere', async () => {
    const site = new Pretended();
    const packets = new NodePackets('iptables', site);
    await packets.shape(1, LINKS, { type: 'duplicate', percent: 10 });
    expect(site.tc.kernel('n1').root).toBe(false);
    expect(await packets.counters(1)).toEqual({ packetsDuplicated: 5 });
    await expect(packets.shape(1, LINKS, { type: 'duplicate', percent: 10 })).rejects.toThrow(
      'already in place',
    );
    expect(await packets.undo(1)).toEqual({ packetsDuplicated: 5 });
    // The id is free again, and then counts what it drops.
    await packets.lose(1, LINKS, 10, 1);
    expect(await packets.undo(1)).toEqual({ packets: 5, bytes: 300 });

    const without = new Pretended('TEE');
    const others = new NodePackets('iptables', without);
    await others.shape(1, LINKS, { type: 'duplicate', percent: 10 });
    expect(without.tc.pass('n1', '10.219.7.2')).toEqual(['netem limit 20000 duplicate 10%']);
    expect(await others.undo(1)).toEqual({ packetsExposed: 1, packetsDiscarded: 0 });
  });

  test('without netem: a rate and copies, and for the rest the reason', async () => {
    const packets = new NodePackets('iptables', new Pretended('netem'));
    expect(await packets.can('rate', 'n1')).toBe(true);
    expect(await packets.can('duplicate', 'n1')).toBe(true);
    expect(await packets.can('delay', 'n1')).toBe('the kernel has no sch_netem');
    await expect(packets.shape(1, LINKS, { type: 'corrupt', percent: 10 })).rejects.toThrow(
      'the kernel has no sch_netem',
    );
    const bare = new NodePackets('iptables', new Pretended('netem', 'tbf', 'TEE'));
    expect(await bare.can('duplicate', 'n1')).toBe('the kernel has no sch_netem');
    expect(await bare.can('rate', 'n1')).toBe('the kernel has no sch_tbf');
  });

  test('a trial that failed for another reason says what was said, and is made again', async () => {
    const site = new Pretended();
    const packets = new NodePackets('iptables', site);
    site.tc.refuse = () => 'Operation not permitted';
    expect(await packets.can('rate', 'n1')).toMatch('not permitted');
    site.tc.refuse = () => undefined;
    expect(await packets.can('rate', 'n1')).toBe(true);
  });

  test('a node without a network now proves nothing', async () => {
    const silent: Site = { device: 'eth0', addresses: () => [], run: async () => '' };
    const packets = new NodePackets('iptables', silent);
    for (const shape of ['rate', 'delay', 'duplicate'] as const)
      expect(await packets.can(shape, 'n1')).toMatch(/no network now/);
  });

  test('no links: nothing is done', async () => {
    const site = new Pretended();
    await new NodePackets('iptables', site).shape(1, [], { type: 'rate', kbit: 64 });
    expect([...site.tc.lines, ...site.calls]).toEqual([]);
  });

  test('a network that was made anew gets rules and queues back; a node that is gone loses both', async () => {
    const site = new Pretended();
    const packets = new NodePackets('iptables', site);
    await packets.cut(1, LINKS);
    await packets.shape(2, LINKS, { type: 'rate', kbit: 64 });
    site.tc.reset('n1');
    site.calls.length = 0;
    await packets.renew('n1');
    expect(site.calls).toEqual([
      'n1: iptables-save -c -t filter',
      'n1: iptables-restore --noflush --wait 5',
    ]);
    expect(site.tc.kernel('n1').root).toBe(true);
    packets.forget('n1');
    site.calls.length = 0;
    site.tc.lines.length = 0;
    await Promise.all([packets.undo(1), packets.undo(2)]);
    expect([...site.calls, ...site.tc.lines].filter((line) => line.startsWith('n1'))).toEqual([]);
    expect(site.calls).toContain('n2: iptables-save -c -t filter');
  });

  test('connections are reset at the site', async () => {
    const site = new Pretended();
    expect(await new NodePackets('iptables', site).disconnect(LINKS)).toBe(1);
    expect(site.calls).toEqual(['n1: ss -HKtn ( dst 10.219.7.102 or dst 10.219.7.2 )']);
  });
});
