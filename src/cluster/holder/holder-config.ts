/**
 * What a holder is told when it starts, what it tells of itself, and the calls on its control socket.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { Capabilities, NodeInfo } from '../../system/system.ts';
import type { DockerConfig } from '../docker/docker-config.ts';
import type { Frames, GroundNode, Programs } from '../ground/ground.ts';
import type { TargetSecret } from '../targets/target-spec.ts';

/** First line on a holder's stdin. Its end means: clean up and end, unless `keep` was called. */
export interface HolderConfig {
  readonly name: string;
  readonly dir: string;
  readonly runtime: 'process' | 'netns' | 'docker';
  readonly nodes: readonly NodeName[];
  /** First client port of the block; null: the holder finds one. */
  readonly basePort: number | null;
  /** How many blocks of ports to leave out when it finds one: others are after them too. */
  readonly skipBlocks: number;
  readonly links: 'proxy' | 'direct';
  readonly logDir: string;
  readonly frames: Frames;
  readonly capabilities: Capabilities;
  readonly privilege?: 'root' | 'user-namespace';
  readonly iptables?: 'iptables' | 'iptables-legacy';
  /** docker: which engine and image. */
  readonly docker?: DockerConfig;
  /** How to make the target again: for commands that come later, and for the holder's own use. */
  readonly target: TargetSpec;
  /** What else the holder needs to start programs of nodes that come later. It tells nobody. */
  readonly secret?: TargetSecret;
}

/** Names a target so that another process can make the same one, secrets left out. */
export type TargetSpec =
  | { readonly kind: 'hermes'; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: 'module'; readonly path: string; readonly name: string }
  | { readonly kind: 'other'; readonly name: string };

/** What a holder says of its cluster (`describe`). */
export interface Description {
  readonly name: string;
  readonly runtime: HolderConfig['runtime'];
  readonly links: HolderConfig['links'];
  readonly target: TargetSpec;
  readonly capabilities: Capabilities;
  readonly dir: string;
  readonly logDir: string;
  readonly pid: number;
  /** Wall clock, ms since 1970. */
  readonly startedAt: number;
  /** True: it stays when the process that started it ends. */
  readonly kept: boolean;
  readonly basePort: number;
  readonly nodes: readonly (NodeInfo & GroundNode)[];
  /** Nodes of the start. Some may have been replaced since. */
  readonly founders: readonly NodeName[];
  /** Nodes whose program was ended since they left. */
  readonly left: readonly NodeName[];
  readonly faults: readonly Fault[];
}

/** Calls on the control socket: arguments and answers. */
export interface ControlCalls {
  describe: { args: Record<never, never>; result: Description };
  /** Makes the network. Once, by the process that started the holder. */
  prepare: { args: Record<never, never>; result: readonly NodeInfo[] };
  start: { args: { programs: Readonly<Record<NodeName, Programs>> }; result: null };
  keep: { args: Record<never, never>; result: null };
  /** Id 0: the holder gives it one, which the report carries. */
  inject: { args: { fault: Fault }; result: FaultReport };
  undo: { args: { id: number }; result: FaultReport };
  /** Starts the program of a node again, on its old data. False: it runs. */
  restart: { args: { node: NodeName }; result: boolean };
  /** Makes a brand-new node and starts its program. */
  add: { args: Record<never, never>; result: NodeInfo };
  /** Ends a node for good, and removes all that it has. */
  remove: { args: { node: NodeName }; result: null };
  /** Ends the program of a node that has left; `restart` starts it again. */
  retire: { args: { node: NodeName }; result: null };
  /** Starts a node again on an empty data folder, as one that lost its disk. */
  wipe: { args: { node: NodeName }; result: null };
  /** Ends all programs, empties all data folders, and starts the nodes as a new cluster. */
  refound: { args: Record<never, never>; result: readonly NodeInfo[] };
  /** From now on this connection gets the cluster's events. */
  events: { args: Record<never, never>; result: null };
  down: { args: Record<never, never>; result: { left: readonly string[] } };
}
