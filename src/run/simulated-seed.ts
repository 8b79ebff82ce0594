/** One seed of a simulated batch: what its results and a table of seeds need, as plain data. */
import type { Simulated, SimulatedFigures } from './simulate-plan.ts';
import type { Results, RunOutcome } from './results.ts';
import { verdictPart } from './results.ts';
import { againLine, type PlanRequest, type RunManner } from './plan-request.ts';

/** What is kept of a seed; the names are those of `results.json`. */
export interface SimulatedSeed extends RunOutcome, Pick<Results, 'bugs' | 'outcomes'> {
  readonly traceHash: string;
  readonly figures: SimulatedFigures;
  /** Faults that had an effect, by kind; 0: there were some, and none had. */
  readonly bitten: Readonly<Record<string, number>>;
}

/** What a run says of its seed. */
export function seedOf(
  simulated: Simulated,
  request: PlanRequest,
  manner: RunManner,
): SimulatedSeed {
  const { plan, verdict, driven, traceHash, figures } = simulated;
  const { valid, anomalies, reason, why } = verdictPart(verdict);
  const bitten: Record<string, number> = {};
  for (const { fault, bitten: bit } of driven.faults)
    bitten[fault.kind] = (bitten[fault.kind] ?? 0) + (bit ? 1 : 0);
  return {
    seed: plan.seed,
    valid,
    anomalies,
    ...(reason !== undefined && { reason }),
    ...(why !== undefined && { why }),
    system: plan.system,
    workload: plan.workload.name,
    bugs: plan.bugs,
    durationMs: Math.round(figures.simulatedNs / 1e6),
    outcomes: {
      ok: driven.tally.total('ok'),
      mismatch: driven.tally.total('mismatch'),
      fail: driven.tally.total('fail'),
      info: driven.tally.total('info'),
    },
    again: againLine(request, plan.seed, manner),
    traceHash,
    figures,
    bitten,
  };
}
