/**
 * Would the checker have found it? Violations are planted into copies of what was judged, each of
 * which real time makes a violation beyond doubt, and the same algorithm is asked again. One that it
 * misses means that its `valid` is worth nothing.
 *
 * - *stale read*: a read is given a value that was surely overwritten before the read began;
 * - *lost update*: two replacements are given one old value;
 * - *phantom*: a read is given a value that nobody wrote;
 * - *reordered pair*: two reads, one after the other, exchange values, where the later value was not
 *   yet being written when the earlier read had ended.
 *
 * Into what was searched only phantoms are planted: where values repeat, the others may be no violations.
 */
import { type Call, NEVER } from '../calls.ts';
import { CAS, type Columns, READ } from '../columns.ts';
import { MADE, type Places, SAW, judgeChain } from './chain.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { registerTask } from './frontier/register-task.ts';
import type { KeyAnswer } from './judge-key.ts';
import { judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

export const PLANTS = ['stale read', 'lost update', 'phantom', 'reordered pair'] as const;
export type Plant = (typeof PLANTS)[number];

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
  let planted = 0;
  let found = 0;
  let rows = ROWS_MAX;
  const possible = new Set<Plant>();
  const size = (key: KeyAnswer): number =>
    (key.columns ?? key.task ?? key.places)?.n ?? key.searched?.calls.length ?? 0;
  for (const key of keys.toSorted((x, y) => size(y) - size(x))) {
    if (rows < 0 && planted > 0) break;
    for (const plant of PLANTS) {
      const caught = tryPlant(key, plant);
      if (caught === undefined) continue;
      rows -= size(key);
      planted++;
      possible.add(plant);
      if (caught) found++;
    }
  }
  return { planted, found, impossible: PLANTS.filter((plant) => !possible.has(plant)) };
}

/** Was the planted violation found? Undefined: there is no place for it. */
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
    const changed = plant === 'phantom' ? plantInColumns(key.task, plant) : undefined;
    return changed && refuted(changed);
  }
  return plant === 'phantom' && key.searched !== undefined
    ? searchPhantom(key.searched)
    : undefined;
}

/** Steps of the search for a planted phantom. */
const PHANTOM_STEPS = 100_000;

function refuted(columns: Columns): boolean | undefined {
  const steps = Math.max(PHANTOM_STEPS, 4 * columns.n);
  const { answer } = judgeFrontier(registerTask(columns), { limits: { steps }, onlyInvalid: true });
  return answer.type === 'undecided' ? undefined : answer.type === 'invalid';
}

function searchPhantom({ calls, model }: NonNullable<KeyAnswer['searched']>): boolean | undefined {
  const changed = plantInCalls(calls);
  const answer = changed && judgeWgl(changed, model, { steps: PHANTOM_STEPS });
  return answer === undefined || answer.type === 'undecided'
    ? undefined
    : answer.type === 'invalid';
}

/** A copy of the calls in which a read saw a value that nobody wrote, or undefined. */
export function plantInCalls(calls: readonly Call[]): Call[] | undefined {
  const reads = rowsWhere(calls.length, (i) => {
    const { invoke, end } = calls[i] as Call;
    return ['read', 'get', 'dequeue'].includes(invoke.f) && end?.type === 'ok';
  });
  const row = middle(reads);
  if (row === undefined) return undefined;
  return calls.map((call, i) =>
    i === row && call.end !== undefined
      ? { ...call, end: { ...call.end, value: [['nobody wrote this']] } }
      : call,
  );
}

/** A copy of the columns with the violation, or undefined. */
export function plantInColumns(c: Columns, plant: Plant): Columns | undefined {
  const reads = rowsWhere(c.n, (i) => c.f[i] === READ);
  switch (plant) {
    case 'phantom': {
      const i = middle(reads);
      return i === undefined ? undefined : withA(c, [[i, c.size]], c.size + 1);
    }
    case 'lost update': {
      const rmws = rowsWhere(c.n, (i) => c.f[i] === CAS && c.ret[i] !== NEVER);
      const [i, j] = [middle(rmws), rmws.at(-1)];
      return i === undefined || j === undefined || i === j
        ? undefined
        : withA(c, [[j, c.a[i] as number]]);
    }
    case 'stale read':
      return staleRead(c, reads);
    case 'reordered pair': {
      const writer = new Int32Array(c.size).fill(-1);
      for (let i = 0; i < c.n; i++) if (c.f[i] !== READ) writer[made(c, i)] = i;
      const pair = orderedPair(reads, c.call, c.ret, (earlier, later) => {
        const w = writer[c.a[later] as number] as number;
        return w !== -1 && (c.call[w] as number) > (c.ret[earlier] as number);
      });
      if (pair === undefined) return undefined;
      const [x, y] = pair;
      return withA(c, [
        [x, c.a[y] as number],
        [y, c.a[x] as number],
      ]);
    }
  }
}

/** A read gets the value of a writer that had ended before another one began, which ended before the read. */
function staleRead(c: Columns, reads: readonly number[]): Columns | undefined {
  const writers = rowsWhere(c.n, (i) => c.f[i] !== READ && c.ret[i] !== NEVER);
  for (const i of fromMiddle(reads)) {
    const over = latestEnded(writers, c.ret, c.call[i] as number);
    if (over === undefined) continue;
    const old = latestEnded(writers, c.ret, c.call[over] as number);
    const value = old === undefined ? 0 : made(c, old);
    if (value !== c.a[i]) return withA(c, [[i, value]]);
  }
  return undefined;
}

/** A copy of the places with the violation, or undefined. */
export function plantInPlaces(p: Places, plant: Plant): Places | undefined {
  const reads = rowsWhere(p.n, (i) => p.kind[i] === SAW);
  const adds = rowsWhere(p.n, (i) => p.kind[i] === MADE && p.ret[i] !== NEVER);
  switch (plant) {
    case 'phantom': {
      const i = middle(reads);
      return i === undefined ? undefined : withPlace(p, [[i, p.n + 1]]);
    }
    case 'lost update': {
      const [i, j] = [middle(adds), adds.at(-1)];
      return i === undefined || j === undefined || i === j
        ? undefined
        : withPlace(p, [[j, p.place[i] as number]]);
    }
    case 'stale read': {
      const known = [...reads, ...adds];
      for (const i of fromMiddle(reads)) {
        let least = 0;
        for (const k of known)
          if ((p.ret[k] as number) < (p.call[i] as number))
            least = Math.max(least, p.place[k] as number);
        if (least > 0) return withPlace(p, [[i, least - 1]]);
      }
      return undefined;
    }
    case 'reordered pair': {
      const pair = orderedPair(
        reads,
        p.call,
        p.ret,
        (x, y) => (p.place[x] as number) < (p.place[y] as number),
      );
      if (pair === undefined) return undefined;
      const [x, y] = pair;
      return withPlace(p, [
        [x, p.place[y] as number],
        [y, p.place[x] as number],
      ]);
    }
  }
}

/** Value id that a writer makes. */
function made(c: Columns, i: number): number {
  return (c.f[i] === CAS ? c.b[i] : c.a[i]) as number;
}

/** At most this many reads are tried for a place to plant. */
const TRIES = 40;

/** The first pair of reads, the second called after the first had ended, of which `is` holds. */
function orderedPair(
  reads: readonly number[],
  call: Int32Array,
  ret: Int32Array,
  is: (earlier: number, later: number) => boolean,
): [number, number] | undefined {
  for (const x of fromMiddle(reads)) {
    const later = reads.filter((y) => (call[y] as number) > (ret[x] as number) && is(x, y));
    if (later[0] !== undefined) return [x, later[0]];
  }
  return undefined;
}

/** Of `rows`, the one that returned last before `rank`. */
function latestEnded(rows: readonly number[], ret: Int32Array, rank: number): number | undefined {
  let best: number | undefined;
  for (const i of rows) {
    const r = ret[i] as number;
    if (r < rank && (best === undefined || r > (ret[best] as number))) best = i;
  }
  return best;
}

function withA(
  c: Columns,
  changes: readonly (readonly [number, number])[],
  size = c.size,
): Columns {
  const a = c.a.slice();
  for (const [i, value] of changes) a[i] = value;
  return { ...c, a, size };
}

function withPlace(p: Places, changes: readonly (readonly [number, number])[]): Places {
  const place = p.place.slice();
  for (const [i, q] of changes) place[i] = q;
  return { ...p, place };
}

function rowsWhere(n: number, is: (i: number) => boolean): number[] {
  const rows: number[] = [];
  for (let i = 0; i < n; i++) if (is(i)) rows.push(i);
  return rows;
}

function middle(rows: readonly number[]): number | undefined {
  return rows[rows.length >> 1];
}

/** Some rows spread over all, the middle one first. */
function fromMiddle(rows: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(rows.length / TRIES));
  const some = rows.filter((_, k) => k % step === 0).slice(0, TRIES);
  return [...some.slice(some.length >> 1), ...some.slice(0, some.length >> 1)];
}
