/** What shrinking a run asks of the world that it is run in: does a plan fail, and how is the smallest shown. */
import type { Verdict } from '../checkers/verdict.ts';
import type { RunFolder } from '../history/store.ts';
import type { Plan } from './plan.ts';
import type { ExplicitPlan, PlanSize } from './shrink-plan.ts';

export interface ShrinkResult {
  readonly run: string;
  /** The anomaly that was kept. */
  readonly anomaly: string;
  readonly before: PlanSize;
  readonly after: PlanSize;
  /** Plans that were run. */
  readonly tries: number;
  readonly reproduction: { readonly failures: number; readonly tries: number };
  /** Simulated: requests, deliveries and timers of the smallest plan, and those that suffice. */
  readonly steps: { readonly before: number; readonly after: number } | null;
  readonly why: string;
  readonly files: Readonly<Record<string, string>>;
  readonly diagram: string;
}

export type Shown = Pick<ShrinkResult, 'reproduction' | 'steps' | 'why' | 'files' | 'diagram'>;

export interface Trial {
  /** Plans that were run so far. */
  readonly tries: number;
  /** The plan that fails as the run did: this one, or one that differs in what chance does; undefined: none. */
  attempt(plan: ExplicitPlan): Promise<ExplicitPlan | undefined>;
  /** A plan to begin with where that of the recorded operations does not fail: those of another run of `plan`. */
  again?(plan: Plan): Promise<ExplicitPlan | undefined>;
  /** Writes what there is to see of the smallest plan. */
  show(plan: ExplicitPlan, into: RunFolder): Promise<Shown>;
}

export function hasAnomaly(verdict: Verdict, type: string): boolean {
  return verdict.valid === false && verdict.anomalies.some((anomaly) => anomaly.type === type);
}
