/**
 * Linearizability of a register whose values are each written once, in linear time.
 *
 * After Gibbons and Korach (1997), extended to chains of read-modify-writes and to writers with
 * unknown outcome. With unique values a write, the reads of its value, the RMW that replaces it, the
 * reads of that value, … form one contiguous *block*, and inside it the order is forced up to reads
 * of one value. A history is linearizable iff every block agrees with real time inside, and no two
 * blocks each have to stand before the other.
 *
 * *Inside*: no later part returned before an earlier part was called; comparing each part's earliest
 * return with the running maximum of calls tests all pairs. *Between*: let F be the earliest return
 * and S the latest call of a block. P must precede Q iff F(P) < S(Q). In the order of min(F, S) every
 * such constraint between blocks that do not conflict is kept: if P must precede Q yet min(Q) <
 * min(P), then min(Q) < F(P) < S(Q), so min(Q) = F(Q) < S(P), and they conflict. So one scan in that
 * order that compares F with the running maximum of S finds a conflict iff there is one.
 *
 * Writers that may not have happened: dropped unless a chain of observations makes them necessary.
 */
import { NEVER } from '../calls.ts';
import { CAS, type Columns, READ, WRITE } from '../columns.ts';
import type { Answer, Conflict } from './conflict.ts';

/** Judges one key. `wantOrder`: build a linearization too. O(operations), about 30 bytes each. */
export function judgeZones(columns: Columns, wantOrder = false): Answer {
  const t = new Tables(columns);
  const repeated = t.observe();
  if (repeated !== undefined) return { type: 'not-applicable', why: repeated };
  const conflict = t.link() ?? t.walkBlocks() ?? t.scanBlocks();
  if (conflict !== undefined) return { type: 'invalid', conflict };
  return { type: 'valid', order: wantOrder ? t.order() : [] };
}

/** Tables of small keys are used again for the next: of thousands of keys each has its own for a moment only. */
const SMALL = 1 << 12;
const SPARE = Array.from({ length: 8 }, () => new Int32Array(SMALL));

/** Table number `i`, with room for that many; what it holds is left over. */
function room(i: number, length: number): Int32Array {
  return length <= SMALL ? (SPARE[i] as Int32Array) : new Int32Array(length);
}

class Tables {
  readonly #c: Columns;
  /** Per value: its writer, its reads' earliest return and latest call, the RMW that replaced it. */
  readonly #writer: Int32Array;
  readonly #minRet: Int32Array;
  readonly #maxCall: Int32Array;
  readonly #rmw: Int32Array;
  /** Per operation: a writer with unknown outcome that must have happened. */
  #included: Uint8Array | undefined;
  #rmws = 0;
  #events = 0;
  /** Per block: root value, earliest return, latest call. */
  #root: Int32Array = EMPTY;
  #first: Int32Array = EMPTY;
  #last: Int32Array = EMPTY;
  #blocks = 0;
  /** Per event rank + 1: the block that stands there in the scan. */
  #at: Int32Array = EMPTY;

  constructor(columns: Columns) {
    const { size } = columns;
    this.#c = columns;
    this.#writer = room(0, size).fill(-1, 0, size);
    this.#minRet = room(1, size).fill(NEVER, 0, size);
    this.#maxCall = room(2, size).fill(-1, 0, size);
    this.#rmw = room(3, size).fill(-1, 0, size);
  }

  /** Pass 1 and 2. Answers why the values are not unique. */
  observe(): string | undefined {
    const { n, f, a, b, call, ret } = this.#c;
    let roots = 1;
    let unknown = false;
    let events = 0;
    for (let i = 0; i < n; i++) {
      const c = call[i] as number;
      const r = ret[i] as number;
      if (c >= events) events = c + 1;
      if (r !== NEVER && r >= events) events = r + 1;
      if (f[i] === READ) {
        const v = a[i] as number;
        if (r < (this.#minRet[v] as number)) this.#minRet[v] = r;
        if (c > (this.#maxCall[v] as number)) this.#maxCall[v] = c;
        continue;
      }
      const v = (f[i] === CAS ? b[i] : a[i]) as number;
      if (v === 0) return 'the initial value is written again';
      if (this.#writer[v] !== -1) return 'a value is written twice';
      this.#writer[v] = i;
      if (f[i] === WRITE) roots++;
      if (r === NEVER) unknown = true;
    }
    this.#events = events;
    this.#root = room(4, roots);
    this.#first = room(5, roots);
    this.#last = room(6, roots);
    if (unknown) this.#include();
    return undefined;
  }

  /** Pass 2: which writers with unknown outcome must have happened, since their value was seen. */
  #include(): void {
    const { n, f, a, ret, size } = this.#c;
    const included = (this.#included = new Uint8Array(n));
    const mark = (value: number): void => {
      for (let v = value; v !== 0;) {
        const w = this.#writer[v] as number;
        if (w < 0 || ret[w] !== NEVER || included[w] === 1) return;
        included[w] = 1;
        if (f[w] !== CAS) return;
        v = a[w] as number;
      }
    };
    for (let v = 1; v < size; v++) if (this.#minRet[v] !== NEVER) mark(v);
    for (let i = 0; i < n; i++) if (f[i] === CAS && ret[i] !== NEVER) mark(a[i] as number);
  }

  #happened(i: number): boolean {
    return this.#c.ret[i] !== NEVER || (this.#included as Uint8Array)[i] === 1;
  }

  /** Pass 3: every value seen has a writer, no value was replaced twice. */
  link(): Conflict | undefined {
    const { n, f, a, size, row } = this.#c;
    for (let v = 1; v < size; v++)
      if (this.#minRet[v] !== NEVER && this.#writer[v] === -1)
        return { kind: 'phantom', op: row[this.#readEnding(v)] as number };
    for (let i = 0; i < n; i++) {
      if (f[i] !== CAS || !this.#happened(i)) continue;
      const from = a[i] as number;
      if (from !== 0 && this.#writer[from] === -1) return { kind: 'phantom', op: row[i] as number };
      const other = this.#rmw[from] as number;
      if (other !== -1)
        return { kind: 'consumed-twice', first: row[other] as number, second: row[i] as number };
      this.#rmw[from] = i;
      this.#rmws++;
    }
    return undefined;
  }

  /** Pass 4: each block agrees with real time inside. */
  walkBlocks(): Conflict | undefined {
    const { n, f, a } = this.#c;
    this.#at = room(7, this.#events + 2).fill(-1, 0, this.#events + 2);
    let seen = this.#walk(0, -1);
    for (let i = 0; i < n && typeof seen === 'number'; i++) {
      if (f[i] !== WRITE || !this.#happened(i)) continue;
      const more: number | Conflict = this.#walk(a[i] as number, i);
      seen = typeof more === 'number' ? seen + more : more;
    }
    if (typeof seen !== 'number') return seen;
    return seen === this.#rmws ? undefined : this.#cycle();
  }

  /** Walks one block from its root; answers the number of RMWs in it. */
  #walk(root: number, writer: number): number | Conflict {
    const { call, ret, b } = this.#c;
    let latest = writer < 0 ? -1 : (call[writer] as number);
    let earliest = writer < 0 ? -1 : (ret[writer] as number);
    let seen = 0;
    for (let v = root; ;) {
      const readRet = this.#minRet[v] as number;
      if (readRet !== NEVER) {
        if (latest > readRet) return this.#inverted(root, latest, this.#readEnding(v), v);
        if (readRet < earliest) earliest = readRet;
        const readCall = this.#maxCall[v] as number;
        if (readCall > latest) latest = readCall;
      }
      const m = this.#rmw[v] as number;
      if (m === -1) break;
      seen++;
      const rmwRet = ret[m] as number;
      if (latest > rmwRet) return this.#inverted(root, latest, m, b[m] as number);
      if (rmwRet < earliest) earliest = rmwRet;
      const rmwCall = call[m] as number;
      if (rmwCall > latest) latest = rmwCall;
      v = b[m] as number;
    }
    const k = this.#blocks++;
    this.#root[k] = root;
    this.#first[k] = earliest;
    this.#last[k] = latest;
    this.#at[Math.min(earliest, latest) + 1] = k;
    return seen;
  }

  /** The scan: no two blocks of which each must stand before the other. */
  scanBlocks(): Conflict | undefined {
    let latest = -2;
    let holder = -1;
    const at = this.#at;
    for (let e = 0; e < this.#events + 2; e++) {
      const k = at[e] as number;
      if (k === -1) continue;
      if ((this.#first[k] as number) < latest) return this.#interleaved(holder, k);
      const last = this.#last[k] as number;
      if (last > latest) {
        latest = last;
        holder = k;
      }
    }
    return undefined;
  }

  /** The blocks in the order of the scan, each unrolled; reads of one value by their calls. */
  order(): Int32Array {
    const { n, f, a, b, row, size } = this.#c;
    const head = new Int32Array(size).fill(-1);
    const next = new Int32Array(n);
    for (let i = n - 1; i >= 0; i--) {
      if (f[i] !== READ) continue;
      const v = a[i] as number;
      next[i] = head[v] as number;
      head[v] = i;
    }
    const order = new Int32Array(n);
    let length = 0;
    for (let e = 0; e < this.#events + 2; e++) {
      const k = this.#at[e] as number;
      if (k === -1) continue;
      const root = this.#root[k] as number;
      if (root !== 0) order[length++] = row[this.#writer[root] as number] as number;
      for (let v = root; ;) {
        for (let i = head[v] as number; i !== -1; i = next[i] as number)
          order[length++] = row[i] as number;
        const m = this.#rmw[v] as number;
        if (m === -1) break;
        order[length++] = row[m] as number;
        v = b[m] as number;
      }
    }
    return order.subarray(0, length);
  }

  /** The read of `v` that returned first. */
  #readEnding(v: number): number {
    const { f, a, ret } = this.#c;
    const at = this.#minRet[v];
    return this.#find((i) => f[i] === READ && a[i] === v && ret[i] === at);
  }

  #find(is: (i: number) => boolean): number {
    for (let i = 0; i < this.#c.n; i++) if (is(i)) return i;
    return -1;
  }

  /** `after`, which makes or reads `value`, ended before the earlier part that was called at `latest`. */
  #inverted(root: number, latest: number, after: number, value: number): Conflict {
    const { call, row } = this.#c;
    const before = this.#find((i) => call[i] === latest);
    const links = this.#between(root, [before, after], value).filter(
      (i) => i !== before && i !== after,
    );
    return {
      kind: 'inverted',
      before: row[before] as number,
      after: row[after] as number,
      links: links.map((i) => row[i] as number),
    };
  }

  /** Writers of a block from the value that the first of `parts` made or saw up to `last`. */
  #between(root: number, parts: readonly number[], last: number): number[] {
    const writers: number[] = [];
    let inside = false;
    for (let v = root; ;) {
      const w = this.#writer[v] as number;
      inside ||= parts.some((i) => i === w || this.#saw(i) === v);
      if (inside && w !== -1) writers.push(w);
      const m = this.#rmw[v] as number;
      if (v === last || m === -1) return writers;
      v = this.#c.b[m] as number;
    }
  }

  /** Value that a READ saw; -1 for others. */
  #saw(i: number): number {
    return this.#c.f[i] === READ ? (this.#c.a[i] as number) : -1;
  }

  #interleaved(p: number, q: number): Conflict {
    const links: number[] = [];
    const ends = [p, q].map((k) => {
      const { call, ret, row } = this.#c;
      const early = this.#find((i) => ret[i] === this.#first[k]);
      const late = this.#find((i) => call[i] === this.#last[k]);
      const parts = [early, late].filter((i) => i !== -1);
      const root = this.#root[k] as number;
      for (const i of this.#between(early === -1 ? 0 : root, parts, -1))
        if (!parts.includes(i)) links.push(row[i] as number);
      return {
        early: early === -1 ? undefined : (row[early] as number),
        late: row[late] as number,
      };
    }) as [Ends, Ends];
    return { kind: 'interleaved', first: ends[0], second: ends[1], links };
  }

  /** RMWs that no root leads to replace one another's values in a circle. */
  #cycle(): Conflict {
    const { n, f, a, b, row } = this.#c;
    const reached = new Uint8Array(n);
    for (let k = 0; k < this.#blocks; k++)
      for (let m = this.#rmw[this.#root[k] as number] as number; m !== -1;) {
        reached[m] = 1;
        m = this.#rmw[b[m] as number] as number;
      }
    const start = this.#find((i) => f[i] === CAS && this.#happened(i) && reached[i] === 0);
    const ops: number[] = [];
    let i = start;
    do {
      ops.push(row[i] as number);
      i = this.#writer[a[i] as number] as number;
    } while (i !== start);
    return { kind: 'cycle', ops: ops.toReversed() };
  }
}

interface Ends {
  readonly early: number | undefined;
  readonly late: number;
}

const EMPTY = new Int32Array(0);
