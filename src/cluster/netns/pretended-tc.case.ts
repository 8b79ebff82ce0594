/**
 * A site whose nodes have tc in memory: it obeys the lines that shaping writes as the kernel would, and
 * refuses what the kernel refuses. Test only.
 */
import type { NodeName } from '../../base/operation.ts';
import { addressesOf } from './addresses.ts';
import type { Site } from './site.ts';

interface Qdisc {
  readonly handle: string;
  readonly parent: string;
  readonly what: string;
  packets: number;
  qlen: number;
  drops: number;
  requeues: number;
  overlimits: number;
}

interface Kernel {
  root: boolean;
  readonly classes: Set<string>;
  readonly qdiscs: Map<string, Qdisc>;
  /** Class by priority and address. */
  readonly filters: Map<number, Map<string, string>>;
}

const none = (): Kernel => ({
  root: false,
  classes: new Set(),
  qdiscs: new Map(),
  filters: new Map(),
});

export class PretendedTc implements Site {
  readonly device = 'eth0';
  readonly #kernels = new Map<NodeName, Kernel>();
  /** Every line that was obeyed, with its node. */
  readonly lines: string[] = [];
  /** Says why a line is refused; undefined: it is obeyed. */
  refuse: (node: NodeName, line: string) => string | undefined = () => undefined;

  addresses(node: NodeName): readonly string[] {
    return addressesOf(node);
  }

  async run(node: NodeName, argv: readonly string[], input?: string): Promise<string> {
    // Others get their turn, as while a program runs.
    await new Promise((resolve) => setImmediate(resolve));
    const kernel = this.kernel(node);
    if (argv[1] === '-s') {
      const root = kernel.root ? [{ kind: 'htb', handle: '1:', root: true }] : [];
      return JSON.stringify([...root, ...[...kernel.qdiscs.values()].map(shown)]);
    }
    if (argv[2] === 'show') return [...kernel.qdiscs.values()].map(({ what }) => what).join('\n');
    const lines =
      argv[1] === '-batch' ? (input ?? '').trim().split('\n') : [argv.slice(1).join(' ')];
    for (const [at, line] of lines.entries()) {
      const refused = this.refuse(node, line) ?? obey(kernel, line);
      if (refused !== undefined) throw new Error(`${refused}; Command failed -:${at + 1}`);
      this.lines.push(`${node}: ${line}`);
    }
    return '';
  }

  kernel(node: NodeName): Kernel {
    const kernel = this.#kernels.get(node) ?? none();
    this.#kernels.set(node, kernel);
    return kernel;
  }

  /** The network of a node was made anew. */
  reset(node: NodeName): void {
    this.#kernels.delete(node);
  }

  /** What a packet from a node to an address passes, in order; it is counted there. */
  pass(node: NodeName, address: string): string[] {
    const kernel = this.kernel(node);
    const priorities = [...kernel.filters.keys()].toSorted((a, b) => a - b);
    const classId = priorities
      .map((priority) => kernel.filters.get(priority)?.get(address))
      .find((found) => found !== undefined);
    const passed: string[] = [];
    for (let parent = classId; parent !== undefined;) {
      const next = [...kernel.qdiscs.values()].find((qdisc) => qdisc.parent === parent);
      if (next !== undefined) {
        next.packets++;
        passed.push(next.what);
      }
      parent = next?.handle;
    }
    return passed;
  }
}

function shown({ handle, parent, packets, qlen, drops, requeues, overlimits }: Qdisc): object {
  const bytes = packets * 100;
  return { kind: 'netem', handle, parent, bytes, packets, drops, overlimits, requeues, qlen };
}

/** Does what a line says; what it returns is why not. */
function obey(kernel: Kernel, line: string): string | undefined {
  const words = line.split(' ');
  const after = (word: string): string => words[words.indexOf(word) + 1] as string;
  switch (words.slice(0, 2).join(' ')) {
    case 'qdisc add':
      return addQdisc(kernel, line, after);
    case 'qdisc del':
      if (!kernel.root) return 'Error: Cannot delete qdisc with handle of zero.';
      Object.assign(kernel, none());
      return undefined;
    case 'qdisc change': {
      const qdisc = kernel.qdiscs.get(after('handle'));
      if (qdisc === undefined || qdisc.parent !== after('parent')) return 'Error: not found.';
      // A faster one sends what it holds.
      Object.assign(qdisc, { packets: qdisc.packets + qdisc.qlen, qlen: 0 });
      return undefined;
    }
    case 'class add':
      if (kernel.classes.has(after('classid'))) return 'Error: Class exists.';
      kernel.classes.add(after('classid'));
      return undefined;
    case 'class del':
      return removeClass(kernel, after('classid'));
    case 'filter add': {
      if (!kernel.classes.has(after('flowid'))) return 'Error: Class not found.';
      const priority = Number(after('prio'));
      const filters = kernel.filters.get(priority) ?? new Map<string, string>();
      filters.set(after('dst').replace('/32', ''), after('flowid'));
      kernel.filters.set(priority, filters);
      return undefined;
    }
    case 'filter del':
      return kernel.filters.delete(Number(after('prio'))) ? undefined : 'Error: No such filter.';
    default:
      return `What is "${line}"?`;
  }
}

function addQdisc(
  kernel: Kernel,
  line: string,
  after: (word: string) => string,
): string | undefined {
  if (line.includes(' root ')) {
    if (kernel.root) return 'Error: Exclusivity flag on, cannot modify.';
    kernel.root = true;
    return undefined;
  }
  const [handle, parent] = [after('handle'), after('parent')];
  if (kernel.qdiscs.has(handle)) return 'Error: Exclusivity flag on, cannot modify.';
  if (!kernel.classes.has(parent) && !kernel.qdiscs.has(parent)) return 'Error: Parent not found.';
  const what = line.slice(line.indexOf(handle) + handle.length + 1);
  const counts = { packets: 0, qlen: 0, drops: 0, requeues: 0, overlimits: 0 };
  kernel.qdiscs.set(handle, { handle, parent, what, ...counts });
  return undefined;
}

/** Refused while a filter leads there. What is behind it goes with it. */
function removeClass(kernel: Kernel, id: string): string | undefined {
  const used = [...kernel.filters.values()].some((filters) => [...filters.values()].includes(id));
  if (used) return 'Error: HTB class in use.';
  if (!kernel.classes.delete(id)) return 'Error: Class not found.';
  for (let parent: string | undefined = id; parent !== undefined;) {
    const next = [...kernel.qdiscs.values()].find((qdisc) => qdisc.parent === parent);
    if (next !== undefined) kernel.qdiscs.delete(next.handle);
    parent = next?.handle;
  }
  return undefined;
}
