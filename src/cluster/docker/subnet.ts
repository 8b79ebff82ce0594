/**
 * Addresses of a cluster in containers: a /24 of its own per cluster, laid out as that of the netns
 * runtime. A node is .i, the hub stands for it at .(100 + i), the gateway is .254, the hub itself .253.
 */
import { nodeId } from '../../base/node-name.ts';
import type { NodeName } from '../../base/operation.ts';

/** All of this range are ours to choose from. */
const RANGE = '10.219';
const FIRST = 16;
const LAST = 255;

export class Subnet {
  /** `10.219.44` */
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get cidr(): string {
    return `${this.#prefix}.0/24`;
  }

  get gateway(): string {
    return `${this.#prefix}.254`;
  }

  get hub(): string {
    return `${this.#prefix}.253`;
  }

  /** Address of a node's own interface. Throws a `RangeError` on what is no node's name. */
  node(node: NodeName): string {
    return `${this.#prefix}.${number(node)}`;
  }

  /** Address in the hub that stands for a node: its peers dial it, and the proxy dials from it. */
  proxy(node: NodeName): string {
    return `${this.#prefix}.${100 + number(node)}`;
  }

  /** Both addresses under which a node's peers see it: proxied and direct. */
  addresses(node: NodeName): readonly [string, string] {
    return [this.proxy(node), this.node(node)];
  }
}

/**
 * Subnets that overlap none of those in use, in an order that starts anywhere, so that two clusters
 * which are opened at once seldom want the same. `taken`: CIDRs of the engine's networks.
 */
export function freeSubnets(taken: readonly string[], start: number): Subnet[] {
  const count = LAST - FIRST + 1;
  const ranges = taken.map(rangeOf).filter((range) => range !== undefined);
  const prefixes = Array.from(
    { length: count },
    (_, i) => `${RANGE}.${FIRST + ((start + i) % count)}`,
  );
  return prefixes
    .filter((prefix) => {
      const [low, high] = rangeOf(`${prefix}.0/24`) as [number, number];
      return !ranges.some(([a, b]) => a <= high && low <= b);
    })
    .map((prefix) => new Subnet(prefix));
}

/** First and last address as numbers; undefined: not IPv4. */
function rangeOf(cidr: string): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr.trim());
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - bits);
  const low = Math.floor(address / size) * size;
  return [low, low + size - 1];
}

function number(node: NodeName): number {
  const id = nodeId(node);
  if (id === undefined) throw new RangeError(`not the name of a node: ${node}`);
  return id + 1;
}
