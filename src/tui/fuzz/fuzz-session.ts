/**
 * `hermes fuzz` from parsed flags to printed verdicts: prepares the world, shows the runs while they go
 * on, prints what came out.
 */
import { randomInt } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scheduleText } from '../../faults/fault-text.ts';
import { type Batch, fuzzBatch, seedsOf } from '../../run/fuzz-batch.ts';
import type { FuzzRunOptions, FuzzResult } from '../../run/fuzz-run.ts';
import { makePlan } from '../../run/make-plan.ts';
import type { Plan } from '../../run/plan.ts';
import type { RunOutcome } from '../../run/results.ts';
import type { SimulatedBatch } from '../../run/simulated-batch.ts';
import type { PlanRequest } from '../../run/plan-request.ts';
import { isSimulated, prepareWorld } from '../../run/world.ts';
import { headline } from './headline.ts';
import { plainView, type View } from './plain-view.ts';
import { listenToSignals } from './signals.ts';
import { simulateSeeds } from './simulated-session.ts';

export interface SessionOptions extends Pick<
  FuzzRunOptions,
  | 'store'
  | 'keep'
  | 'allowMissingFaults'
  | 'stopOnViolation'
  | 'check'
  | 'logPatterns'
  | 'draw'
  | 'page'
  | 'trace'
> {
  readonly request: PlanRequest;
  readonly seed: number | undefined;
  /** `a..b`; instead of `seed` and `runs`. */
  readonly seeds: string | undefined;
  readonly runs: number;
  readonly junit: string | undefined;
  /** Nothing is shown: the result is all that is wanted (`--json`). */
  readonly quiet: boolean;
  /** A run in words: in full where it is the last one, else in a line. */
  text(result: FuzzResult, last: boolean, seeItFail: string | undefined): string;
  /** JUnit XML of the runs. */
  junitXml(runs: readonly RunOutcome[]): string;
  /** A line of the result: stdout. */
  print(line: string): void;
  /** A line of progress: stderr. */
  note(line: string): void;
}

/** What `--print-plan` shows: the plan of the first seed, and nothing is started. */
export async function printPlan(
  options: Pick<SessionOptions, 'request' | 'seed' | 'seeds' | 'print'>,
): Promise<Plan> {
  const world = await prepareWorld(options.request);
  const [seed = 0] = seedsOf(options.seeds, options.seed ?? freshSeed(), 1);
  const plan = makePlan(world.request, seed, world.context);
  options.print(headline(plan));
  for (const line of scheduleText(plan, plan.nodes)) options.print(`  ${line}`);
  if (plan.faults.length === 0) options.print('  no faults');
  return plan;
}

/** Runs everything. Throws `EndedBySignal` where a signal ended it before a verdict. */
export async function fuzzSession(options: SessionOptions): Promise<Batch> {
  const world = await prepareWorld(options.request);
  const seeds = seedsOf(options.seeds, options.seed ?? freshSeed(), options.runs);
  const signals = listenToSignals(() =>
    options.note('finishing: the history so far is judged (Ctrl-C again: clean up now)'),
  );
  let view: View | undefined;
  try {
    const makeView = await viewOf(options);
    const simulated =
      seeds.length > 1 && isSimulated(options.request)
        ? await simulateSeeds(world, seeds, options, signals)
        : undefined;
    const recorded = simulated === undefined ? seeds : toRecord(simulated);
    const found = await fuzzBatch(
      world,
      recorded,
      { ...options, interrupt: signals.interrupt, abort: signals.abort },
      () => {
        view?.close();
        view = makeView();
        return view;
      },
      (result, index) => {
        view?.close();
        const last =
          index === recorded.length - 1 ||
          result.verdict.valid !== true ||
          result.results.interrupted;
        if (!options.quiet && !last) options.print(options.text(result, false, undefined));
      },
    );
    const batch: Batch =
      simulated === undefined ? found : { ...found, valid: simulated.valid, simulated };
    await finish(options, batch);
    return batch;
  } finally {
    view?.close();
    signals.release();
  }
}

async function finish(options: SessionOptions, batch: Batch): Promise<void> {
  const results = batch.simulated?.seeds ?? batch.runs.map((run) => run.results);
  if (options.junit !== undefined) await writeFile(options.junit, options.junitXml(results));
  const last = batch.runs.at(-1);
  if (last === undefined || options.quiet) return;
  options.print(options.text(last, true, await failureLine(options, last)));
}

/** Seeds of a batch that are run once more, to be recorded: the one that ended it. */
function toRecord({ seeds }: SimulatedBatch): number[] {
  const last = seeds.at(-1);
  return last?.valid === false ? [last.seed] : [];
}

/** Ink on a terminal; lines elsewhere. */
async function viewOf(options: SessionOptions): Promise<() => View> {
  if (options.quiet) return () => ({ close: () => undefined });
  const terminal =
    process.stdout.isTTY &&
    process.stdin.isTTY &&
    !process.env['CI'] &&
    process.env['TERM'] !== 'dumb';
  // From sources Node cannot load what is written in JSX.
  if (!terminal || import.meta.url.endsWith('.ts')) return () => plainView(options.note);
  const { liveView } = await import('./live-view.tsx');
  return liveView;
}

/** Small enough to be typed. */
function freshSeed(): number {
  return randomInt(1, 10_000_000);
}

/** A planted bug that one run nearly always shows. */
const TELLING_BUG = 'read-while-invalid';

/** The line that shows a failure, after the first valid run in this store. */
async function failureLine(
  { request, store }: SessionOptions,
  last: FuzzResult,
): Promise<string | undefined> {
  const ours =
    last.plan.system === 'hermes' && last.plan.bugs.length === 0 && request.cluster === undefined;
  if (last.verdict.valid !== true || !ours || (await validRuns(store)) > 1) return undefined;
  return `hermes fuzz --bug ${TELLING_BUG}`;
}

/** How many runs in the store were valid; stops counting at two. */
async function validRuns(store: string): Promise<number> {
  let valid = 0;
  for (const workload of await folders(store)) {
    for (const run of await folders(join(store, workload))) {
      const text = await readFile(join(store, workload, run, 'results.json'), 'utf8').catch(
        () => '{}',
      );
      if (text.includes('"valid": true')) valid += 1;
      if (valid > 1) return valid;
    }
  }
  return valid;
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
