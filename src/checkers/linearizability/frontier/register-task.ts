/**
 * A register as a task of the frontier search: states are value ids. Lost operations that cannot matter
 * are left out: nobody reads or compares what they write (to a fixed point).
 */
import { NEVER } from '../../calls.ts';
import { CAS, type Columns, NOT, READ, WRITE } from '../../columns.ts';
import type { Moves, RegisterFacts, Task } from './task.ts';

/** The task of one key. */
export function registerTask(columns: Columns): Task {
  const kept = dropUnseen(columns);
  return { ...kept, ...kinds(kept) };
}

class RegisterMoves implements Moves {
  readonly init = 0;
  readonly kinds: number;
  readonly pure: Uint8Array;
  readonly reset: Uint8Array;
  readonly total: Uint8Array;
  readonly register: RegisterFacts;
  readonly #f: Uint8Array;
  readonly #a: Int32Array;
  readonly #b: Int32Array;

  constructor(f: Uint8Array, a: Int32Array, b: Int32Array, lastUse: Int32Array, dead: number) {
    this.kinds = f.length;
    this.#f = f;
    this.#a = a;
    this.#b = b;
    this.pure = f.map((x) => (x === READ || x === NOT ? 1 : 0));
    this.reset = f.map((x) => (x === WRITE ? 1 : 0));
    this.total = this.reset;
    const needs = a.map((value, k) => (f[k] === READ || f[k] === CAS ? value : -1));
    const makes = a.map((value, k) =>
      f[k] === WRITE ? value : f[k] === CAS ? (b[k] as number) : -1,
    );
    this.register = { needs, makes, lastUse, dead };
  }

  step(state: number, k: number): number {
    const a = this.#a[k] as number;
    switch (this.#f[k]) {
      case WRITE:
        return a;
      case READ:
        return a === state ? state : -1;
      case CAS:
        return a === state ? (this.#b[k] as number) : -1;
      default:
        return a === state ? -1 : state;
    }
  }
}

function kinds({ n, f, a, b, call, ret, values }: Columns): Pick<Task, 'kind' | 'moves'> {
  const size = values.length;
  const known = new Map<number, number>();
  const kind = new Int32Array(n);
  const first: number[] = [];
  const lastUse = new Int32Array(size + 1).fill(-1);
  let exact = false;
  for (let i = 0; i < n; i++) {
    const x = a[i] as number;
    const op = f[i] as number;
    const code = (x * (size + 1) + (op === CAS ? (b[i] as number) : 0)) * 4 + op;
    let k = known.get(code);
    if (k === undefined) known.set(code, (k = first.push(i) - 1));
    kind[i] = k;
    if (op === NOT) exact = true;
    if (op === WRITE) continue;
    const until = ret[i] === NEVER ? NEVER : (call[i] as number);
    if (until > (lastUse[x] as number)) lastUse[x] = until;
  }
  const moves = new RegisterMoves(
    Uint8Array.from(first, (i) => f[i] as number),
    Int32Array.from(first, (i) => a[i] as number),
    Int32Array.from(first, (i) => b[i] as number),
    lastUse,
    exact ? -1 : size,
  );
  return { kind, moves };
}

/** Without lost writers of values that nobody looks at. Where failures say what was *not* there, all stay. */
function dropUnseen(c: Columns): Columns {
  const looks = new Int32Array(c.values.length);
  let lost = false;
  for (let i = 0; i < c.n; i++) {
    if (c.f[i] === NOT) return c;
    if (c.f[i] !== WRITE) looks[c.a[i] as number] = (looks[c.a[i] as number] as number) + 1;
    lost ||= c.ret[i] === NEVER;
  }
  if (!lost) return c;
  const out = new Uint8Array(c.n);
  let dropped = 0;
  for (let more = true; more;) {
    more = false;
    for (let i = 0; i < c.n; i++) {
      if (c.ret[i] !== NEVER || out[i] === 1) continue;
      const made = (c.f[i] === CAS ? c.b[i] : c.a[i]) as number;
      if (c.f[i] !== READ && looks[made] !== 0) continue;
      out[i] = 1;
      dropped++;
      if (c.f[i] === WRITE) continue;
      looks[c.a[i] as number] = (looks[c.a[i] as number] as number) - 1;
      more = true;
    }
  }
  if (dropped === 0) return c;
  const keep = <T extends Uint8Array | Int32Array>(column: T): T =>
    column.filter((_, i) => out[i] === 0) as T;
  return {
    n: c.n - dropped,
    f: keep(c.f),
    a: keep(c.a),
    b: keep(c.b),
    call: keep(c.call),
    ret: keep(c.ret),
    row: keep(c.row),
    values: c.values,
  };
}
