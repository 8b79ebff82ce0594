/**
 * `hermes replay RUN`: a recorded run once more. A simulated one is the same to the last byte; a real one
 * has the same plan and seed, and its own luck.
 */
import { resolve } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { buildInfo } from './build-info.ts';
import type { FuzzObserver, FuzzResult, FuzzRunOptions } from './fuzz-run.ts';
import { readRun } from './read-run.ts';
import { rerun, worldOf } from './rerun.ts';

export interface ReplayRequest {
  /** As `locate` takes it. */
  readonly run: string | undefined;
  readonly store: string;
  /** Path of the target, for a run of a foreign system: plans do not name it. */
  readonly system: string | undefined;
}

export interface Replayed {
  readonly result: FuzzResult;
  /** The run that was repeated. */
  readonly of: string;
  /** What it had shown; null: it did not come to an end. */
  readonly before: boolean | 'unknown' | null;
  /** Simulated runs: is it the same to the last byte? Null: a real one, or nothing to compare with. */
  readonly same: boolean | null;
  readonly notes: readonly string[];
}

/** Throws a `UserError` for what a person can mend. */
export async function replayRun(
  request: ReplayRequest,
  options: Omit<FuzzRunOptions, 'plan' | 'store'>,
  observer: FuzzObserver,
): Promise<Replayed> {
  const { folder, plan, results } = await readRun(request.run, request.store);
  if (plan.protocol === '' && request.system === undefined)
    throw new UserError(
      `that run was one of the system ${plan.system}, and a plan does not say where its target lies.`,
      'Give its file: --system ./target.ts.',
    );
  const world = await worldOf(plan, request.system && resolve(request.system));
  const result = await rerun(world, plan, { ...options, store: request.store }, observer);
  const [recorded, again] = [results?.traceHash, result.results.traceHash];
  const { version, commit } = await buildInfo();
  const other = plan.version !== version || plan.commit !== commit;
  return {
    result,
    of: folder.dir,
    before: results?.valid ?? null,
    same: recorded === undefined || again === undefined ? null : recorded === again,
    notes: other
      ? [
          `the run was made by version ${plan.version} (${plan.commit}); this is ${version} (${commit})`,
        ]
      : [],
  };
}

/** What came of it beside the verdict, in words. */
export function replayText({ of, before, same, result, notes }: Replayed): string {
  const said =
    same === true
      ? `✔ the same as ${of}, to the last byte (trace ${result.results.traceHash})`
      : same === false
        ? `✘ not the same as ${of}: its trace is another`
        : `  again        ${of}: ${before === null ? 'it had no verdict' : `it was ${before === true ? 'valid' : before === false ? 'invalid' : 'unknown'}`}`;
  return [said, ...notes.map((note) => `  note         ${note}`)].join('\n');
}
