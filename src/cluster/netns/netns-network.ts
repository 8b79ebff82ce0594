/**
 * The place of the netns runtime: one network namespace per node, and the hub, whose namespace holds
 * the bridge, the link proxies and the process that runs this code. That process must have been
 * started by `netnsShell`, as process 1 of namespaces that end with it.
 */
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { GroundShell, Network } from '../ground/network.ts';
import { nodeAddress, proxyAddress } from './addresses.ts';
import type { IptablesName } from './fault-rules.ts';
import { insideNode, layNetwork, layNode, removeNetwork, removeNode } from './lay-network.ts';
import { NodePackets } from './node-packets.ts';
import { ToolFailed } from './tool.ts';
import { ownPrivilege, prepareMounts, unshareCommand, type Privilege } from './unshare.ts';

/** How the ground is started: `unshare` as `privilege` allows, by default as root where this is root. */
export function netnsShell(privilege: Privilege = ownPrivilege()): GroundShell {
  return { wrap: (argv) => unshareCommand(privilege, argv) };
}

export interface NetnsOptions {
  /** Which iptables works here (`probeNetns`). Default `iptables`. */
  readonly iptables?: IptablesName;
  /** Folders under `/run` that programs must find (the state folder, if it lies there). */
  readonly keep?: readonly string[];
}

export class NetnsNetwork implements Network {
  readonly kind = 'netns';
  readonly packets: NodePackets;
  readonly #keep: readonly string[];
  #nodes: readonly NodeName[] = [];

  constructor(options: NetnsOptions = {}) {
    this.#keep = options.keep ?? [];
    this.packets = new NodePackets(options.iptables ?? 'iptables');
  }

  async create(nodes: readonly NodeName[]): Promise<void> {
    this.#nodes = nodes;
    await step('give the namespaces a /run of their own', () => prepareMounts(this.#keep));
    await step(`lay the network of ${nodes.length} nodes`, () => layNetwork(nodes));
  }

  async add(node: NodeName): Promise<void> {
    await step(`give ${node} a namespace`, () => layNode(node));
    this.#nodes = [...this.#nodes, node];
  }

  async remove(node: NodeName): Promise<void> {
    if (!this.#nodes.includes(node)) return;
    this.#nodes = this.#nodes.filter((each) => each !== node);
    this.packets.forget(node);
    await step(`remove the namespace of ${node}`, () => removeNode(node));
  }

  host(node: NodeName): string {
    return nodeAddress(node);
  }

  proxyHost(_from: NodeName, to: NodeName): string {
    return proxyAddress(to);
  }

  proxySource(from: NodeName, _to: NodeName): string {
    return proxyAddress(from);
  }

  command(node: NodeName, argv: readonly string[]): readonly string[] {
    return [...insideNode(node), ...argv];
  }

  async destroy(): Promise<readonly string[]> {
    const nodes = this.#nodes;
    this.#nodes = [];
    if (nodes.length === 0) return [];
    try {
      await removeNetwork(nodes);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }
}

async function step(what: string, fn: () => Promise<void>): Promise<void> {
  try {
    await fn();
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    throw new UserError(
      `could not ${what}: ${error.message}`,
      'hermes doctor says what this machine lacks.',
    );
  }
}
