/**
 * Link shaping by tc at the nodes that send: applied, counted, undone, by the id of the fault. Changes
 * to one node are made one after another.
 *
 * Each set of faults that some links share has a class, so that undoing one fault moves its links to the
 * class of those that are left. What the old class still holds is let go before it is removed. A rate is
 * that of one link: then every destination has a class of its own.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';
import type { Counters, LinkShaping } from '../ground/network.ts';
import type { Site } from './site.ts';
import {
  classId,
  classLine,
  filterLines,
  handle,
  openLine,
  queueCounts,
  queueLine,
  removeClassLine,
  removeFilterLine,
  removeRootLine,
  ROOT,
  rootLine,
  type QueueCount,
} from './shaping.ts';

/** How long an undone fault may go on letting go what it holds, in ms, and how often that is looked at. */
const DRAIN_MS = 2_000;
const LOOK_MS = 25;
/** tc's numbers for classes and disciplines have 16 bits; for filters, the lowest wins. */
const FIRST_NUMBER = 0x10;
const FIRST_PRIORITY = 50_000;

interface ShapedFault {
  readonly shaping: LinkShaping;
  readonly links: readonly Link[];
}

/** The discipline of a fault in one class. */
interface LinkQueue {
  readonly id: number;
  readonly parent: string;
  readonly handle: string;
  readonly limits: boolean;
}

/** A class, the disciplines behind it in order, and the destinations that are sorted into it. */
interface LinkClass {
  readonly key: string;
  readonly minor: number;
  readonly queues: readonly LinkQueue[];
  /** Priority of the filters of each destination. */
  readonly filters: Map<NodeName, number>;
}

/** What tc holds at one node. */
interface Tree {
  readonly classes: Set<LinkClass>;
  number: number;
  priority: number;
}

export class LinkQueues {
  readonly #site: Site;
  /** In the order of their ids, which is the order in which they work on a packet. */
  readonly #faults = new Map<number, ShapedFault>();
  readonly #trees = new Map<NodeName, Tree>();
  /** Nodes where a change failed half-way: what they hold is to be removed first. */
  readonly #unclear = new Set<NodeName>();
  /** What was counted in classes that are gone, by fault. */
  readonly #past = new Map<number, QueueCount[]>();
  /** Last change at a node: the next one waits for it. */
  readonly #busy = new Map<NodeName, Promise<unknown>>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** True: a fault of this id is in place. */
  has(id: number): boolean {
    return this.#faults.has(id);
  }

  /**
   * Puts a fault in place at all nodes that send on its links. If it throws, it is in place nowhere; a
   * `RangeError` if one of this id is already there.
   */
  async apply(id: number, links: readonly Link[], shaping: LinkShaping): Promise<void> {
    if (this.#faults.has(id)) throw new RangeError(`fault ${id} is already in place`);
    this.#faults.set(id, { shaping, links });
    this.#past.set(id, []);
    const done = await Promise.allSettled(sendersOf(links).map((node) => this.#settle(node)));
    const failed = done.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    this.#faults.delete(id);
    this.#past.delete(id);
    await Promise.allSettled(sendersOf(links).map((node) => this.#settle(node)));
    throw failed.reason;
  }

  /** What a fault did so far. Nothing for an id that is not in place. */
  async counters(id: number): Promise<Counters> {
    const fault = this.#faults.get(id);
    if (fault === undefined) return {};
    const live = await Promise.all(sendersOf(fault.links).map((node) => this.#counts(node)));
    const counted = live.flatMap((counts) => counts.get(id) ?? []);
    return countersOf(fault.shaping, [...counted, ...(this.#past.get(id) ?? [])]);
  }

  /**
   * Takes a fault back everywhere and says what it did. If it throws, the fault is in place again as far as
   * tc allows, and undoing it can be tried again.
   */
  async undo(id: number): Promise<Counters> {
    const fault = this.#faults.get(id);
    if (fault === undefined) return {};
    this.#faults.delete(id);
    const done = await Promise.allSettled(sendersOf(fault.links).map((node) => this.#settle(node)));
    const failed = done.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      this.#faults.set(id, fault);
      await Promise.allSettled(sendersOf(fault.links).map((node) => this.#settle(node)));
      throw failed.reason;
    }
    const counted = this.#past.get(id) ?? [];
    this.#past.delete(id);
    return countersOf(fault.shaping, counted);
  }

  /** A node is gone, and what it had with it. */
  forget(node: NodeName): void {
    this.#trees.delete(node);
    this.#unclear.delete(node);
    for (const [id, fault] of this.#faults) {
      const links = fault.links.filter(([from]) => from !== node);
      this.#faults.set(id, { ...fault, links });
    }
  }

  /** A node's network was made anew, as that of a container that started again: everything is put there again. */
  async renew(node: NodeName): Promise<void> {
    await this.#alone(node, async () => {
      this.#trees.delete(node);
      this.#unclear.delete(node);
    });
    await this.#settle(node);
  }

  /** Makes tc at a node hold what the faults ask for, and nothing else. */
  async #settle(node: NodeName): Promise<void> {
    const unused = await this.#alone(node, () =>
      // The second time, all is put in place anew.
      this.#change(node).catch(() => this.#change(node)),
    );
    if (unused.length === 0) return;
    await this.#drain(node, unused);
    await this.#alone(node, () => this.#drop(node, unused));
  }

  /** Adds the classes that are missing, moves links to them, and returns those that no link uses. */
  async #change(node: NodeName): Promise<readonly LinkClass[]> {
    if (this.#unclear.has(node)) await this.#clear(node);
    const tree = this.#trees.get(node) ?? newTree();
    const wanted = this.#wanted(node);
    const lines: string[] = [];
    const { device } = this.#site;
    if (!this.#trees.has(node)) {
      if (wanted.size === 0) return [];
      lines.push(rootLine(device));
    }
    const used = new Set([...tree.classes].filter(({ filters }) => filters.size > 0));
    const moves = this.#moves(tree, used, wanted, lines);
    if (lines.length > 0) await this.#batch(node, tree, lines);
    for (const [target, destination, priority] of moves) {
      for (const old of used) if (old !== target) old.filters.delete(destination);
      if (target === undefined) continue;
      target.filters.set(destination, priority);
      tree.classes.add(target);
    }
    this.#trees.set(node, tree);
    return [...tree.classes].filter(({ filters }) => filters.size === 0);
  }

  /** What must change for each destination, as lines for tc and as what is true once they were obeyed. */
  #moves(
    tree: Tree,
    used: ReadonlySet<LinkClass>,
    wanted: ReadonlyMap<NodeName, Wanted>,
    lines: string[],
  ): [target: LinkClass | undefined, destination: NodeName, priority: number][] {
    const { device } = this.#site;
    const known = new Map([...used].map((each) => [each.key, each]));
    const moves: [LinkClass | undefined, NodeName, number][] = [];
    const removed: string[] = [];
    for (const destination of new Set([...wanted.keys(), ...destinationsOf(used)])) {
      const want = wanted.get(destination);
      const now = [...used].find(({ filters }) => filters.has(destination));
      if (now?.key === want?.key) continue;
      let target: LinkClass | undefined;
      const priority = tree.priority;
      if (want !== undefined) {
        target = known.get(want.key) ?? this.#newClass(tree, want, lines);
        known.set(want.key, target);
        tree.priority--;
        const addresses = this.#site.addresses(destination);
        lines.push(...filterLines(device, priority, addresses, target.minor));
      }
      const old = now?.filters.get(destination);
      if (old !== undefined) removed.push(removeFilterLine(device, old));
      moves.push([target, destination, priority]);
    }
    lines.push(...removed);
    return moves;
  }

  #newClass(tree: Tree, { key, ids }: Wanted, lines: string[]): LinkClass {
    const { device } = this.#site;
    const minor = tree.number++;
    lines.push(classLine(device, minor));
    let parent = classId(minor);
    const queues = ids.map((id) => {
      const major = tree.number++;
      const { shaping } = this.#faults.get(id) as ShapedFault;
      lines.push(queueLine(device, parent, major, shaping));
      const queue = { id, parent, handle: handle(major), limits: shaping.type === 'rate' };
      parent = queue.handle;
      return queue;
    });
    return { key, minor, queues, filters: new Map() };
  }

  /** The faults on each of a node's links that has any. */
  #wanted(node: NodeName): Map<NodeName, Wanted> {
    const ids = new Map<NodeName, number[]>();
    const order = [...this.#faults].sort(([a, x], [b, y]) => last(x) - last(y) || a - b);
    for (const [id, { links }] of order) {
      for (const to of new Set(links.filter(([from]) => from === node).map(([, to]) => to)))
        ids.set(to, [...(ids.get(to) ?? []), id]);
    }
    const each = [...ids].map(([to, list]): [NodeName, Wanted] => {
      const limited = list.some((id) => this.#faults.get(id)?.shaping.type === 'rate');
      return [to, { ids: list, key: limited ? `${list.join()}>${to}` : list.join() }];
    });
    return new Map(each);
  }

  /** Runs lines of tc. If one fails, all that is there is to be put in place anew. */
  async #batch(node: NodeName, tree: Tree, lines: readonly string[]): Promise<void> {
    try {
      await this.#site.run(node, ['tc', '-batch', '-'], `${lines.join('\n')}\n`);
    } catch (error) {
      await this.#keep(node, tree.classes).catch(() => {});
      this.#trees.delete(node);
      this.#unclear.add(node);
      throw error;
    }
  }

  /** After a change that failed: removes our root, if there is one. */
  async #clear(node: NodeName): Promise<void> {
    const counts = await this.#read(node);
    if (counts.some((count) => count.handle === ROOT))
      await this.#site.run(node, ['tc', ...removeRootLine(this.#site.device).split(' ')]);
    this.#unclear.delete(node);
  }

  /** Waits until classes that nothing goes into have let go what they hold. */
  async #drain(node: NodeName, classes: readonly LinkClass[]): Promise<void> {
    const queues = classes.flatMap((each) => each.queues);
    const slow = queues.filter((each) => each.limits);
    const { device } = this.#site;
    const lines = slow.map((each) => openLine(device, each.parent, each.handle));
    // Where that fails, it lets go at its own pace.
    if (lines.length > 0)
      await this.#alone(node, () =>
        this.#site.run(node, ['tc', '-batch', '-'], `${lines.join('\n')}\n`),
      ).catch(() => {});
    const handles = new Set(queues.map((each) => each.handle));
    const end = performance.now() + DRAIN_MS;
    for (;;) {
      const counts = await this.#read(node);
      const waiting = counts.some((count) => handles.has(count.handle) && count.waiting > 0);
      if (!waiting || performance.now() > end) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Removes classes, and the root with the last of them. */
  async #drop(node: NodeName, classes: readonly LinkClass[]): Promise<void> {
    const tree = this.#trees.get(node);
    const there = classes.filter((each) => tree?.classes.has(each) === true);
    if (tree === undefined || there.length === 0) return;
    await this.#keep(node, there);
    const { device } = this.#site;
    const all = there.length === tree.classes.size;
    const lines = all
      ? [removeRootLine(device)]
      : there.map(({ minor }) => removeClassLine(device, minor));
    await this.#site.run(node, ['tc', '-batch', '-'], `${lines.join('\n')}\n`);
    for (const each of there) tree.classes.delete(each);
    if (all) this.#trees.delete(node);
  }

  /** Remembers what classes counted that are about to go. */
  async #keep(node: NodeName, classes: Iterable<LinkClass>): Promise<void> {
    const counts = new Map((await this.#read(node)).map((count) => [count.handle, count]));
    for (const { queues } of classes)
      for (const queue of queues) {
        const count = counts.get(queue.handle);
        if (count !== undefined) this.#past.get(queue.id)?.push(count);
      }
  }

  /** What is counted at a node, by fault. */
  async #counts(node: NodeName): Promise<Map<number, QueueCount[]>> {
    const tree = this.#trees.get(node);
    const byFault = new Map<number, QueueCount[]>();
    if (tree === undefined) return byFault;
    const counts = new Map((await this.#read(node)).map((count) => [count.handle, count]));
    for (const { queues } of tree.classes)
      for (const queue of queues) {
        const count = counts.get(queue.handle);
        if (count !== undefined) byFault.set(queue.id, [...(byFault.get(queue.id) ?? []), count]);
      }
    return byFault;
  }

  async #read(node: NodeName): Promise<QueueCount[]> {
    const { device } = this.#site;
    return queueCounts(
      await this.#site.run(node, ['tc', '-s', '-j', 'qdisc', 'show', 'dev', device]),
    );
  }

  #alone<T>(node: NodeName, work: () => Promise<T>): Promise<T> {
    const after = this.#busy.get(node) ?? Promise.resolve();
    const change = after.then(work);
    this.#busy.set(
      node,
      change.catch(() => {}),
    );
    return change;
  }
}

/** The faults on one link, and the name of the class that does them. */
interface Wanted {
  readonly ids: readonly number[];
  readonly key: string;
}

function newTree(): Tree {
  return { classes: new Set(), number: FIRST_NUMBER, priority: FIRST_PRIORITY };
}

/** A rate works last: its queue would otherwise count what a netem behind it still holds. */
function last({ shaping }: ShapedFault): number {
  return shaping.type === 'rate' ? 1 : 0;
}

function sendersOf(links: readonly Link[]): NodeName[] {
  return [...new Set(links.map(([from]) => from))];
}

function destinationsOf(classes: Iterable<LinkClass>): NodeName[] {
  return [...classes].flatMap(({ filters }) => [...filters.keys()]);
}

/** What the disciplines of one fault counted, in the words of faults. */
function countersOf(shaping: LinkShaping, counts: readonly QueueCount[]): Counters {
  const sum = (of: (count: QueueCount) => number): number =>
    counts.reduce((total, count) => total + of(count), 0);
  const packets = sum((count) => count.packets);
  const discarded = { packetsDiscarded: sum((count) => count.dropped) };
  switch (shaping.type) {
    case 'delay':
      return { packetsDelayed: packets, ...discarded };
    case 'rate':
      return {
        packetsPassed: packets,
        timesThrottled: sum((count) => count.throttled),
        ...discarded,
      };
    case 'reorder':
      return {
        packetsReordered: Math.max(0, packets - sum((count) => count.requeued)),
        ...discarded,
      };
    case 'duplicate':
    case 'corrupt':
      return { packetsExposed: packets, ...discarded };
  }
}
