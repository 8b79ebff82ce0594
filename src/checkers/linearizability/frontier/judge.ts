/**
 * Asks the frontier search in rungs, cheapest first. A rung may only say what it can prove: one that
 * throws configurations away may say valid, one that allows more than the object does may say
 * invalid, only an exact one may say both.
 */
import type { Limits } from '../../verdict.ts';
import { DEFAULT_BYTES, type Reached } from '../wgl.ts';
import { type Answer } from '../conflict.ts';
import { Depth } from './depth.ts';
import type { FrontierLimits } from './limits.ts';
import { type Lost, Search, type SearchOptions, type Searched } from './search.ts';
import { type Task, hasLost } from './task.ts';
import { unroll } from './unroll.ts';

export interface FrontierOptions {
  readonly limits?: Limits | undefined;
  /** Build a linearization too. */
  readonly wantOrder?: boolean;
  readonly onReached?: ((reached: Reached) => void) | undefined;
  /** Only look for a proof that there is no order: lost operations may be used again and again. */
  readonly onlyInvalid?: boolean;
}

export type RungName = 'depth' | 'widening' | 'exact' | 'when needed' | 'relaxed' | 'ranked';

export interface FrontierAnswer {
  readonly answer: Answer;
  /** Most configurations kept at once by the search that decided. */
  readonly widest: number;
  readonly rung: RungName;
  /** A search gave up for want of memory, whether or not another one decided. */
  readonly short?: true;
  /** Invalid: the states that were still possible when the operation that cannot be placed returned. */
  readonly states?: readonly number[];
}

interface Rung {
  readonly name: RungName;
  readonly lost: Lost;
  /** Configurations kept after a return: at first, and near those that cannot be passed. */
  readonly beams: readonly number[];
  readonly comparison: 'exact' | 'size';
  /** What surviving and dying prove. */
  readonly valid: boolean;
  readonly invalid: 'always' | 'if nothing was cut' | 'never';
}

/** Default number of configurations that a rung may look at, and more of them for each operation. */
const STEPS = 1_000_000;
const STEPS_EACH = 200;

/** Configurations kept after a return: at first, and near those that cannot be passed. */
const NARROW = [8, 32, 128, 1024];

/** For what is observed late: before anything that keeps all configurations of a level. */
const DEPTH = rung('depth', { lost: 'once', valid: true, invalid: 'always' });

const PLAIN: readonly Rung[] = [
  rung('widening', { beams: [...NARROW, Infinity], valid: true, invalid: 'if nothing was cut' }),
  rung('exact', { valid: true, invalid: 'always' }),
];

const WITH_LOST: readonly Rung[] = [
  rung('when needed', { lost: 'when needed', beams: NARROW, comparison: 'size', valid: true }),
  rung('relaxed', { lost: 'freely', beams: [...NARROW, Infinity], invalid: 'if nothing was cut' }),
  rung('ranked', { lost: 'once', beams: [512], comparison: 'size', valid: true }),
  rung('exact', { lost: 'once', valid: true, invalid: 'always' }),
];

function rung(name: RungName, more: Partial<Rung>): Rung {
  return {
    name,
    lost: 'never',
    beams: [Infinity],
    comparison: 'exact',
    valid: false,
    invalid: 'never',
    ...more,
  };
}

/**
 * The rungs that a task goes through. Used any number of times, a lost operation may lead to states
 * without end (an add), so only registers, which have as many states as values, are relaxed.
 */
function rungsOf(task: Task): readonly Rung[] {
  if (task.late === true) return [DEPTH, ...rungsOf({ ...task, late: false })];
  if (!hasLost(task)) return PLAIN;
  if (task.moves.register !== undefined) return WITH_LOST;
  return WITH_LOST.filter(({ lost }) => lost !== 'freely');
}

/** Judges one part. `only`: this rung alone (for tests). */
export function judgeFrontier(
  task: Task,
  options: FrontierOptions = {},
  only?: RungName,
): FrontierAnswer {
  const rungs = rungsOf(task);
  const refuting = rungs.filter((r) => r.invalid !== 'never');
  const cheap = refuting.filter((r) => r.lost !== 'once');
  const wanted = options.onlyInvalid !== true ? rungs : cheap.length > 0 ? cheap : refuting;
  let undecided: FrontierAnswer | undefined;
  let short = {};
  for (const each of wanted) {
    if (only !== undefined && each.name !== only) continue;
    const found = { ...tryRung(task, each, options), ...short };
    if (found.answer.type !== 'undecided') return found;
    if (found.answer.reason === 'memory') short = { short: true };
    undecided = { ...found, ...short };
  }
  return undecided as FrontierAnswer;
}

function tryRung(task: Task, each: Rung, options: FrontierOptions): FrontierAnswer {
  const { limits = {}, wantOrder = false, onReached } = options;
  const limited: FrontierLimits & Pick<SearchOptions, 'trails'> = {
    steps: limits.steps ?? STEPS + STEPS_EACH * task.n,
    bytes: limits.bytes ?? DEFAULT_BYTES,
    trails: wantOrder && each.valid,
    onReached: onReached && ((at, open) => onReached({ at: task.row[at] as number, width: open })),
  };
  const { lost, beams, comparison } = each;
  const search =
    each === DEPTH
      ? new Depth(task, limited)
      : new Search(task, { ...limited, lost, beams, comparison });
  const searched = search.run();
  const { widest } = search;
  const common = { widest, rung: each.name };
  if (searched.type === 'survived' && each.valid) {
    const order = wantOrder ? unroll(task, searched.path) : [];
    return { answer: { type: 'valid', order }, ...common };
  }
  if (searched.type === 'died' && proves(each, searched))
    return {
      answer: {
        type: 'invalid',
        conflict: { kind: 'exhausted', op: task.row[searched.at] as number },
      },
      ...(each !== DEPTH && { states: searched.states }),
      ...common,
    };
  return { answer: undecidedBy(task, searched), ...common };
}

function proves({ invalid }: Rung, { cut }: Extract<Searched, { type: 'died' }>): boolean {
  return invalid === 'always' || (invalid === 'if nothing was cut' && !cut);
}

function undecidedBy(task: Task, searched: Searched): Answer {
  const at = searched.type === 'survived' ? task.n - 1 : searched.at;
  return {
    type: 'undecided',
    reason: searched.type === 'gave up' ? searched.reason : 'budget',
    at: task.row[at] as number,
    width: searched.type === 'gave up' ? searched.open : 0,
  };
}
