/**
 * Copies of the columns of a register with one violation each, beyond doubt whether or not values repeat:
 *
 * - *stale read*: a read is given a value that was *gone*: some completed operation, over before the read
 *   began, saw or made another value, and every writer of the value that was called before the read ended
 *   had returned before that operation was called;
 * - *lost update*: a replacement is given such a value as the one that it replaced;
 * - *phantom*: a read is given a value that nobody wrote;
 * - *reordered pair*: two reads, one after the other, exchange values, where no writer of the later value
 *   was called before the earlier read had ended.
 */
import { NEVER } from '../calls.ts';
import { CAS, type Columns, NOT, READ } from '../columns.ts';
import { fromMiddle, middle, type Plant, rowsWhere } from './plant.ts';

/** A copy of the columns with the violation, or undefined: there is no place for it. */
export function plantInColumns(c: Columns, plant: Plant): Columns | undefined {
  const reads = rowsWhere(c.n, (i) => c.f[i] === READ);
  switch (plant) {
    case 'phantom': {
      const i = middle(reads);
      return i === undefined ? undefined : withA(c, [[i, c.size]], c.size + 1);
    }
    case 'stale read':
      return withGone(c, reads);
    case 'lost update':
      return withGone(
        c,
        rowsWhere(c.n, (i) => c.f[i] === CAS && c.ret[i] !== NEVER),
      );
    case 'reordered pair':
      return withExchanged(c, reads);
  }
}

/** One of the operations is given a value that was gone when it began. */
function withGone(c: Columns, rows: readonly number[]): Columns | undefined {
  for (const i of fromMiddle(rows, c.n)) {
    const value = goneBefore(c, i);
    if (value !== undefined) return withA(c, [[i, value]]);
  }
  return undefined;
}

/** A value that was not there at any time from the call of i to its return: the last that went. */
function goneBefore(c: Columns, i: number): number | undefined {
  const [begin, end] = [c.call[i] as number, c.ret[i] as number];
  /** Completed before i began: the one that was called last, and the last that tells of another value. */
  let [last, other] = [-1, -1];
  /** Per value: when the last of its writers that i could see had returned; -2: there is none. */
  const until = new Int32Array(c.size).fill(-2);
  until[0] = -1;
  for (let j = 0; j < c.n; j++) {
    const f = c.f[j] as number;
    if (f === NOT || j === i) continue;
    const value = (f === CAS ? c.b[j] : c.a[j]) as number;
    if (f !== READ && (c.call[j] as number) < end)
      until[value] = Math.max(until[value] as number, c.ret[j] as number);
    if ((c.ret[j] as number) >= begin) continue;
    if (last === -1 || (c.call[j] as number) > (c.call[last] as number)) {
      if (last !== -1 && told(c, last) !== value) other = last;
      last = j;
    } else if (
      told(c, last) !== value &&
      (other === -1 || (c.call[j] as number) > (c.call[other] as number))
    )
      other = j;
  }
  let best: number | undefined;
  for (let value = 0; value < c.size && last !== -1; value++) {
    const went = until[value] as number;
    const over = told(c, last) === value ? other : last;
    if (went === -2 || over === -1 || went >= (c.call[over] as number)) continue;
    if (c.f[i] === CAS && value === c.b[i]) continue;
    if (best === undefined || went > (until[best] as number)) best = value;
  }
  return best;
}

function withExchanged(c: Columns, reads: readonly number[]): Columns | undefined {
  /** Per value: when its first writer was called. */
  const written = new Int32Array(c.size).fill(NEVER);
  written[0] = -1;
  for (let j = 0; j < c.n; j++) {
    if (c.f[j] === READ || c.f[j] === NOT) continue;
    const value = told(c, j);
    if ((c.call[j] as number) < (written[value] as number)) written[value] = c.call[j] as number;
  }
  for (const x of [...fromMiddle(reads, c.n), ...reads.slice(0, 4)]) {
    const ended = c.ret[x] as number;
    const y = reads.find(
      (later) =>
        (c.call[later] as number) > ended && (written[c.a[later] as number] as number) > ended,
    );
    if (y === undefined) continue;
    return withA(c, [
      [x, c.a[y] as number],
      [y, c.a[x] as number],
    ]);
  }
  return undefined;
}

/** Value that an operation saw or made. */
function told(c: Columns, i: number): number {
  return (c.f[i] === CAS ? c.b[i] : c.a[i]) as number;
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
