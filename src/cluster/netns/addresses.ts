/**
 * Addresses of the netns runtime: one /24 that exists inside the hub's namespaces only, so that many
 * clusters may use it at once.
 *
 * A node is 10.219.7.i. The hub answers for it, as the link proxy, at 10.219.7.(100 + i): node i dials
 * node j at 100 + j, and the proxy dials j from 100 + i. So packets between a node and the hub still
 * name the link that they belong to.
 */
import { nodeId } from '../../base/node-name.ts';
import type { NodeName } from '../../base/operation.ts';

const NET = '10.219.7';

/** Prefix length of the cluster's network. */
export const PREFIX_BITS = 24;

/** The hub's own address, which belongs to no link. */
export const HUB_ADDRESS = `${NET}.254`;

/** Address of a node's own interface. Throws a `RangeError` on what is no node's name. */
export function nodeAddress(node: NodeName): string {
  return `${NET}.${number(node)}`;
}

/** Address in the hub that stands for a node: its peers dial it, and the proxy dials from it. */
export function proxyAddress(node: NodeName): string {
  return `${NET}.${100 + number(node)}`;
}

/** Both addresses under which a node's peers see it: proxied and direct. */
export function addressesOf(node: NodeName): readonly [string, string] {
  return [proxyAddress(node), nodeAddress(node)];
}

function number(node: NodeName): number {
  const id = nodeId(node);
  if (id === undefined) throw new RangeError(`not the name of a node: ${node}`);
  return id + 1;
}
