/**
 * Applies faults to a ground and takes them back: signals for processes, the link proxy for links and
 * messages, rules for packets. Each report carries what was measured, never what was intended.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { Links } from './links.ts';
import type { PacketFaults } from './network.ts';
import { shapingOf } from './shaping-of.ts';
import type { NodeHandle } from './node-handle.ts';

export interface Reach {
  readonly processes: ReadonlyMap<NodeName, NodeHandle>;
  readonly proxy: Links | undefined;
  readonly packets: PacketFaults | string;
  restart(node: NodeName): Promise<boolean>;
}

type Counts = Record<string, number>;

/** A fault that is on. */
interface Applied {
  readonly fault: Fault;
  /** Nodes that it really struck. */
  nodes: NodeName[];
  counters: Counts;
  /** Nodes on which it could not be done. */
  failed?: number;
  /** Resolves when it has been applied, or could not be. */
  done: Promise<void>;
  /** Takes it back and gives its last counters. */
  undo: () => Promise<Counts>;
}

/** A fault that nothing here can carry out. */
class NotHere extends Error {}

export class FaultHand {
  readonly #reach: Reach;
  readonly #applied = new Map<number, Applied>();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Never rejects: what went wrong is in the report. */
  async inject(fault: Fault): Promise<FaultReport> {
    if (this.#applied.has(fault.id))
      return report({ fault, nodes: [], counters: {} }, `fault ${fault.id} is on already`);
    const applied: Applied = {
      fault,
      nodes: fault.nodes === 'leader' ? [] : [...fault.nodes],
      counters: {},
      done: Promise.resolve(),
      undo: async () => ({}),
    };
    this.#applied.set(fault.id, applied);
    try {
      applied.done = this.#apply(applied);
      await applied.done;
      return report(applied);
    } catch (error) {
      this.#applied.delete(fault.id);
      return report(applied, (error as Error).message);
    }
  }

  /** Never rejects. A fault that could not be taken back is still on (`left`): undo it again. */
  async undo(id: number): Promise<FaultReport> {
    const applied = this.#applied.get(id);
    if (applied === undefined) {
      return {
        id,
        links: [],
        nodes: [],
        counters: {},
        bitten: false,
        error: `no fault ${id} is on`,
      };
    }
    await applied.done.catch(() => {});
    // While it is taken back it is none of the others that keep a node as it is.
    this.#applied.delete(id);
    try {
      Object.assign(applied.counters, await applied.undo());
      return report(applied);
    } catch (error) {
      this.#applied.set(id, applied);
      const what = `it is still on: ${(error as Error).message}`;
      return { ...report(applied, what), left: true };
    }
  }

  #apply(applied: Applied): Promise<void> {
    switch (applied.fault.kind) {
      case 'pause':
        return this.#pause(applied);
      case 'kill':
        return this.#kill(applied);
      case 'disconnect':
        return this.#disconnect(applied);
      case 'partition':
        return this.#partition(applied);
      case 'loss':
        return this.#lose(applied);
      case 'link':
        return this.#shape(applied);
      case 'messages':
        return this.#disturb(applied);
      case 'clock':
      case 'disk':
      case 'member':
        return Promise.reject(new NotHere(`nothing here can carry out "${applied.fault.kind}"`));
    }
  }

  /**
   * Runs `act` on each node that the fault names; keeps those where it worked. Where it failed on some
   * the fault stands on the others, and is taken back there; where it failed on all it throws.
   */
  async #each(applied: Applied, act: (process: NodeHandle) => Promise<boolean>): Promise<void> {
    const done = await Promise.allSettled(
      applied.nodes.map(async (node) => {
        const process = this.#reach.processes.get(node);
        if (process === undefined) throw new NotHere(`there is no node ${node}`);
        return (await act(process)) ? [node] : [];
      }),
    );
    const failed = done.filter((each) => each.status === 'rejected');
    if (failed.length === done.length && failed[0] !== undefined) throw failed[0].reason;
    applied.nodes = done.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (failed.length > 0) applied.failed = failed.length;
  }

  async #pause(applied: Applied): Promise<void> {
    const asked = applied.nodes;
    await this.#each(applied, (process) => process.pause());
    const began = performance.now();
    applied.counters = counted('stopped', applied);
    applied.undo = async () => {
      // Also those that stood still already: whoever stopped them left that to this one.
      const rest = asked.filter((node) => !this.#others('pause', node));
      await Promise.all(rest.map(async (node) => this.#reach.processes.get(node)?.resume()));
      return { stoppedMs: Math.round(performance.now() - began) };
    };
  }

  async #kill(applied: Applied): Promise<void> {
    const asked = applied.nodes;
    await this.#each(applied, (process) => process.kill());
    applied.counters = counted('killed', applied);
    applied.undo = async () => {
      // Also those that another kill had ended before, which left them down because this one was on.
      const rest = asked.filter((node) => !this.#others('kill', node));
      const started = await Promise.all(rest.map((node) => this.#reach.restart(node)));
      return { restarted: started.filter(Boolean).length };
    };
  }

  /** True: another fault of the kind was to strike the node too, and ends later. */
  #others(kind: Fault['kind'], node: NodeName): boolean {
    return [...this.#applied.values()].some(
      ({ fault }) => fault.kind === kind && fault.nodes !== 'leader' && fault.nodes.includes(node),
    );
  }

  async #disconnect(applied: Applied): Promise<void> {
    const { proxy, packets } = this.#reach;
    const { links } = applied.fault;
    if (proxy !== undefined) applied.counters = { connectionsReset: await proxy.disconnect(links) };
    else if (typeof packets === 'string')
      throw new NotHere('connections are cut by the link proxy');
    else applied.counters = { connectionsReset: await packets.disconnect(links) };
  }

  /** Packets where they can be dropped and the cut is whole; frames otherwise. */
  async #partition(applied: Applied): Promise<void> {
    const { proxy, packets } = this.#reach;
    const { fault } = applied;
    const whole = fault.links.every(([a, b]) => fault.links.some(([c, d]) => a === d && b === c));
    if (typeof packets !== 'string' && (whole || proxy === undefined)) {
      await packets.cut(fault.id, fault.links);
      applied.undo = () => packets.undo(fault.id);
    } else await this.#disturb(applied);
  }

  /** Packets where the kernel can shape them so; frames otherwise, where they can be. */
  async #shape(applied: Applied): Promise<void> {
    const { proxy, packets } = this.#reach;
    const { fault } = applied;
    const shaping = shapingOf(fault);
    const [first] = fault.links;
    if (shaping === undefined) throw new NotHere(`there is no shape link:${fault.shape}`);
    if (first === undefined) throw new NotHere('it names no links');
    const able = typeof packets === 'string' ? packets : await packets.can(shaping.type, first[0]);
    if (typeof packets !== 'string' && able === true) {
      await packets.shape(fault.id, fault.links, shaping);
      applied.undo = async () => ({ ...(await packets.undo(fault.id)) });
    } else if (shaping.type !== 'delay' && shaping.type !== 'rate')
      throw new NotHere(able as string);
    else if (proxy === undefined)
      throw new NotHere(`${able}, and the links run without the link proxy`);
    else await this.#disturb(applied);
  }

  async #disturb(applied: Applied): Promise<void> {
    const { proxy } = this.#reach;
    const { fault } = applied;
    if (proxy === undefined) throw new NotHere('the links run without the link proxy');
    if (!(await proxy.apply(fault)))
      throw new NotHere(`the link proxy knows no ${fault.kind}:${fault.shape}`);
    applied.undo = async () => proxy.undo(fault.id);
  }

  async #lose(applied: Applied): Promise<void> {
    const { packets } = this.#reach;
    const { fault } = applied;
    if (typeof packets === 'string') throw new NotHere(packets);
    const percent = fault.params['percent'] ?? 20;
    await packets.lose(fault.id, fault.links, percent, fault.params['burst'] ?? 1);
    applied.undo = () => packets.undo(fault.id);
  }
}

function counted(name: string, { nodes, failed }: Applied): Counts {
  return { [name]: nodes.length, ...(failed === undefined ? {} : { failed }) };
}

function report(applied: Omit<Applied, 'undo' | 'done'>, error?: string): FaultReport {
  const { fault, nodes, counters } = applied;
  const proven = BITES.some((name) => (counters[name] ?? 0) > 0) || surelyStruck(fault, counters);
  const bitten = error === undefined && proven;
  const { id, links } = fault;
  return { id, links, nodes, counters: { ...counters }, bitten, ...(error ? { error } : {}) };
}

/** Where nobody counts which packets were struck: so many came by that with 99.9 % some were. */
function surelyStruck({ params }: Fault, counters: Counts): boolean {
  const share = (params['percent'] ?? 20) / 100;
  return (1 - share) ** (counters['packetsExposed'] ?? 0) < 0.001;
}

/** Counters that prove an effect. */
const BITES = [
  'stopped',
  'killed',
  'connectionsReset',
  'connectionsRefused',
  'packets',
  'packetsDelayed',
  'packetsReordered',
  'packetsDuplicated',
  'packetsDiscarded',
  'timesThrottled',
  'framesLost',
  'framesDelayed',
  'bytesHeld',
  'messagesLost',
  'messagesRepeated',
  'messagesDelayed',
  'messagesReordered',
] as const;
