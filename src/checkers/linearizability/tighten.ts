/**
 * Of two blocks of a register that cannot both be whole, the parts that show it with the fewest links
 * between them. A block may be a chain of a hundred thousand replacements; what contradicts the other one
 * is mostly a single operation of it, or two neighbours.
 */
import { NEVER } from '../calls.ts';
import { CAS, type Columns, READ } from '../columns.ts';
import type { Conflict } from './conflict.ts';

type Interleaved = Extract<Conflict, { kind: 'interleaved' }>;

/** A part of a block: where it stands in the chain, and when it was. The initial value has no operation. */
interface Part {
  readonly i: number | undefined;
  readonly place: number;
  readonly call: number;
  readonly ret: number;
}

/** The same contradiction between nearer parts of the same blocks. Rows are those of the key's calls. */
export function tightened(columns: Columns, conflict: Interleaved): Interleaved {
  const { row } = columns;
  const at = new Map(Array.from({ length: columns.n }, (_, i) => [row[i] as number, i]));
  const chains = new Chains(columns);
  const [p, q] = [conflict.first, conflict.second].map(({ late }) =>
    chains.partsAround(at.get(late) as number),
  ) as [Part[], Part[]];
  const ends = (of: Interleaved['first'], parts: readonly Part[]): [Part, Part] =>
    [of.early, of.late].map((end) =>
      parts.find(({ i }) => (i === undefined ? end === undefined : row[i] === end)),
    ) as [Part, Part];
  // Each block's early part was over before the other's late one began.
  let [qEarly, qLate] = ends(conflict.second, q);
  const [pEarly, pLate] = nearest(p, qLate.call, qEarly.ret);
  [qEarly, qLate] = nearest(q, pLate.call, pEarly.ret);
  const links = [...chains.between(pEarly, pLate), ...chains.between(qEarly, qLate)];
  const end = ({ i }: Part): number | undefined => (i === undefined ? undefined : row[i]);
  const named = new Set([pEarly, pLate, qEarly, qLate].map(end));
  return {
    kind: 'interleaved',
    first: { early: end(pEarly), late: end(pLate) as number },
    second: { early: end(qEarly), late: end(qLate) as number },
    links: links.map((i) => row[i] as number).filter((r) => !named.has(r)),
  };
}

/** Of the parts over before a moment and those begun after another one, the two that stand nearest. */
function nearest(parts: readonly Part[], overBefore: number, begunAfter: number): [Part, Part] {
  let best: [Part, Part] | undefined;
  let [early, late]: [Part | undefined, Part | undefined] = [undefined, undefined];
  const valueOf = ({ place }: Part): number => Math.floor(place);
  const distance = ([x, y]: readonly [Part, Part]): number => Math.abs(valueOf(x) - valueOf(y));
  for (const part of parts) {
    // Of one value the writer, if it will do: its reads would need it beside them.
    if (part.ret < overBefore && (early === undefined || valueOf(early) < valueOf(part)))
      early = part;
    // The initial value was there from the start, and did not begin.
    if (part.call > begunAfter && part.i !== undefined) late = part;
    if (early === undefined || late === undefined) continue;
    if (best === undefined || distance([early, late]) < distance(best)) best = [early, late];
  }
  return best as [Part, Part];
}

class Chains {
  readonly #c: Columns;
  /** Per value: who made it, who replaced it; -1: nobody. */
  readonly #writer: Int32Array;
  readonly #next: Int32Array;

  constructor(columns: Columns) {
    this.#c = columns;
    const { n, f, a, b, size } = columns;
    this.#writer = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(size).fill(-1);
    for (let i = 0; i < n; i++)
      if (f[i] !== READ) this.#writer[(f[i] === CAS ? b[i] : a[i]) as number] = i;
    for (let i = 0; i < n; i++) {
      if (f[i] === CAS && columns.ret[i] !== NEVER) this.#next[a[i] as number] = i;
      // Seen, so it happened, and all that led to it.
      if (f[i] === READ || columns.ret[i] !== NEVER) this.#happened(a[i] as number);
    }
  }

  #happened(value: number): void {
    const { f, a } = this.#c;
    for (let w = this.#writer[value] as number; w !== -1 && f[w] === CAS;) {
      const from = a[w] as number;
      if (this.#next[from] === w) return;
      this.#next[from] = w;
      w = this.#writer[from] as number;
    }
  }

  /** All parts of the block of an operation, in the order of the chain. */
  partsAround(i: number): Part[] {
    const { n, f, a, b, call, ret } = this.#c;
    const place = new Map<number, number>();
    let root = (f[i] === CAS ? b[i] : a[i]) as number;
    for (let w = this.#writer[root] as number; w !== -1 && f[w] === CAS;) {
      root = a[w] as number;
      w = this.#writer[root] as number;
    }
    for (let v = root; v !== -1 && !place.has(v);) {
      place.set(v, place.size);
      const m = this.#next[v] as number;
      v = m === -1 ? -1 : (b[m] as number);
    }
    const parts: Part[] = root === 0 ? [{ i: undefined, place: 0, call: -1, ret: -1 }] : [];
    for (let j = 0; j < n; j++) {
      const at = place.get((f[j] === CAS ? b[j] : a[j]) as number);
      if (at === undefined) continue;
      const within = f[j] === READ ? 0.5 : 0;
      parts.push({ i: j, place: at + within, call: call[j] as number, ret: ret[j] as number });
    }
    return parts.toSorted((x, y) => x.place - y.place);
  }

  /** Writers that lead from the value of one part to that of the other, both included. */
  between(x: Part, y: Part): number[] {
    const [low, high] = x.place < y.place ? [x, y] : [y, x];
    const writers: number[] = [];
    for (
      let value = this.#valueOf(low), steps = Math.floor(high.place) - Math.floor(low.place);
      ;
    ) {
      const w = this.#writer[value] as number;
      if (w !== -1) writers.push(w);
      if (steps-- === 0) return writers;
      value = this.#c.b[this.#next[value] as number] as number;
    }
  }

  #valueOf({ i }: Part): number {
    if (i === undefined) return 0;
    return (this.#c.f[i] === CAS ? this.#c.b[i] : this.#c.a[i]) as number;
  }
}
