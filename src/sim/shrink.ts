/**
 * Makes a failing list of steps as short as it can: delta debugging on what was chosen.
 *
 * A candidate counts when it breaks the same invariant (or the history, or progress) again. Steps
 * that no longer apply in a candidate fall out by themselves: without a request there are no
 * messages of it to deliver.
 */
import type { NodeId, Value } from '../base/operation.ts';
import { reductions } from '../base/reductions.ts';
import { HOST_TIMING, type Protocol } from '../protocols/machine.ts';
import { replay, type ReplayOptions } from './replay.ts';
import type { RunOptions } from './simulate.ts';
import type { Step } from './step.ts';
import type { Failure } from './watcher.ts';
import type { WorldConfig } from './world-config.ts';

export interface FailingRun {
  readonly config: WorldConfig;
  readonly steps: readonly Step[];
  readonly failure: Failure;
}

export interface Shrunk extends FailingRun {
  /** Candidates that were run. */
  readonly tries: number;
}

export interface ShrinkOptions extends RunOptions {
  /** Bound on candidates. Default 4,000. */
  readonly maxTries?: number;
  /**
   * True: a candidate counts only if the same steps do no harm without the planted bugs. Keeps steps
   * that script a membership from becoming a membership that no cluster would ever decide on.
   */
  readonly soundWithoutBugs?: boolean;
}

/** A list so long is not searched for pairs of steps that can go together only. */
const PAIRS_UP_TO = 40;
const OTHER_SEEDS = 6;

/** The shortest run found that fails in the same way; where that may be, numbered from 1. */
export function shrink(protocol: Protocol, run: FailingRun, options: ShrinkOptions = {}): Shrunk {
  const search = new Search(protocol, run, options);
  search.reduce((step) => step.do === 'request');
  search.reduce(() => true);
  for (let before = Infinity; search.best.steps.length < before;) {
    before = search.best.steps.length;
    search.dropNodes();
    search.reduce(() => true);
    search.deliverFirst();
    if (before <= PAIRS_UP_TO) search.dropPairs();
  }
  search.plain();
  search.otherChance();
  return { ...search.best, tries: search.tries };
}

class Search {
  best: FailingRun;
  tries = 0;
  readonly #protocol: Protocol;
  readonly #options: ShrinkOptions;
  readonly #maxTries: number;

  constructor(protocol: Protocol, run: FailingRun, options: ShrinkOptions) {
    this.#protocol = protocol;
    this.#options = options;
    this.#maxTries = options.maxTries ?? 4000;
    this.best = run;
    this.try(run.config, run.steps);
  }

  /** Runs a candidate and keeps it if it fails in the same way and is no longer. */
  try(config: WorldConfig, steps: readonly Step[]): boolean {
    if (this.tries >= this.#maxTries) return false;
    this.tries++;
    const { kind, name } = this.best.failure;
    const options = { ...this.#options, settle: kind === 'progress' };
    const { failure, applied } = replay(this.#protocol, config, steps, options);
    if (failure?.kind !== kind || failure.name !== name) return false;
    if (applied.length > this.best.steps.length || applied.length < 1) return false;
    if (this.#options.soundWithoutBugs && !this.#isSound(config, applied, options)) return false;
    this.best = { config, steps: applied, failure };
    return true;
  }

  #isSound(config: WorldConfig, steps: readonly Step[], options: ReplayOptions): boolean {
    const strict = { ...options, checkEvery: 1 };
    return !replay(this.#protocol, { ...config, bugs: [] }, steps, strict).failure;
  }

  /** Takes out ever smaller stretches of the steps that `which` names. */
  reduce(which: (step: Step) => boolean): void {
    const walk = reductions(() => this.best.steps.filter(which));
    for (let next = walk.next(); !next.done;) {
      const out = new Set(next.value);
      const { config, steps } = this.best;
      next = walk.next(
        this.try(
          config,
          steps.filter((step) => !out.has(step)),
        ),
      );
    }
  }

  dropPairs(): void {
    for (let i = this.best.steps.length - 1; i > 0; i--)
      for (let j = i - 1; j >= 0; j--) {
        const { config, steps } = this.best;
        if (i >= steps.length) break;
        this.try(
          config,
          steps.filter((_, at) => at !== i && at !== j),
        );
      }
  }

  /** A smaller cluster needs fewer messages for the same trouble. */
  dropNodes(): void {
    for (let node = this.best.config.nodes - 1; node >= 0; node--) {
      const { config, steps } = this.best;
      if (config.nodes <= 2) return;
      const clocks = config.clocks?.filter((_, id) => id !== node);
      const smaller = { ...config, nodes: config.nodes - 1, ...(clocks && { clocks }) };
      this.try(smaller, withoutNode(steps, node));
    }
  }

  /**
   * A message that was sent again says what the first one said: deliver that, and leave out the
   * timer.
   */
  deliverFirst(): void {
    for (const late of this.best.steps) {
      if (late.do !== 'deliver') continue;
      const { config, steps } = this.best;
      const again = steps.find((step) => step.id === late.cause && step.do === 'timer');
      if (!again) continue;
      const kept = steps.filter((step) => step !== again);
      kept.some(
        ({ id }) =>
          id < late.id &&
          this.try(
            config,
            kept.map((step) => (step === late ? { ...late, cause: id } : step)),
          ),
      );
    }
  }

  /** Machines that draw lots draw others once a step is gone: the failure may need other lots. */
  otherChance(): void {
    if (this.best.config.seed === null || this.best.steps.length > PAIRS_UP_TO) return;
    const before = this.best.steps.length;
    for (let seed = 1; seed <= OTHER_SEEDS; seed++)
      for (let i = this.best.steps.length - 1; i >= 0; i--) {
        const { config, steps } = this.best;
        this.try({ ...config, seed }, [...steps.slice(0, i), ...steps.slice(i + 1)]);
      }
    if (this.best.steps.length === before) return;
    this.reduce(() => true);
    this.plain();
  }

  /** Same length, easier to read: nothing odd that the failure does not need. */
  plain(): void {
    const config = (change: Partial<WorldConfig>): boolean =>
      this.try({ ...this.best.config, ...change }, this.best.steps);
    const steps = (change: (step: Step, at: number) => Step): boolean =>
      this.try(this.best.config, this.best.steps.map(change));
    steps((s) => (s.do === 'deliver' && s.keep ? { ...s, keep: false } : s));
    config({ clocks: [] });
    config({ seed: null });
    config({ timing: HOST_TIMING });
    for (const name of Object.keys(this.best.config.options)) {
      const { [name]: _, ...options } = this.best.config.options;
      config({ options });
    }
    this.try(...usedKeys(this.best));
    this.try(this.best.config, smallValues(this.best.steps));
    steps((step, at) => ({ ...step, atUs: at + 1 }));
    const clients = [...new Set(this.best.steps.map((s) => (s.do === 'request' ? s.client : -1)))];
    const names = new Map(clients.filter((c) => c >= 0).map((client, i) => [client, i]));
    steps((s) => (s.do === 'request' ? { ...s, client: names.get(s.client) as number } : s));
    // A machine may name its timers by the numbers of requests; then the old numbers stay.
    this.try(this.best.config, renumber(this.best.steps));
  }
}

/** The same run with the keys that it uses, numbered from 0. Timers of renamed keys are not found. */
function usedKeys({ config, steps }: FailingRun): [WorldConfig, readonly Step[]] {
  const used = new Set(steps.map((step) => (step.do === 'request' ? step.op.key : -1)));
  // A world without kinds of keys knows no numbers that are too large.
  const known = config.keys.length > 0 ? config.keys.map((_, key) => key) : [...used];
  const keys = known.filter((key) => key >= 0 && used.has(key));
  const moved = steps.map((step) =>
    step.do === 'request'
      ? { ...step, op: { ...step.op, key: keys.indexOf(step.op.key) } }
      : step.do === 'timer'
        ? {
            ...step,
            timer: step.timer.replace(/k(\d+)$/, (_, key) => `k${keys.indexOf(Number(key))}`),
          }
        : step,
  );
  const kinds = keys.flatMap((key) => config.keys.slice(key, key + 1));
  return [{ ...config, keys: kinds }, moved];
}

/** The same with the integers 1, 2, 3, … for those that clients write, in the order of the steps. */
function smallValues(steps: readonly Step[]): Step[] {
  const names = new Map<number, number>();
  const small = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(small);
    if (typeof value !== 'number') return value;
    names.set(value, names.get(value) ?? names.size + 1);
    return names.get(value) as number;
  };
  return steps.map((step) =>
    step.do === 'request' ? { ...step, op: { ...step.op, value: small(step.op.value) } } : step,
  );
}

/**
 * The steps of a cluster without that node; those behind it move up. What a node sent when it heard the
 * one that is gone, it sends when it hears the last of the others.
 */
function withoutNode(steps: readonly Step[], gone: NodeId): Step[] {
  const moved = (id: NodeId): NodeId => (id > gone ? id - 1 : id);
  const places = new Map<number, NodeId>();
  const last = new Map<NodeId, number>();
  const stays = new Set<number>([0]);
  /** A step that is left, or the last one left at the same node. */
  const heard = (cause: number): number | undefined =>
    stays.has(cause) ? cause : last.get(places.get(cause) as NodeId);
  const kept: Step[] = [];
  for (const step of steps) {
    const node = 'to' in step ? step.to : 'node' in step ? step.node : undefined;
    if (node !== undefined) places.set(step.id, node);
    const cause = 'cause' in step ? heard(step.cause) : 0;
    if (node === gone || cause === undefined) continue;
    stays.add(step.id);
    if (node !== undefined) last.set(node, step.id);
    if ('to' in step) kept.push({ ...step, cause, to: moved(step.to) });
    else kept.push('node' in step ? { ...step, node: moved(step.node) } : step);
  }
  return kept;
}

/** The same steps with numbers 1, 2, 3, …; messages and requests follow. */
export function renumber(steps: readonly Step[]): Step[] {
  const numbers = new Map([[0, 0], ...steps.map((step, i) => [step.id, i + 1] as const)]);
  const to = (id: number): number => numbers.get(id) ?? id;
  return steps.map((step) => {
    const id = to(step.id);
    if (step.do === 'deliver' || step.do === 'drop') return { ...step, id, cause: to(step.cause) };
    return step.do === 'gone' ? { ...step, id, request: to(step.request) } : { ...step, id };
  });
}
