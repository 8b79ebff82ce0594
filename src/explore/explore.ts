/** An exploration from beginning to end: progress, limits, and how a state that is wrong is reached. */
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { ShownEvent } from '../base/trace-event.ts';
import type { Model, Violation } from './model.ts';
import { shortest, stepsAlong } from './path.ts';
import { stepText, traceOf } from './path-trace.ts';
import { type End, type Limits, type Order, Search } from './search.ts';
import { Space, type StepTaken } from './space.ts';

export interface ExploreOptions {
  readonly order?: Order;
  readonly limits?: Limits;
  /** Of random walks. Default 1. */
  readonly seed?: number;
  /** Stops it: the verdict is unknown. */
  readonly signal?: AbortSignal;
  /** Called about each second. */
  readonly onProgress?: (search: Search, seconds: number) => void;
}

/** How a wrong state is reached. */
export interface Counterexample {
  readonly violation: Violation;
  readonly steps: readonly StepTaken[];
  /** The steps as lines. */
  readonly lines: readonly string[];
  readonly events: readonly ShownEvent[];
}

export interface Explored {
  /** True: every state is as it should be; `unknown`: not all were seen. */
  readonly valid: boolean | 'unknown';
  readonly end: End | { readonly type: 'interrupted' };
  readonly search: Search;
  readonly seconds: number;
  readonly counterexample?: Counterexample;
}

/** States expanded between two looks at the clock. */
const SLICE = 1000;

/**
 * Explores a model until there is nothing more to see, or something wrong, or a limit. Where states were
 * left out a shorter way to something wrong is looked for with all of them, if they are not too many.
 */
export async function explore(model: Model, options: ExploreOptions = {}): Promise<Explored> {
  const found = await run(model, options);
  const { counterexample, search } = found;
  if (counterexample === undefined || model.reduce !== true || search.order !== 'bfs') return found;
  const states = Math.min(options.limits?.states ?? Infinity, WHOLE * search.distinct + 10_000);
  const limits = { ...options.limits, states, depth: counterexample.steps.length - 1 };
  const whole = await run({ ...model, reduce: false }, { ...options, limits });
  return { ...found, counterexample: whole.counterexample ?? counterexample };
}

/** How many times more states a shortest counterexample is worth. */
const WHOLE = 4;

async function run(model: Model, options: ExploreOptions): Promise<Explored> {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  const search = new Search(
    new Space(model),
    options.order ?? 'bfs',
    options.limits,
    options.seed ?? 1,
  );
  let told = 0;
  while (!search.advance(SLICE) && options.signal?.aborted !== true) {
    // Signals come between two turns of the event loop.
    await setImmediate();
    if (seconds() - told < 1) continue;
    told = seconds();
    options.onProgress?.(search, told);
    if (isFull(options.limits?.bytes)) search.end = { type: 'limit', limit: 'bytes' };
  }
  const end = search.end ?? { type: 'interrupted' };
  const valid = end.type === 'complete' ? true : end.type === 'violation' ? false : 'unknown';
  const common = { valid, end, search, seconds: seconds() } as const;
  return end.type === 'violation'
    ? { ...common, counterexample: counterexampleOf(search, end.state, end.violation) }
    : common;
}

/** The whole process takes that much, or nearly all that the engine would give it. */
function isFull(bytes = Infinity): boolean {
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  return process.memoryUsage.rss() > bytes || used > 0.9 * most;
}

/** The path to a wrong state, without steps that it does not need. */
export function counterexampleOf(
  search: Search,
  state: number,
  violation: Violation,
): Counterexample {
  const { space } = search;
  const path = stepsAlong(space, search.path(state));
  const bad = (end: Uint32Array): boolean => space.wrong(end)?.name === violation.name;
  const steps = shortest(space, path, bad);
  const lines = steps.map((step) => stepText(space, step));
  return { violation, steps, lines, events: traceOf(space, steps) };
}
