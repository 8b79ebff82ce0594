/**
 * What the ground needs of the place where nodes live: addresses, a way to start a program at a
 * node, and packet-level faults where the place has them.
 *
 * Two implementations: plain processes on loopback (`ground/loopback.ts`, nothing to cut) and one
 * network namespace per node (`netns/netns-network.ts`). The ground, and with it the link proxies,
 * runs in the hub: in namespaces that is the network namespace of the bridge itself.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';

/** What one packet-level fault did so far: packets and bytes dropped, … */
export type Counters = Readonly<Record<string, number>>;

export interface Network {
  readonly kind: 'process' | 'netns';
  /** Makes everything for these nodes. Throws a `UserError` that names the step that failed. */
  create(nodes: readonly NodeName[]): Promise<void>;
  /** Makes everything for one node more, while the others run. If it throws, nothing is left of it. */
  add(node: NodeName): Promise<void>;
  /** Removes what was made for one node; its program has ended. Packet faults forget it. */
  remove(node: NodeName): Promise<void>;
  /** Address on which the program of `node` binds and by which the hub reaches it. */
  host(node: NodeName): string;
  /** Address in the hub on which the proxy of `from → to` listens (port 0: any free one). */
  proxyHost(from: NodeName, to: NodeName): string;
  /** Address from which that proxy dials `to`, so that packet rules still name the link; undefined: any. */
  proxySource(from: NodeName, to: NodeName): string | undefined;
  /** The command line that runs `argv` at `node` (a prefix). Its pid is the program's own. */
  command(node: NodeName, argv: readonly string[]): readonly string[];
  /** Packet faults; undefined: this place has none, the text says why. */
  readonly packets: PacketFaults | string;
  /** Removes everything. Idempotent. Returns what could not be removed. */
  destroy(): Promise<readonly string[]>;
}

/**
 * Faults on packets. Each fault id has rules of its own (a chain of its name), so that undoing one
 * touches no other. Links are directed; each packet of `a → b` is judged at `b`, whether it was sent
 * by the node `a` or by the proxy that dials in its name.
 */
export interface PacketFaults {
  /** Drops every packet of the links. Both directions listed: a partition. */
  cut(id: number, links: readonly Link[]): Promise<void>;
  /** Drops a share of the packets of the links, 0 < percent ≤ 100. `burst`: in runs of that many packets (1: independent). */
  lose(id: number, links: readonly Link[], percent: number, burst: number): Promise<void>;
  /** `packets` and `bytes` dropped so far by the rules of `id`. */
  counters(id: number): Promise<Counters>;
  /** Removes the rules of `id` and returns its last counters. Unknown id: zeroes. */
  undo(id: number): Promise<Counters>;
  /** Kills the TCP connections between the ends of the links, in both namespaces. Returns how many. */
  disconnect(links: readonly Link[]): Promise<number>;
}

/** How a runtime starts its ground where it cannot be the holder itself. */
export interface GroundShell {
  /** The command line that runs `argv` inside fresh namespaces which end with it (`unshare …`). */
  wrap(argv: readonly string[]): readonly string[];
}
