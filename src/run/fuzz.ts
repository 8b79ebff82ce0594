/**
 * `fuzz()`: what `hermes fuzz` does, for a test in somebody else's repository.
 */
import { randomInt } from 'node:crypto';
import type { Verdict } from '../checkers/verdict.ts';
import { DEFAULT_STORE } from '../history/store.ts';
import { fuzzRun } from './fuzz-run.ts';
import { patternsOf } from './node-logs.ts';
import type { PlanRequest } from './plan-request.ts';
import { prepareWorld } from './world.ts';

/** Flags of `hermes fuzz` by their names in `PlanRequest`; all of them may be left out. */
export interface FuzzOptions extends PlanRequest {
  /** Default: a fresh one; it is part of the name of the run's folder. */
  readonly seed?: number;
  /** Folder for recorded runs. Default `histories`. */
  readonly store?: string;
  /** A fault that never had an effect does not make the verdict unknown. Default false. */
  readonly allowMissingFaults?: boolean;
  /** No further operation or fault once the history so far is invalid. Default false. */
  readonly stopOnViolation?: boolean;
  /** Regular expressions that no line of the nodes' logs may match. */
  readonly logPatterns?: readonly string[];
  /** Wall-clock seconds for the check. Default: none. */
  readonly checkTimeLimitS?: number;
  /** Aborted: everything is cleaned up and the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a system, runs clients and faults, judges what was recorded, takes the system down.
 * Rejects for what a caller can mend (unknown names, no rights); a run that went wrong is a verdict.
 */
export async function fuzz(request: FuzzOptions = {}): Promise<{ verdict: Verdict; dir: string }> {
  patternsOf(request.logPatterns);
  const world = await prepareWorld(request);
  const seed = request.seed ?? randomInt(1, 10_000_000);
  const options = {
    store: request.store ?? DEFAULT_STORE,
    keep: 'never',
    allowMissingFaults: request.allowMissingFaults ?? false,
    stopOnViolation: request.stopOnViolation ?? false,
    logPatterns: request.logPatterns,
    check: { timeLimitS: request.checkTimeLimitS, memoryMb: undefined },
    interrupt: new AbortController().signal,
    abort: request.signal ?? new AbortController().signal,
  } as const;
  const { verdict, folder } = await fuzzRun(world, seed, options, {});
  return { verdict, dir: folder.dir };
}
