/** What the host of a machine is given: who it is, where it listens, and how its machine is configured. */
import type { NodeId, NodeRef } from '../base/operation.ts';
import type { Config, Protocol } from '../protocols/machine.ts';
import type { HostPort } from './listen.ts';
import type { Log } from './log.ts';

export interface HostOptions {
  readonly protocol: Protocol;
  readonly self: NodeRef;
  readonly cluster: string;
  readonly secret: Buffer;
  /** Where clients are listened to. */
  readonly listen: HostPort | undefined;
  readonly socket: string | undefined;
  readonly peerListen: HostPort | undefined;
  readonly peers: ReadonlyMap<NodeId, HostPort>;
  /** Nodes of the cluster's start; absent: this one and its peers. */
  readonly acceptors?: readonly NodeId[];
  readonly dataDir: string;
  readonly timeScale: number;
  readonly opTimeoutMs: number;
  readonly bugs: ReadonlySet<string>;
  readonly options: Config['options'];
  readonly seed: number;
  readonly log: Log;
  /** File of the trace that begins with the replica; absent: none does. */
  readonly tracePath?: string | undefined;
  /** `HERMES FAULT …` may disturb clock and disk. Default: it may not. */
  readonly faultPoints?: boolean;
  /** The host cannot go on: the disk failed. */
  readonly onFatal: (error: Error) => void;
}
