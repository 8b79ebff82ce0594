/**
 * After everything was healed: nodes that were killed, cut off or taken out of the view come back by
 * themselves, each in its own time. Waits until all of them say that they serve, or the time is up.
 */
import type { NodeName, NodeStatus } from '../base/operation.ts';
import type { System } from '../system/system.ts';

/** A node that did not come back. */
export interface NotRecovered {
  readonly node: NodeName;
  /** What it says of itself; `silent`: it answers nothing. */
  readonly state: NodeStatus['state'] | 'silent';
}

export interface AwaitServingOptions {
  readonly system: Pick<System, 'nowNs' | 'at' | 'status'>;
  readonly nodes: readonly NodeName[];
  /** Nodes that described themselves at any time: a system without such a look is not waited for. */
  readonly known: ReadonlyMap<NodeName, NodeStatus | undefined>;
  /** System time at which waiting ends. */
  readonly untilNs: number;
}

const AGAIN_NS = 100e6;

/** Calls `done` with those that do not serve. A node whose group has lost its data waits for a person. */
export function awaitServing(
  options: AwaitServingOptions,
  done: (notRecovered: readonly NotRecovered[]) => void,
): void {
  const { system, nodes, known, untilNs } = options;
  if (nodes.length === 0 || [...known.values()].every((status) => status === undefined))
    return done([]);
  const states = new Map<NodeName, NotRecovered['state']>();
  let open = nodes.length;
  const look = (node: NodeName): void => {
    system.status(node, (status) => {
      states.set(node, status?.state ?? 'silent');
      open -= 1;
      if (open === 0) judge();
    });
  };
  const judge = (): void => {
    const missing = nodes.flatMap((node) => {
      const state = states.get(node) ?? 'silent';
      return state === 'serving' ? [] : [{ node, state }];
    });
    const hopeless =
      missing.length === nodes.length && missing.every(({ state }) => state === 'lost');
    if (missing.length === 0 || hopeless || system.nowNs() > untilNs) return done(missing);
    open = missing.length;
    system.at(system.nowNs() + AGAIN_NS, () => missing.forEach(({ node }) => look(node)));
  };
  nodes.forEach(look);
}
