/**
 * Lays the cluster's network, inside fresh namespaces: a bridge in the namespace of the caller (the
 * hub), and for each node a namespace of its own with one interface on that bridge.
 *
 * The bridge is never in the machine's own namespace: there bridged frames pass its iptables, and
 * where a Docker engine runs, its policy drops them all.
 */
import type { NodeName } from '../../base/operation.ts';
import { HUB_ADDRESS, nodeAddress, PREFIX_BITS, proxyAddress } from './addresses.ts';
import { tool } from './tool.ts';

/** Command prefix that runs a program in the namespace of a node. The program keeps the pid. */
export function insideNode(node: NodeName): string[] {
  return ['nsenter', `--net=/run/netns/${node}`, '--'];
}

/** Makes bridge, namespaces, interfaces and addresses. Throws `ToolFailed` with the command. */
export async function layNetwork(nodes: readonly NodeName[]): Promise<void> {
  await tool(['ip', '-batch', '-'], { input: hubBatch(nodes) });
  await Promise.all(
    nodes.map((node) => tool(['ip', '-n', node, '-batch', '-'], { input: nodeBatch(node) })),
  );
}

/** The hub's part: one `ip` process for everything that can be done from here. */
function hubBatch(nodes: readonly NodeName[]): string {
  const lines = [
    'link set lo up',
    // A fixed address: a bridge otherwise takes the lowest of its ports', and neighbours forget it.
    'link add br0 address 02:48:52:4d:53:fe type bridge forward_delay 0',
    'link set br0 up',
    `addr add ${HUB_ADDRESS}/${PREFIX_BITS} dev br0`,
  ];
  for (const node of nodes) lines.push(...hubLines(node));
  return lines.join('\n');
}

/** A node's namespace, its cable to the bridge, and the address under which the hub stands for it. */
function hubLines(node: NodeName): string[] {
  return [
    `netns add ${node}`,
    `link add p-${node} type veth peer name eth0 netns ${node}`,
    `link set p-${node} master br0 up`,
    `addr add ${proxyAddress(node)}/${PREFIX_BITS} dev br0`,
  ];
}

function nodeBatch(node: NodeName): string {
  const address = `${nodeAddress(node)}/${PREFIX_BITS}`;
  return ['link set lo up', `addr add ${address} dev eth0`, 'link set eth0 up'].join('\n');
}

/** Adds a node to a network that `layNetwork` laid. Throws `ToolFailed`; then nothing is left of it. */
export async function layNode(node: NodeName): Promise<void> {
  try {
    await tool(['ip', '-batch', '-'], { input: hubLines(node).join('\n') });
    await tool(['ip', '-n', node, '-batch', '-'], { input: nodeBatch(node) });
  } catch (error) {
    await removeNode(node).catch(() => {});
    throw error;
  }
}

/** Removes one node's part. Its program must have ended. */
export async function removeNode(node: NodeName): Promise<void> {
  const lines = [`netns del ${node}`, `addr del ${proxyAddress(node)}/${PREFIX_BITS} dev br0`];
  await tool(['ip', '-force', '-batch', '-'], { input: lines.join('\n') });
}

/** Removes what `layNetwork` made. Programs must have ended: one that runs keeps its namespace alive. */
export async function removeNetwork(nodes: readonly NodeName[]): Promise<void> {
  const lines = [...nodes.map((node) => `netns del ${node}`), 'link del br0'];
  await tool(['ip', '-batch', '-'], { input: lines.join('\n') });
}
