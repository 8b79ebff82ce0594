/**
 * What the ground needs of the place where nodes live: addresses, a way to start a program at a
 * node, and packet-level faults where the place has them.
 *
 * Two implementations: plain processes on loopback (`ground/loopback.ts`, nothing to cut) and one
 * network namespace per node (`netns/netns-network.ts`). The ground, and with it the link proxies,
 * runs in the hub: in namespaces that is the network namespace of the bridge itself.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Distribution } from '../../faults/distribution.ts';
import type { Link } from '../../faults/fault.ts';

/**
 * What one packet-level fault did so far. `packets`, `bytes`: dropped. `packetsDelayed`, `…Reordered`,
 * `…Duplicated`, `…Discarded` (beyond what a queue holds), `timesThrottled`. `packetsExposed`: came by
 * where each is struck by chance and nobody counts which.
 */
export type Counters = Readonly<Record<string, number>>;

/** What packets of a link suffer. Shares in percent, above 0 and at most 100; times in ms. */
export type LinkShaping =
  /** `uniform`: up to `jitterMs` more. Packets that are delayed by different times overtake each other. */
  | {
      readonly type: 'delay';
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly distribution: Distribution;
    }
  /** No more than `kbit` in a second: packets wait, and are dropped when too many do. */
  | { readonly type: 'rate'; readonly kbit: number }
  /** A share is held for so long while the others pass. */
  | { readonly type: 'reorder'; readonly percent: number; readonly delayMs: number }
  /** A share is sent twice. */
  | { readonly type: 'duplicate'; readonly percent: number }
  /** One bit of a share is turned; checksums find it, so that TCP and UDP drop what is struck. */
  | { readonly type: 'corrupt'; readonly percent: number };
export type LinkShape = LinkShaping['type'];

export interface Network {
  readonly kind: 'process' | 'netns' | 'docker';
  /** Makes everything for these nodes. Throws a `UserError` that names the step that failed. */
  create(nodes: readonly NodeName[], clientPorts: readonly number[]): Promise<void>;
  /** Makes everything for one node more, while the others run. If it throws, nothing is left of it. */
  add(node: NodeName, clientPort: number): Promise<void>;
  /** Removes what was made for one node; its program has ended. Packet faults forget it. */
  remove(node: NodeName): Promise<void>;
  /** Empties the data of a node whose program is down; undefined: they are files of the holder's. */
  empty?(node: NodeName): Promise<void>;
  /** Address on which the program of `node` binds and by which the hub reaches it. */
  host(node: NodeName): string;
  /** Address in the hub on which the proxy of `from → to` listens (port 0: any free one). */
  proxyHost(from: NodeName, to: NodeName): string;
  /** Address from which that proxy dials `to`, so that packet rules still name the link; undefined: any. */
  proxySource(from: NodeName, to: NodeName): string | undefined;
  /** The command line that runs `argv` at `node` (a prefix). Its pid is the program's own. */
  command(node: NodeName, argv: readonly string[]): readonly string[];
  /** Where clients reach nodes that share no file system with this process; undefined: they do. */
  readonly outside?: Outside;
  /** Packet faults; undefined: this place has none, the text says why. */
  readonly packets: PacketFaults | string;
  /** Removes everything. Idempotent. Returns what could not be removed. */
  destroy(): Promise<readonly string[]>;
}

/** Nodes as they look where no file or socket of theirs is in reach. */
export interface Outside {
  /** Clients dial this, and the node's client port. */
  readonly host: string;
  /** Each node's data folder, as its own program sees it. */
  readonly dataDir: string;
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
  /**
   * Shapes the packets of the links where they are sent. Several at once on one link work one behind the
   * other. Throws where the place cannot (`can`).
   */
  shape(id: number, links: readonly Link[], shaping: LinkShaping): Promise<void>;
  /** Whether packets can be shaped so at `node`: true, or why not. Tried once per place. */
  can(shape: LinkShape, node: NodeName): Promise<true | string>;
  /** What the fault did so far. */
  counters(id: number): Promise<Counters>;
  /**
   * Removes everything of `id` and returns its last counters; unknown id: nothing is counted. Packets that
   * it holds back are let go first, for 2 s at most.
   */
  undo(id: number): Promise<Counters>;
  /** Kills the TCP connections between the ends of the links, in both namespaces. Returns how many. */
  disconnect(links: readonly Link[]): Promise<number>;
}

/** How a runtime starts its ground where it cannot be the holder itself. */
export interface GroundShell {
  /** The command line that runs `argv` inside fresh namespaces which end with it (`unshare …`). */
  wrap(argv: readonly string[]): readonly string[];
}
