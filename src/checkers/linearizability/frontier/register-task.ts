/**
 * A register as a task of the frontier search: states are value ids. Lost operations that cannot matter
 * are left out: nobody reads or compares what they write (to a fixed point).
 */
import { NEVER } from '../../calls.ts';
import { CAS, type Columns, NOT, READ, WRITE } from '../../columns.ts';
import { RegisterMoves } from './register-moves.ts';
import { type Task, hasLost } from './task.ts';

/** The task of one key. */
export function registerTask(columns: Columns): Task {
  const kept = dropUnseen(columns);
  const { n, call, ret, row } = kept;
  return { n, call, ret, row, ...kinds(kept) };
}

/** Values are numbers; what they are does not matter. */
type Nameless = Omit<Columns, 'values'>;

/** Codes up to this number are looked up in a table, larger ones in a map. */
const TABLE_MAX = 1 << 12;
/** For one task after the other: all zero between two. */
const TABLE = new Int16Array(TABLE_MAX);

/** Numbers of kinds in the order in which they are met. */
class KindNumbers {
  readonly #size: number;
  readonly #small: boolean;
  readonly #map = new Map<number, number>();
  readonly #codes: number[] = [];

  /** For so many values. */
  constructor(size: number) {
    this.#size = size;
    this.#small = 4 * size * size <= TABLE_MAX;
  }

  of(f: number, a: number, b: number): number {
    const code = (a * this.#size + b) * 4 + f;
    const known = (this.#small ? TABLE[code] : this.#map.get(code)) ?? 0;
    if (known !== 0) return known - 1;
    const fresh = this.#codes.push(code);
    if (this.#small) TABLE[code] = fresh;
    else this.#map.set(code, fresh);
    return fresh - 1;
  }

  /** No more will be asked for. */
  close(): void {
    if (this.#small) for (const code of this.#codes) TABLE[code] = 0;
  }
}

function kinds({ n, f, a, b, call, ret, size }: Nameless): Pick<Task, 'kind' | 'moves'> {
  const known = new KindNumbers(size);
  const kind = new Int32Array(n);
  const first: number[] = [];
  const lastUse = new Int32Array(size + 1).fill(-1);
  let exact = false;
  for (let i = 0; i < n; i++) {
    const x = a[i] as number;
    const op = f[i] as number;
    const k = known.of(op, x, op === CAS ? (b[i] as number) : 0);
    if (k === first.length) first.push(i);
    kind[i] = k;
    if (op === NOT) exact = true;
    if (op === WRITE) continue;
    const until = ret[i] === NEVER ? NEVER : (call[i] as number);
    if (until > (lastUse[x] as number)) lastUse[x] = until;
  }
  known.close();
  const moves = new RegisterMoves(first.length, lastUse, exact ? -1 : size);
  for (let k = 0; k < first.length; k++) {
    const i = first[k] as number;
    moves.set(k, f[i] as number, a[i] as number, b[i] as number);
  }
  return { kind, moves };
}

/** Without lost writers of values that nobody looks at. Where failures say what was *not* there, all stay. */
function dropUnseen(c: Nameless): Nameless {
  if (!hasLost(c)) return c;
  const looks = new Int32Array(c.size);
  for (let i = 0; i < c.n; i++) {
    if (c.f[i] === NOT) return c;
    if (c.f[i] !== WRITE) looks[c.a[i] as number] = (looks[c.a[i] as number] as number) + 1;
  }
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
    size: c.size,
  };
}
