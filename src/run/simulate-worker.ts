/**
 * Entry of a worker that simulates: gets seeds, answers each with what became of it. Thin: everything
 * it does is `simulatePlan`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../base/user-error.ts';
import { makePlan } from './make-plan.ts';
import type { PlanRequest } from './plan-request.ts';
import { simulatePlan } from './simulate-plan.ts';
import { seedOf, type SimulatedSeed } from './simulated-seed.ts';
import { prepareWorld } from './world.ts';

/** What all seeds of a batch have in common. */
export interface SimulateJob {
  readonly request: PlanRequest;
  /** Regular expressions that no line of the nodes' logs may match. */
  readonly logPatterns?: readonly string[] | undefined;
}

export type SimulateAnswer =
  | { readonly type: 'seed'; readonly seed: SimulatedSeed }
  | { readonly type: 'refused'; readonly message: string; readonly hint: string | undefined };

const { request, logPatterns } = workerData as SimulateJob;
const preparing = prepareWorld(request);

parentPort?.on('message', (seed: number) => void simulate(seed));

async function simulate(seed: number): Promise<void> {
  parentPort?.postMessage(await answerTo(seed));
}

/** What is no mistake of the user's ends the worker. */
async function answerTo(seed: number): Promise<SimulateAnswer> {
  try {
    const { context } = await preparing;
    const plan = makePlan(request, seed, context);
    const { workload } = context;
    // What one seed lacks, others have: the batch as a whole is asked for it.
    const simulated = await simulatePlan(plan, {
      workload,
      logPatterns,
      allowMissingFaults: true,
    });
    return { type: 'seed', seed: seedOf(simulated, request, { logPatterns }) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { type: 'refused', message: error.message, hint: error.hint };
  }
}
