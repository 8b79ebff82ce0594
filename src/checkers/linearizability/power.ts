/**
 * Would the checker have found it? Violations are planted into copies of what was judged, each of
 * which real time makes a violation beyond doubt (`plants-in-columns.ts`, `plants-in-places.ts`,
 * `plants-in-calls.ts`), and the same algorithm is asked again. One that it misses means that its `valid`
 * is worth nothing.
 */
import { type Call, asUnknown } from '../calls.ts';
import type { Columns } from '../columns.ts';
import { judgeChain } from './chain.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { registerTask } from './frontier/register-task.ts';
import type { KeyAnswer } from './judge-key.ts';
import { PLANTS, type Plant, stepsToRefute } from './plant.ts';
import { plantInCalls } from './plants-in-calls.ts';
import { plantInColumns } from './plants-in-columns.ts';
import { plantInPlaces } from './plants-in-places.ts';
import { judgeZones } from './zones.ts';

export interface Power {
  readonly planted: number;
  readonly found: number;
  /** Kinds that could be planted nowhere. */
  readonly impossible: readonly Plant[];
}

/** Rows judged again in all, so that the trial costs no more than the check. */
const ROWS_MAX = 2_000_000;

/** Plants each kind once into each key, largest keys first, as long as the allowance lasts. */
export function measurePower(keys: readonly KeyAnswer[]): Power {
  const { order, sure } = plantingOrder(keys.map(sizeOf));
  const possible = new Set<Plant>();
  let [planted, found] = [0, 0];
  for (const [at, key] of order.entries()) {
    if (at >= sure && planted > 0) break;
    const tried = plantInto(keys[key] as KeyAnswer);
    for (const plant of tried.kinds) possible.add(plant);
    planted += tried.planted;
    found += tried.found;
  }
  return { planted, found, impossible: PLANTS.filter((plant) => !possible.has(plant)) };
}

function sizeOf(key: KeyAnswer): number {
  return (key.columns ?? key.task ?? key.places)?.n ?? key.searched?.calls.length ?? 0;
}

/**
 * Keys in the order in which violations are planted into them, by their sizes: the first `sure` in any case,
 * more only while nothing could be planted.
 */
export function plantingOrder(sizes: readonly number[]): { order: number[]; sure: number } {
  const size = (key: number): number => sizes[key] as number;
  const order = [...sizes.keys()].sort((x, y) => size(y) - size(x));
  let rows = ROWS_MAX;
  let sure = 0;
  while (sure < order.length && rows >= 0) rows -= PLANTS.length * size(order[sure++] as number);
  return { order, sure };
}

/** What was planted into one key: each kind once, where there is a place for it. */
export interface Planted {
  readonly planted: number;
  readonly found: number;
  readonly kinds: readonly Plant[];
}

export function plantInto(key: KeyAnswer): Planted {
  const tried = PLANTS.map((plant) => ({ plant, caught: tryPlant(key, plant) }));
  const kinds = tried.filter(({ caught }) => caught !== undefined).map(({ plant }) => plant);
  const found = tried.filter(({ caught }) => caught === true).length;
  return { planted: kinds.length, found, kinds };
}

/** Was the planted violation found? Undefined: there is no place for it, or the limits were reached. */
function tryPlant(key: KeyAnswer, plant: Plant): boolean | undefined {
  if (key.columns !== undefined) {
    const changed = plantInColumns(key.columns, plant);
    return changed && judgeZones(changed).type === 'invalid';
  }
  if (key.places !== undefined) {
    const changed = plantInPlaces(key.places, plant);
    return changed && judgeChain(changed).type === 'invalid';
  }
  if (key.task !== undefined) {
    const changed = plantInColumns(key.task, plant);
    return changed && refuted(changed);
  }
  if (key.searched === undefined) return undefined;
  const { calls } = key.searched;
  let caught = tryInCalls(key.searched, calls, plant);
  // Too many operations of unknown outcome before it, perhaps; at the beginning there are few.
  for (const length of BEGINNINGS)
    if (caught === undefined && calls.length > length)
      caught = tryInCalls(key.searched, beginning(calls, length), plant);
  return caught;
}

const BEGINNINGS = [200, 40, 10];

/** So many operations; what is open at the end of them stays open. */
function beginning(calls: readonly Call[], length: number): Call[] {
  const end = (calls[length] as Call).call;
  return calls.slice(0, length).map((call) => (call.ret > end ? asUnknown(call) : call));
}

function tryInCalls(
  { kind, judge }: NonNullable<KeyAnswer['searched']>,
  calls: readonly Call[],
  plant: Plant,
): boolean | undefined {
  const changed = plantInCalls(calls, kind, plant);
  const answer = changed && judge(changed, { steps: stepsToRefute(calls.length) });
  return answer?.type === 'invalid' ? true : answer?.type === 'valid' ? false : undefined;
}

function refuted(columns: Columns): boolean | undefined {
  const { answer } = judgeFrontier(registerTask(columns), {
    limits: { steps: stepsToRefute(columns.n) },
    onlyInvalid: true,
  });
  return answer.type === 'undecided' ? undefined : answer.type === 'invalid';
}
