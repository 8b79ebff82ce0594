/**
 * Where packet faults are put: how a program is run at a node, and how packets between nodes look
 * there. One for namespaces; a runtime with another way in (an engine's `exec`) brings its own.
 */
import type { NodeName } from '../../base/operation.ts';
import { addressesOf } from './addresses.ts';
import { insideNode } from './lay-network.ts';
import { tool } from './tool.ts';

export interface Site {
  /**
   * Runs a program with the network of `node` and the right to change it, and returns its stdout.
   * Throws on any end but exit 0, with what was said on stderr in the message.
   */
  run(node: NodeName, argv: readonly string[], input?: string): Promise<string>;
  /** IPv4 addresses under which its peers see a node: as source and as destination of its packets. */
  addresses(node: NodeName): readonly string[];
  /** The interface at each node that leads to its peers. */
  readonly device: string;
}

/** The network that `layNetwork` laid, seen from its hub. */
export const NETNS_SITE: Site = {
  run: (node, argv, input = '') => tool([...insideNode(node), ...argv], { input }),
  addresses: addressesOf,
  device: 'eth0',
};
