/** Shrinking in the simulator: a plan fails or it does not, and the smallest is shown step by step. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceEvent } from '../base/trace-event.ts';
import { drawSvg } from '../diagram/draw-svg.ts';
import { drawText } from '../diagram/draw-text.ts';
import type { History } from '../history/event.ts';
import type { RunFolder } from '../history/store.ts';
import type { ExplicitPlan } from './shrink-plan.ts';
import { filesOfSteps, shrinkSteps, titleOf } from './shrink-steps.ts';
import { hasAnomaly, type Shown, type Trial } from './shrink-trial.ts';
import { simulatePlan } from './simulate-plan.ts';

/** Whatever is left out changes what chance does with the rest: a few other chances for each plan. */
const VARIANTS = 4;
const VARIANT = 7919;
const MOST_STEP_TRIES = 6000;

export class SimulatedTrial implements Trial {
  tries = 0;
  readonly #anomaly: string;
  readonly #invariants: number;

  constructor(anomaly: string) {
    this.#anomaly = anomaly;
    this.#invariants = anomaly === 'invariant' || anomaly === 'crash' ? 1 : 0;
  }

  async attempt(plan: ExplicitPlan): Promise<ExplicitPlan | undefined> {
    for (let i = 0; i < VARIANTS; i++) {
      const variant = i === 0 ? plan : { ...plan, seed: plan.seed + i * VARIANT };
      this.tries++;
      // One after the other: the first that fails is enough.
      // eslint-disable-next-line no-await-in-loop
      const { verdict } = await simulatePlan(variant, { invariants: this.#invariants });
      if (hasAnomaly(verdict, this.#anomaly)) return variant;
    }
    return undefined;
  }

  async show(plan: ExplicitPlan, into: RunFolder): Promise<Shown> {
    const events: TraceEvent[] = [];
    const run = await simulatePlan(plan, {
      invariants: this.#invariants,
      record: true,
      trace: (event) => events.push(event),
    });
    await writeFile(into.history, historyText(run.history));
    await writeFile(into.trace, lines(events));
    const steps = shrinkSteps(plan.protocol, run, {
      maxTries: MOST_STEP_TRIES,
      header: run.history.header,
    });
    const { verdict } = run;
    const anomaly = verdict.valid === false ? verdict.anomalies[0] : undefined;
    const why = steps?.failure.message ?? anomaly?.why ?? '';
    const options = { title: titleOf(plan.protocol, plan.bugs), notes: [why] };
    const drawn =
      steps === undefined
        ? { text: drawText(events, options), svg: drawSvg(events, options), steps: undefined }
        : filesOfSteps(steps);
    const files = { text: join(into.dir, 'diagram.txt'), svg: join(into.dir, 'diagram.svg') };
    await writeFile(files.text, drawn.text);
    await writeFile(files.svg, drawn.svg);
    const stepFile = join(into.dir, 'steps.txt');
    if (drawn.steps !== undefined) await writeFile(stepFile, drawn.steps);
    return {
      reproduction: { failures: 1, tries: 1 },
      steps: steps === undefined ? null : { before: run.steps.length, after: steps.steps.length },
      why,
      diagram: drawn.text,
      files: {
        plan: into.plan,
        history: into.history,
        ...files,
        ...(drawn.steps !== undefined && { steps: stepFile }),
      },
    };
  }
}

/** As the recorder writes it. */
function historyText({ header, events, nemesis, final = [] }: History): string {
  const all = [...events, ...nemesis, ...final].toSorted((a, b) => a.index - b.index);
  return lines([header, ...all]);
}

function lines(documents: readonly unknown[]): string {
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('');
}
