/**
 * Would the checker have found it? Violations are planted into copies of a stretch of what was judged,
 * each of which breaks one of the models asked for beyond doubt, and the same checker is asked again.
 *
 * - *stale read*: a read does not see what had been completed before it began (real time);
 * - *aborted read*: a transaction that somebody read turns out to have failed;
 * - *phantom*: a read sees a value that nobody wrote;
 * - *lost update*: two transactions read one version, and both wrote;
 * - *torn read*: a transaction reads a key again and sees it changed.
 */
import { judge } from './judge.ts';
import { forbiddenBy, refutes } from './models.ts';
import {
  FAIL,
  NIL,
  OK,
  READ,
  type Txns,
  UNKNOWN,
  WRITE,
  longestOf,
} from '../../history/packed/txns.ts';
import type { KeyAssumption } from './version-order.ts';
import { Writers } from './writers.ts';

export interface Power {
  readonly planted: number;
  readonly found: number;
  /** Plants that were not found. */
  readonly missed: readonly string[];
}

/** Transactions into which is planted, so that the trial costs less than the check. */
const STRETCH = 20_000;

interface Plant {
  readonly name: string;
  /** What it surely causes. */
  readonly causes: string;
  plant(txns: Txns, writers: Writers): Txns | undefined;
}

const PLANTS: readonly Plant[] = [
  { name: 'aborted read', causes: 'G1a', plant: abortedRead },
  { name: 'phantom', causes: 'G1a', plant: phantom },
  { name: 'stale read', causes: 'G-single-realtime', plant: staleRead },
  { name: 'lost update', causes: 'lost-update', plant: lostUpdate },
  { name: 'torn read', causes: 'internal', plant: tornRead },
];

/** Plants each kind that the models forbid, where there is a place for it. */
export function measurePower(
  whole: Txns,
  models: readonly string[],
  assume: readonly KeyAssumption[] = [],
): Power {
  const txns = whole.n <= STRETCH ? whole : beginning(whole, STRETCH);
  const writers = new Writers(txns);
  const forbidden = forbiddenBy(models);
  const missed: string[] = [];
  let planted = 0;
  for (const { name, causes, plant } of PLANTS) {
    if (!refutes(causes, forbidden)) continue;
    const changed = plant(txns, writers);
    if (changed === undefined) continue;
    planted++;
    const { found } = judge(changed, assume);
    if (![...found.keys()].some((type) => refutes(type, forbidden))) missed.push(name);
  }
  return { planted, found: planted - missed.length, missed };
}

/** The first transactions; what was open then has an unknown outcome. A prefix of a history is a history. */
export function beginning(txns: Txns, n: number): Txns {
  const cut = txns.invoked[n] as number;
  const type = txns.type.slice(0, n);
  const barriers = txns.barrierFirst.findIndex((first) => first >= n);
  const last = barriers < 0 ? txns.barrierFirst.length : barriers;
  const barrierOf = txns.barrierOf.slice(0, n);
  const v = txns.v.slice();
  const keep = new Uint8Array(txns.f.length);
  for (let t = 0; t < n; t++) {
    if ((txns.completed[t] as number) > cut && type[t] === OK) type[t] = 1;
    if ((barrierOf[t] as number) >= last) barrierOf[t] = -1;
    for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++) {
      keep[m] = 1;
      if (type[t] !== OK && txns.f[m] === READ) v[m] = UNKNOWN;
    }
  }
  return compact(txns, n, {
    type,
    v,
    keep,
    barrierOf,
    barrierFirst: txns.barrierFirst.slice(0, last),
  });
}

/** Only the micro-operations kept, and of the lists only what they read. */
function compact(
  txns: Txns,
  n: number,
  part: Pick<Txns, 'type' | 'v' | 'barrierOf' | 'barrierFirst'> & { keep: Uint8Array },
): Txns {
  const { keep } = part;
  const place = new Int32Array(keep.length + 1);
  for (let m = 0; m < keep.length; m++) place[m + 1] = (place[m] as number) + (keep[m] as number);
  const pick = (column: Int32Array): Int32Array => column.filter((_, m) => keep[m] === 1);
  const key = pick(txns.key);
  const f = txns.f.filter((_, m) => keep[m] === 1);
  const v = pick(part.v);
  const length = new Int32Array(txns.keyNames.length);
  if (txns.kind === 'list-append')
    for (let m = 0; m < f.length; m++)
      if (f[m] === READ && (v[m] as number) > (length[key[m] as number] as number))
        length[key[m] as number] = v[m] as number;
  return {
    ...txns,
    n,
    type: part.type,
    lane: txns.lane.slice(0, n),
    invoked: txns.invoked.slice(0, n),
    completed: txns.completed.slice(0, n),
    first: Int32Array.from(txns.first.subarray(0, n), (m) => place[m] as number),
    end: Int32Array.from(txns.end.subarray(0, n), (m) => place[m] as number),
    of: pick(txns.of),
    f,
    key,
    v,
    ...shorterLists(txns, length),
    barrierOf: part.barrierOf,
    barrierFirst: part.barrierFirst,
  };
}

/** The first so many elements of each key's list. */
function shorterLists(txns: Txns, length: Int32Array): Pick<Txns, 'listStart' | 'listItems'> {
  const listStart = new Int32Array(length.length + 1);
  for (let k = 0; k < length.length; k++)
    listStart[k + 1] = (listStart[k] as number) + (length[k] as number);
  const listItems = new Int32Array(listStart[length.length] as number);
  for (let k = 0; k < length.length; k++)
    listItems.set(longestOf(txns, k).subarray(0, length[k] as number), listStart[k] as number);
  return { listStart, listItems };
}

/** Committed reads, from the middle of the history on, then the rest. */
function* reads(txns: Txns): Generator<{ t: number; m: number }> {
  const { n, type, first, end, f, v } = txns;
  for (let i = 0; i < n; i++) {
    const t = (i + (n >> 1)) % n;
    if (type[t] !== OK) continue;
    for (let m = first[t] as number; m < (end[t] as number); m++)
      if (f[m] === READ && v[m] !== UNKNOWN && (v[m] as number) > -2) yield { t, m };
  }
}

/** The write that a read saw last, if it is of another transaction. */
function source(txns: Txns, writers: Writers, m: number): number {
  const v = txns.v[m] as number;
  const key = txns.key[m] as number;
  if (txns.kind === 'rw-register') return v === NIL ? -1 : writers.of(key, v);
  return v <= 0 ? -1 : writers.of(key, longestOf(txns, key)[v - 1] as number);
}

function withV(txns: Txns, m: number, value: number): Txns {
  const v = txns.v.slice();
  v[m] = value;
  return { ...txns, v };
}

function abortedRead(txns: Txns, writers: Writers): Txns | undefined {
  for (const { t, m } of reads(txns)) {
    const w = source(txns, writers, m);
    const writer = w < 0 ? t : (txns.of[w] as number);
    if (writer === t) continue;
    const type = txns.type.slice();
    type[writer] = FAIL;
    const barrierOf = txns.barrierOf.slice();
    barrierOf[writer] = -1;
    return { ...txns, type, barrierOf };
  }
  return undefined;
}

function phantom(txns: Txns): Txns | undefined {
  let greatest = 0;
  for (const value of txns.v) greatest = Math.max(greatest, value);
  for (const value of txns.listItems) greatest = Math.max(greatest, value);
  if (greatest >= 0x7fff_fff0) return undefined;
  for (const { m } of reads(txns)) {
    if (txns.kind === 'rw-register') return withV(txns, m, greatest + 1);
    const key = txns.key[m] as number;
    const list = longestOf(txns, key).subarray(0, txns.v[m] as number);
    const odd = [...txns.odd, Int32Array.from([...list, greatest + 1])];
    return { ...withV(txns, m, -odd.length), odd };
  }
  return undefined;
}

/** A list without an element that a transaction appended which had completed before the read began. */
function staleRead(txns: Txns, writers: Writers): Txns | undefined {
  if (txns.kind === 'rw-register') return staleRegister(txns, writers);
  for (const { t, m } of reads(txns)) {
    const w = source(txns, writers, m);
    const writer = w < 0 ? t : (txns.of[w] as number);
    if (writer === t || txns.type[writer] !== OK) continue;
    if ((txns.completed[writer] as number) < (txns.invoked[t] as number))
      return withV(txns, m, (txns.v[m] as number) - 1);
  }
  return undefined;
}

/** Nil, although the key had been written by one that had completed before. */
function staleRegister(txns: Txns, writers: Writers): Txns | undefined {
  for (const { t, m } of reads(txns)) {
    const w = source(txns, writers, m);
    const writer = w < 0 ? t : (txns.of[w] as number);
    if (writer === t || txns.type[writer] !== OK) continue;
    if ((txns.completed[writer] as number) < (txns.invoked[t] as number))
      return withV(txns, m, NIL);
  }
  return undefined;
}

/** Two that read and then wrote one key get the same version to read. */
function lostUpdate(txns: Txns, writers: Writers): Txns | undefined {
  const { n, type, first, end, f, key, v } = txns;
  const updates = new Map<number, number>();
  for (let t = 0; t < n; t++) {
    if (type[t] !== OK) continue;
    const touched = new Map<number, number>();
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      const k = key[m] as number;
      const read = touched.get(k);
      if (read === undefined) touched.set(k, m);
      else if (f[m] === WRITE && f[read] === READ && (v[read] as number) > -2) {
        const other = updates.get(k);
        if (other === read) continue;
        const seen = other === undefined ? NIL : (v[other] as number);
        const known = txns.kind === 'list-append' || writers.of(k, seen) >= 0;
        if (other !== undefined && known && seen !== NIL) return withV(txns, read, seen);
        updates.set(k, read);
      }
    }
  }
  return undefined;
}

/** A transaction that reads a key twice in a row sees another version the second time. */
function tornRead(txns: Txns): Txns | undefined {
  for (const { t, m } of reads(txns))
    for (let p = txns.first[t] as number; p < m; p++)
      if (txns.key[p] === txns.key[m] && lastOnKey(txns, p, m)) {
        if (txns.kind === 'rw-register') return withV(txns, m, txns.v[m] === NIL ? 0 : NIL);
        const v = txns.v[m] as number;
        if (v > 0) return withV(txns, m, v - 1);
      }
  return undefined;
}

function lastOnKey(txns: Txns, p: number, m: number): boolean {
  for (let i = p + 1; i < m; i++) if (txns.key[i] === txns.key[m]) return false;
  return true;
}
