/**
 * Where a cluster's programs run: their processes, the links between them, and the faults on both.
 *
 * The holder drives a ground. On plain processes it is an object in the holder itself
 * (`local-ground.ts`); in namespaces it runs in a child of `unshare`, which owns everything inside,
 * and acts on the holder's orders over a pipe (`remote-ground.ts`, `main.ts`).
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import type { Program } from '../../system/system.ts';
import type { Outside } from './network.ts';
import type { Exit, ProcessState } from './node-process.ts';

export interface GroundConfig {
  readonly kind: 'process' | 'netns' | 'docker';
  readonly nodes: readonly NodeName[];
  /** The cluster's folder. */
  readonly dir: string;
  readonly logDir: string;
  /** Client port of each node's program, in the order of the nodes. */
  readonly clientPorts: readonly number[];
  readonly links: 'proxy' | 'direct';
  /** How frames on the links look; none: bytes. */
  readonly frames: Frames;
  /** netns: whose rules drop packets. */
  readonly iptables?: 'iptables' | 'iptables-legacy';
}

/** Our replica's frames, those of a user's target (module path), or none. */
export type Frames = 'replica' | { readonly module: string } | null;

/** Where a node's program binds, and where it finds its peers. */
export interface Place {
  readonly node: NodeName;
  readonly host: string;
  readonly port: number;
  readonly peerPort: number;
  readonly peers: readonly {
    readonly name: NodeName;
    readonly host: string;
    readonly port: number;
  }[];
  /** Where nobody outside shares its files. */
  readonly outside?: Outside;
}

/** The program of a node's first start and of every later one. */
export interface Programs {
  readonly first: Program;
  readonly again: Program;
}

export interface GroundNode {
  readonly node: NodeName;
  readonly state: ProcessState;
  readonly pid: number | null;
  /** How often it was started. */
  readonly starts: number;
}

/** What a ground in a process of its own tells without being asked. */
export type GroundEvent = { readonly exit: Exit } | { readonly restarted: NodeName };

export interface Ground {
  onExit: (exit: Exit) => void;
  /** Told of every start of a program after the first one of its node. */
  onRestart: (node: NodeName) => void;
  /** Makes network and links. */
  prepare(): Promise<readonly Place[]>;
  /**
   * Makes room for a brand-new node while the others run: its address (and namespace or container, where
   * nodes have one), and a link in both directions between it and every node that is there, through the
   * link proxy where there is one. Nothing is started: `start` follows. The others are not told: it is
   * the new one that dials. A name that was used before is refused. If it throws, nothing is left of it.
   * Returns the places of all nodes as they are now, the new one last; each has all others as `peers`.
   */
  add(node: NodeName, clientPort: number): Promise<readonly Place[]>;
  /**
   * Ends the program of a node and takes away all that `prepare` or `add` made for it: links, address,
   * namespace. Its data folder is the holder's. Faults that are on and name it stay on for the others,
   * and can be undone. A node that is not there is no error.
   */
  remove(node: NodeName): Promise<void>;
  /** Starts the program of a node for the first time. */
  start(node: NodeName, programs: Programs): Promise<void>;
  /** Starts it again where it is down. False: it runs. */
  restart(node: NodeName): Promise<boolean>;
  /** Ends a node's program in good order; `restart` starts it again. Nothing if it is down. */
  end(node: NodeName): Promise<void>;
  /** Empties the data of a node that is down, where they are out of the holder's reach. */
  empty?(node: NodeName): Promise<void>;
  nodes(): Promise<readonly GroundNode[]>;
  inject(fault: Fault): Promise<FaultReport>;
  undo(id: number): Promise<FaultReport>;
  /** Ends everything. Idempotent. Returns what could not be removed. */
  stop(): Promise<readonly string[]>;
}
