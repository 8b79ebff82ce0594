/**
 * Packet faults on a network that `layNetwork` laid: applied, counted, undone, by the id of the fault.
 * Runs in the hub's namespaces. Changes to one node's rules are made one after another.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import { addressesOf } from './addresses.ts';
import { insideNode } from './lay-network.ts';
import { applyText, countersIn, rulesOf, undoText, type Treatment } from './rules.ts';
import { tool } from './tool.ts';

/** Which iptables: the default of the machine, or the older kernel interface where that one fails. */
export type IptablesName = 'iptables' | 'iptables-legacy';

/** What the rules of a fault dropped so far, at all nodes. */
export interface Dropped {
  readonly packets: number;
  readonly bytes: number;
}

export class FaultRules {
  readonly #iptables: IptablesName;
  /** Nodes that hold rules of a fault, by its id. */
  readonly #applied = new Map<number, Set<NodeName>>();
  /** Last change of a node's rules: the next one waits for it. */
  readonly #busy = new Map<NodeName, Promise<unknown>>();

  constructor(iptables: IptablesName) {
    this.#iptables = iptables;
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
    const rules = rulesOf(id, links, treatment);
    const nodes = new Set<NodeName>();
    this.#applied.set(id, nodes);
    const done = await Promise.allSettled(
      [...rules].map(async ([node, lines]) => {
        await this.#restore(node, applyText(id, lines));
        nodes.add(node);
      }),
    );
    const failed = done.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await this.#remove(id);
    throw failed.reason;
  }

  /** What a fault dropped so far. Throws `ToolFailed`. */
  async dropped(id: number): Promise<Dropped> {
    const counted = await Promise.all(
      [...(this.#applied.get(id) ?? [])].map(async (node) =>
        countersIn(await this.#saved(node), id),
      ),
    );
    return {
      packets: counted.reduce((sum, { packets }) => sum + packets, 0),
      bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /**
   * Removes a fault's rules and says what they dropped. Nothing if there are none of this id. When it
   * throws `ToolFailed`, the nodes that still hold rules are remembered, and it can be called again.
   */
  async undo(id: number): Promise<Dropped> {
    const dropped = await this.dropped(id);
    await this.#remove(id);
    return dropped;
  }

  /** A node is gone, and its rules with it. */
  forget(node: NodeName): void {
    for (const nodes of this.#applied.values()) nodes.delete(node);
    this.#busy.delete(node);
  }

  async #remove(id: number): Promise<void> {
    const nodes = this.#applied.get(id) ?? new Set();
    const removed = await Promise.allSettled(
      [...nodes].map(async (node) => {
        await this.#restore(node, undoText(id));
        nodes.delete(node);
      }),
    );
    const failed = removed.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#applied.delete(id);
  }

  #restore(node: NodeName, input: string): Promise<string> {
    const command = [...insideNode(node), `${this.#iptables}-restore`, '--noflush', '--wait', '5'];
    const after = this.#busy.get(node) ?? Promise.resolve();
    const change = after.then(() => tool(command, { input }));
    this.#busy.set(
      node,
      change.catch(() => {}),
    );
    return change;
  }

  #saved(node: NodeName): Promise<string> {
    return tool([...insideNode(node), `${this.#iptables}-save`, '-c', '-t', 'filter']);
  }
}

/**
 * Resets the TCP connections of the links, in whichever direction they were dialled, and returns how
 * many. Needs a kernel with `INET_DIAG_DESTROY`; without, `ss` kills none. Throws `ToolFailed`.
 */
export async function disconnect(links: readonly Link[]): Promise<number> {
  const peers = new Map<NodeName, Set<string>>();
  for (const [from, to] of links) {
    const known = peers.get(from) ?? new Set();
    peers.set(from, known);
    for (const address of addressesOf(to)) known.add(address);
  }
  const killed = await Promise.all(
    [...peers].map(async ([node, addresses]) => {
      const filter = [...addresses].map((address) => `dst ${address}`).join(' or ');
      const said = await tool([...insideNode(node), 'ss', '-HKtn', `( ${filter} )`]);
      return said.split('\n').filter((line) => line.trim() !== '').length;
    }),
  );
  return killed.reduce((sum, count) => sum + count, 0);
}
