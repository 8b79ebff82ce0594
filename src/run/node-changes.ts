/**
 * What changed at a node between two looks at it: its state, its view, whether it holds a lease. Lines
 * of `events.jsonl`, so that pictures need not compare samples.
 */
import type { NodeName, NodeStatus } from '../base/operation.ts';

/** A node is in another state, or in another view, than when it was looked at last. */
export type NodeChange =
  | {
      readonly type: 'state';
      readonly node: NodeName;
      /** `silent`: it did not answer in time. */
      readonly state: NodeStatus['state'] | 'silent';
    }
  | {
      readonly type: 'view';
      readonly node: NodeName;
      readonly epoch: number;
      readonly members: NodeStatus['members'];
    }
  | { readonly type: 'lease'; readonly node: NodeName; readonly held: boolean };

/** When it was seen, since the run began. */
export type TimedChange = NodeChange & { readonly timeNs: number };

export class NodeChanges {
  readonly #states = new Map<NodeName, string>();
  readonly #epochs = new Map<NodeName, number>();
  readonly #leases = new Map<NodeName, boolean>();

  /** The changes since the last look; the first look is one too. */
  of(node: NodeName, status: NodeStatus | undefined): NodeChange[] {
    const changes: NodeChange[] = [];
    const state = status?.state ?? 'silent';
    if (differs(this.#states, node, state)) changes.push({ type: 'state', node, state });
    if (status === undefined) return changes;
    const { epoch, members, leaseLeftUs } = status;
    if (differs(this.#epochs, node, epoch)) changes.push({ type: 'view', node, epoch, members });
    const held = leaseLeftUs === null || leaseLeftUs > 0;
    if (differs(this.#leases, node, held)) changes.push({ type: 'lease', node, held });
    return changes;
  }
}

/** Remembers the value. */
function differs<T>(seen: Map<NodeName, T>, node: NodeName, value: T): boolean {
  const same = seen.get(node) === value;
  seen.set(node, value);
  return !same;
}
