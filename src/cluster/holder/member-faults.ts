/**
 * Changes of the membership as faults: a member leaves and comes back, a brand-new node comes and
 * leaves, one that is dead is replaced. What was done is read back from the members' own view.
 *
 * | shape | when applied | when undone |
 * | --- | --- | --- |
 * | leave | the node leaves in good order | it comes back |
 * | join | a brand-new node joins | it leaves and is removed |
 * | replace | the node is killed, and with it its memory; a brand-new node joins, and the dead one is out of the view | the dead one comes back on its old disk; the new one leaves and is removed |
 *
 * Other faults may be on: what does not come true in time has no effect, and is no error.
 */
import { nodeId } from '../../base/node-name.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { MemberChanges, NodeInfo, Target } from '../../system/system.ts';
import type { Ground } from '../ground/ground.ts';
import type { ClusterNodes } from './cluster-nodes.ts';

/** How long a change may take, in ms: other faults may be in its way. */
const COME_WITHIN_MS = 15_000;
const GO_WITHIN_MS = 10_000;
const LOOK_WITHIN_MS = 300;
const AGAIN_MS = 100;

type Counts = Record<string, number>;

/** A change that is on. */
interface Applied {
  readonly fault: Fault;
  nodes: NodeName[];
  counters: Counts;
  bitten: boolean;
  undo: () => Promise<void>;
}

export class MemberFaults {
  readonly #nodes: ClusterNodes;
  readonly #ground: Ground;
  readonly #target: () => Promise<Target>;
  readonly #signal: AbortSignal;
  readonly #applied = new Map<number, { applied: Applied; done: Promise<void> }>();

  /** `signal`: the cluster is being stopped. */
  constructor(
    nodes: ClusterNodes,
    ground: Ground,
    target: () => Promise<Target>,
    signal: AbortSignal,
  ) {
    this.#nodes = nodes;
    this.#ground = ground;
    this.#target = target;
    this.#signal = signal;
  }

  /** Never rejects: what went wrong is in the report. */
  async inject(fault: Fault): Promise<FaultReport> {
    const applied: Applied = {
      fault,
      nodes: fault.nodes === 'leader' ? [] : [...fault.nodes],
      counters: {},
      bitten: false,
      undo: async () => {},
    };
    if (this.#applied.has(fault.id)) return report(applied, `fault ${fault.id} is on already`);
    const done = this.#apply(applied);
    this.#applied.set(fault.id, { applied, done });
    try {
      await done;
      return report(applied);
    } catch (error) {
      this.#applied.delete(fault.id);
      await applied.undo().catch(() => {});
      return report(applied, (error as Error).message);
    }
  }

  /** Never rejects. */
  async undo(id: number): Promise<FaultReport> {
    const on = this.#applied.get(id);
    if (on === undefined) throw new Error(`no fault ${id} is on`);
    await on.done.catch(() => {});
    this.#applied.delete(id);
    try {
      await on.applied.undo();
      return report(on.applied);
    } catch (error) {
      return report(on.applied, (error as Error).message);
    }
  }

  async #apply(applied: Applied): Promise<void> {
    const target = await this.#target();
    const { members } = target;
    if (members === undefined) throw new Error(`the members of ${target.name} are fixed`);
    const lab = new MemberLab(target, members, this.#nodes, this.#signal);
    applied.counters['epochBefore'] = (await lab.view()).epoch;
    switch (applied.fault.shape) {
      case 'leave':
        await this.#leave(applied, lab);
        break;
      case 'join':
        await this.#join(applied, lab);
        break;
      case 'replace':
        await this.#replace(applied, lab);
        break;
      default:
        throw new Error(`nothing here can carry out "member:${applied.fault.shape}"`);
    }
    applied.counters['epochAfter'] = (await lab.view()).epoch;
  }

  async #leave(applied: Applied, lab: MemberLab): Promise<void> {
    const names = applied.nodes;
    if (names.length === 0) throw new Error('name the node that leaves');
    applied.undo = async () => {
      const back = await Promise.all(names.map((node) => lab.comes(node)));
      const missing = names.filter((_, i) => back[i] !== true);
      applied.counters['returned'] = names.length - missing.length;
      applied.counters['epochAfter'] = (await lab.view()).epoch;
      if (missing.length > 0) throw new Error(notBack(missing));
    };
    const gone = await Promise.all(names.map((node) => lab.goes(node)));
    applied.nodes = names.filter((_, i) => gone[i] === true);
    applied.counters['left'] = applied.nodes.length;
    applied.bitten = applied.nodes.length > 0;
  }

  async #join(applied: Applied, lab: MemberLab): Promise<void> {
    const { name } = await this.#nodes.add(lab.target);
    applied.nodes = [name];
    applied.undo = async () => {
      await this.#dismiss(applied, lab, name);
      applied.counters['epochAfter'] = (await lab.view()).epoch;
    };
    applied.bitten = (await lab.comes(name)) && (await lab.has(name));
    applied.counters['joined'] = applied.bitten ? 1 : 0;
  }

  async #replace(applied: Applied, lab: MemberLab): Promise<void> {
    const [old, ...others] = applied.nodes;
    if (old === undefined || others.length > 0) throw new Error('name the one node to replace');
    const killed = await this.#ground.inject({ ...applied.fault, kind: 'kill', shape: 'one' });
    if (killed.error !== undefined) throw new Error(killed.error);
    applied.undo = async () => void (await this.#ground.undo(applied.fault.id));
    const { name } = await this.#nodes.add(lab.target);
    applied.nodes = [old, name];
    applied.undo = async () => {
      await this.#ground.undo(applied.fault.id);
      const back = await lab.comes(old);
      applied.counters['returned'] = back ? 1 : 0;
      await this.#dismiss(applied, lab, name);
      applied.counters['epochAfter'] = (await lab.view()).epoch;
      if (!back) throw new Error(notBack([old]));
    };
    const joined = await lab.comes(name);
    applied.bitten = joined && (await lab.lacks(old));
    applied.counters['killed'] = killed.bitten ? 1 : 0;
    applied.counters['replaced'] = applied.bitten ? 1 : 0;
  }

  /** A node that came for a while goes; by force if it must, unless nobody else holds the data. */
  async #dismiss(applied: Applied, lab: MemberLab, node: NodeName): Promise<void> {
    const left = await lab.goes(node);
    if (!left && !(await lab.othersServe(node)))
      throw new Error(
        `${node} stays: no other node serves, and it may be the last that holds the data`,
      );
    applied.counters['dismissed'] = left ? 1 : 0;
    await this.#nodes.remove(node);
  }
}

/** What of the membership can be done and seen from here. */
class MemberLab {
  readonly target: Target;
  readonly #members: MemberChanges;
  readonly #nodes: ClusterNodes;
  readonly #stop: AbortSignal;

  constructor(target: Target, members: MemberChanges, nodes: ClusterNodes, stop: AbortSignal) {
    this.target = target;
    this.#members = members;
    this.#nodes = nodes;
    this.#stop = stop;
  }

  /** True: the node is a member that serves. Tried again until its time is over. */
  comes(node: NodeName): Promise<boolean> {
    return this.#until(COME_WITHIN_MS, async (signal) => {
      await this.#members.join(this.#info(node), signal);
      return true;
    });
  }

  /** True: the node has left. */
  goes(node: NodeName): Promise<boolean> {
    return this.#until(GO_WITHIN_MS, async (signal) => {
      await this.#members.leave(this.#info(node), signal);
      return true;
    });
  }

  /** The latest view that any node tells of. */
  async view(): Promise<Pick<NodeStatus, 'epoch' | 'members'>> {
    const said = await this.#statuses();
    return said.reduce((a, b) => (b.epoch > a.epoch ? b : a), { epoch: 0, members: [] } as Pick<
      NodeStatus,
      'epoch' | 'members'
    >);
  }

  has(node: NodeName): Promise<boolean> {
    return this.#until(GO_WITHIN_MS, async () => isIn(node, await this.view()));
  }

  lacks(node: NodeName): Promise<boolean> {
    return this.#until(GO_WITHIN_MS, async () => !isIn(node, await this.view()));
  }

  async othersServe(node: NodeName): Promise<boolean> {
    const id = nodeId(node);
    return (await this.#statuses()).some(
      (status) => status.id !== id && status.state === 'serving',
    );
  }

  async #statuses(): Promise<NodeStatus[]> {
    const said = await Promise.all(this.#nodes.infos.map((info) => this.#ask(info)));
    return said.filter((status) => status !== undefined);
  }

  async #ask(info: NodeInfo): Promise<NodeStatus | undefined> {
    return this.target.status?.(info, AbortSignal.timeout(LOOK_WITHIN_MS)).catch(() => undefined);
  }

  #info(node: NodeName): NodeInfo {
    const info = this.#nodes.infos.find(({ name }) => name === node);
    if (info === undefined) throw new Error(`there is no node ${node}`);
    return info;
  }

  /** Tries until it is true. False: not in time, or the cluster is being stopped. */
  async #until(ms: number, attempt: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
    const signal = AbortSignal.any([this.#stop, AbortSignal.timeout(ms)]);
    while (!signal.aborted) {
      if (await attempt(signal).catch(() => false)) return true;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return false;
  }
}

function isIn(node: NodeName, { members }: Pick<NodeStatus, 'members'>): boolean {
  return members.some(({ id }) => id === nodeId(node));
}

function notBack(nodes: readonly NodeName[]): string {
  return `${nodes.join(' ')} did not come back within ${COME_WITHIN_MS / 1000} s`;
}

function report({ fault, nodes, counters, bitten }: Applied, error?: string): FaultReport {
  const base = { id: fault.id, links: fault.links, nodes, counters: { ...counters }, bitten };
  return error === undefined ? base : { ...base, error };
}
