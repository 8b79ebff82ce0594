/**
 * Packet faults wherever nodes have a network of their own: iptables drops and repeats, tc shapes. What
 * the kernel of the place can do is tried there, once, when it is first asked.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import type { Counters, LinkShape, LinkShaping, PacketFaults } from '../ground/network.ts';
import { disconnect, FaultRules, type IptablesName, type Struck } from './fault-rules.ts';
import { LinkQueues } from './link-queues.ts';
import { isPassing, tryCopies, tryNetem, tryRate } from './shaping-abilities.ts';
import { NETNS_SITE, type Site } from './site.ts';

export class NodePackets implements PacketFaults {
  readonly #site: Site;
  readonly #iptables: IptablesName;
  readonly #rules: FaultRules;
  readonly #queues: LinkQueues;
  /** Faults whose rules do not drop but repeat. */
  readonly #copying = new Set<number>();
  readonly #tried = new Map<string, Promise<true | string>>();

  /** `iptables`: whose rules drop packets at that site. */
  constructor(iptables: IptablesName, site: Site = NETNS_SITE) {
    this.#site = site;
    this.#iptables = iptables;
    this.#rules = new FaultRules(iptables, site);
    this.#queues = new LinkQueues(site);
  }

  cut(id: number, links: readonly Link[]): Promise<void> {
    return this.#rules.apply(id, links, { type: 'drop' });
  }

  lose(id: number, links: readonly Link[], percent: number, burst: number): Promise<void> {
    return this.#rules.apply(id, links, { type: 'lose', percent, burst });
  }

  async shape(id: number, links: readonly Link[], shaping: LinkShaping): Promise<void> {
    if (this.#rules.has(id)) throw new RangeError(`fault ${id} is already in place`);
    const first = links[0]?.[0];
    if (first === undefined) return;
    const able = await this.can(shaping.type, first);
    if (able !== true) throw new Error(able);
    // Copies by rule are counted, and several such faults may be on at once; netem's are neither.
    if (shaping.type === 'duplicate' && (await this.#copies(first)) === true) {
      await this.#rules.apply(id, links, { type: 'duplicate', percent: shaping.percent });
      this.#copying.add(id);
    } else await this.#queues.apply(id, links, shaping);
  }

  async can(shape: LinkShape, node: NodeName): Promise<true | string> {
    if (shape === 'rate') return this.#once('rate', () => tryRate(this.#site, node));
    const netem = await this.#once('netem', () => tryNetem(this.#site, node));
    if (netem === true || shape !== 'duplicate') return netem;
    return (await this.#copies(node)) === true ? true : netem;
  }

  async counters(id: number): Promise<Counters> {
    if (this.#queues.has(id)) return this.#queues.counters(id);
    return this.#named(id, await this.#rules.struck(id));
  }

  async undo(id: number): Promise<Counters> {
    if (this.#queues.has(id)) return this.#queues.undo(id);
    const counters = this.#named(id, await this.#rules.undo(id));
    this.#copying.delete(id);
    return counters;
  }

  #named(id: number, { packets, bytes }: Struck): Counters {
    return this.#copying.has(id) ? { packetsDuplicated: packets } : { packets, bytes };
  }

  disconnect(links: readonly Link[]): Promise<number> {
    return disconnect(links, this.#site);
  }

  /** A node is gone, and what its network held with it. */
  forget(node: NodeName): void {
    this.#rules.forget(node);
    this.#queues.forget(node);
  }

  /**
   * A node's network was made anew and is empty, as that of a container that was started again: puts all
   * faults that are on back there. Throws what the site throws.
   */
  async renew(node: NodeName): Promise<void> {
    await this.#rules.renew(node);
    await this.#queues.renew(node);
  }

  #copies(node: NodeName): Promise<true | string> {
    return this.#once('copies', () => tryCopies(this.#site, this.#iptables, node));
  }

  async #once(what: string, attempt: () => Promise<true | string>): Promise<true | string> {
    const tried = this.#tried.get(what) ?? attempt();
    this.#tried.set(what, tried);
    const answer = await tried;
    if (isPassing(answer)) this.#tried.delete(what);
    return answer;
  }
}
