/**
 * A node's program as its ground sees it, wherever it runs: a process of this machine, a container.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Program } from '../../system/system.ts';
import type { Exit, ProcessState } from './node-process.ts';

export interface NodeHandle {
  readonly node: NodeName;
  readonly state: ProcessState;
  /** Process id; undefined: it does not run. */
  readonly pid: number | undefined;
  /** Process group of this machine that must not outlive the ground; undefined: none. */
  readonly group: number | undefined;
  /** Resolves when the program that was started last has ended. */
  readonly gone: Promise<void>;
  /** Starts the program as `argv` (it, behind what the network puts before). Resolves once it runs. */
  start(argv: readonly string[], program: Program): Promise<void>;
  /** Stops it; true once it is seen to stand still. */
  pause(): Promise<boolean>;
  /** Lets it go on; true once it runs. */
  resume(): Promise<boolean>;
  /** Ends it without warning; true when it had to die and did. */
  kill(): Promise<boolean>;
  /** Asks it to end, and ends it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Makes the handle of a node. `onExit`: told when its program ends without having been told to. */
export type MakeNode = (
  node: NodeName,
  logFile: string,
  onExit: (exit: Exit) => void,
) => NodeHandle;
