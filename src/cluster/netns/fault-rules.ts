/**
 * Packet faults by iptables: applied, counted, undone, by the id of the fault. Changes to one node's rules
 * are made one after another.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import { applyText, countersIn, rulesOf, undoText, type Treatment } from './rules.ts';
import { NETNS_SITE, type Site } from './site.ts';

/** Which iptables: the default of the machine, or the older kernel interface where that one fails. */
export type IptablesName = 'iptables' | 'iptables-legacy';

/** What the rules of a fault struck so far, at all nodes. */
export interface Struck {
  readonly packets: number;
  readonly bytes: number;
}

export class FaultRules {
  readonly #iptables: IptablesName;
  readonly #site: Site;
  /** Rules of a fault by its id, at each node that holds them. */
  readonly #applied = new Map<number, Map<NodeName, string[]>>();
  /** Last change of a node's rules: the next one waits for it. */
  readonly #busy = new Map<NodeName, Promise<unknown>>();

  constructor(iptables: IptablesName, site: Site = NETNS_SITE) {
    this.#iptables = iptables;
    this.#site = site;
  }

  /** True: a fault of this id has rules in place. */
  has(id: number): boolean {
    return this.#applied.has(id);
  }

  /** Ids of the faults whose rules are in place. */
  get active(): readonly number[] {
    return [...this.#applied.keys()];
  }

  /**
   * Puts a fault's rules in place. Ends with all of them there, or, when it throws, none.
   * Throws `ToolFailed`, or a `RangeError` if a fault of this id is already in place.
   */
  async apply(id: number, links: readonly Link[], treatment: Treatment): Promise<void> {
    if (this.#applied.has(id)) throw new RangeError(`fault ${id} is already in place`);
    const rules = rulesOf(id, links, treatment, (node) => this.#site.addresses(node));
    this.#applied.set(id, rules);
    const failed: NodeName[] = [];
    const done = await Promise.allSettled(
      [...rules].map(([node, lines]) =>
        this.#inTurn(node, () => this.#restore(node, applyText(id, lines))).catch((error) => {
          failed.push(node);
          throw error;
        }),
      ),
    );
    const first = done.find((result) => result.status === 'rejected');
    if (first === undefined) return;
    // Also where it failed: what a command did before it was ended nobody knows.
    await this.undo(id).catch(() => {});
    for (const node of failed) rules.delete(node);
    if (rules.size === 0) this.#applied.delete(id);
    throw first.reason;
  }

  /** What a fault struck so far. Throws `ToolFailed`. */
  async struck(id: number): Promise<Struck> {
    const counted = await Promise.all(
      [...(this.#applied.get(id)?.keys() ?? [])].map(async (node) =>
        countersIn(await this.#saved(node), id),
      ),
    );
    return {
      packets: counted.reduce((sum, { packets }) => sum + packets, 0),
      bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /**
   * Removes a fault's rules and says what they struck. Nothing if there are none of this id. When it
   * throws `ToolFailed`, the nodes that still hold rules are remembered, and it can be called again.
   */
  async undo(id: number): Promise<Struck> {
    const nodes = this.#applied.get(id);
    const total = { packets: 0, bytes: 0 };
    const removed = await Promise.allSettled(
      [...(nodes?.keys() ?? [])].map(async (node) => {
        const { packets, bytes } = await this.#inTurn(node, () => this.#remove(id, node));
        total.packets += packets;
        total.bytes += bytes;
        nodes?.delete(node);
      }),
    );
    const failed = removed.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#applied.delete(id);
    return total;
  }

  /** A node is gone, and its rules with it. */
  forget(node: NodeName): void {
    for (const nodes of this.#applied.values()) nodes.delete(node);
    this.#busy.delete(node);
  }

  /** A node's network was made anew, as that of a container that started again: its rules are put back. */
  async renew(node: NodeName): Promise<void> {
    for (const [id, nodes] of this.#applied) {
      const lines = nodes.get(node);
      if (lines === undefined) continue;
      await this.#inTurn(node, async () =>
        this.#restore(node, applyText(id, lines, await this.#saved(node))),
      );
    }
  }

  /** Removes what is there of a fault at one node, and says what it struck. */
  async #remove(id: number, node: NodeName): Promise<Struck> {
    const saved = await this.#saved(node);
    const text = undoText(id, saved);
    if (text !== undefined) await this.#restore(node, text);
    return countersIn(saved, id);
  }

  /** Changes to one node's rules follow each other. */
  #inTurn<T>(node: NodeName, change: () => Promise<T>): Promise<T> {
    const turn = (this.#busy.get(node) ?? Promise.resolve()).then(change);
    this.#busy.set(
      node,
      turn.catch(() => {}),
    );
    return turn;
  }

  #restore(node: NodeName, input: string): Promise<string> {
    return this.#site.run(node, [`${this.#iptables}-restore`, '--noflush', '--wait', '5'], input);
  }

  #saved(node: NodeName): Promise<string> {
    return this.#site.run(node, [`${this.#iptables}-save`, '-c', '-t', 'filter']);
  }
}

/**
 * Resets the TCP connections of the links, in whichever direction they were dialled, and returns how
 * many. Needs a kernel with `INET_DIAG_DESTROY`; without, `ss` kills none. Throws `ToolFailed`.
 */
export async function disconnect(links: readonly Link[], site: Site = NETNS_SITE): Promise<number> {
  const peers = new Map<NodeName, Set<string>>();
  for (const [from, to] of links) {
    const known = peers.get(from) ?? new Set();
    peers.set(from, known);
    for (const address of site.addresses(to)) known.add(address);
  }
  const killed = await Promise.all(
    [...peers].map(async ([node, addresses]) => {
      const filter = [...addresses].map((address) => `dst ${address}`).join(' or ');
      const said = await site.run(node, ['ss', '-HKtn', `( ${filter} )`]);
      return said.split('\n').filter((line) => line.trim() !== '').length;
    }),
  );
  return killed.reduce((sum, count) => sum + count, 0);
}
