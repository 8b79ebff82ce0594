/**
 * Violations that are planted into copies of a history, each of which breaks a model beyond doubt:
 *
 * - *aborted read*: a transaction that somebody read turns out to have failed;
 * - *phantom*: a read sees a value that nobody wrote;
 * - *stale read*: a read does not see what had been completed before it began (real time); of a register
 *   as if it had never been written;
 * - *overwritten read* (registers): a read sees a value that had been overwritten before it began;
 * - *lost update*: two transactions read one version, and both wrote;
 * - *torn read*: a transaction reads a key again and sees it changed.
 */
import {
  FAIL,
  NIL,
  OK,
  READ,
  type TxnKind,
  type Txns,
  UNKNOWN,
  WRITE,
  longestOf,
} from '../../history/packed/txns.ts';
import type { Writers } from './writers.ts';

/** Where to plant. */
export interface Spot {
  readonly writers: Writers;
  /** From here on, as a part of the history; what finds no place behind it is planted before it. */
  readonly place: number;
}

export interface Plant {
  readonly name: string;
  /** What it surely causes. */
  readonly causes: string;
  /** A copy with the violation, or undefined: there is no place for it. */
  plant(txns: Txns, spot: Spot): Txns | undefined;
}

const PLANTS: readonly Plant[] = [
  { name: 'aborted read', causes: 'G1a', plant: abortedRead },
  { name: 'phantom', causes: 'G1a', plant: phantom },
  { name: 'stale read', causes: 'G-single-realtime', plant: staleRead },
  { name: 'lost update', causes: 'lost-update', plant: lostUpdate },
  { name: 'torn read', causes: 'internal', plant: tornRead },
];

const OVERWRITTEN: Plant = {
  name: 'overwritten read',
  causes: 'no-serial-order',
  plant: overwrittenRead,
};

/** What can be planted into histories of a kind. */
export function plantsOf(kind: TxnKind): readonly Plant[] {
  return kind === 'rw-register' ? [...PLANTS, OVERWRITTEN] : PLANTS;
}

/** Committed transactions from a place on, then the others. */
function* committed({ n, type }: Txns, place: number): Generator<number> {
  const begin = Math.floor(place * n);
  for (let i = 0; i < n; i++) {
    const t = (i + begin) % n;
    if (type[t] === OK) yield t;
  }
}

/** Their reads. */
function* reads(txns: Txns, place: number): Generator<{ t: number; m: number }> {
  const { first, end, f, v } = txns;
  for (const t of committed(txns, place)) {
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

function abortedRead(txns: Txns, { writers, place }: Spot): Txns | undefined {
  for (const { t, m } of reads(txns, place)) {
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

function phantom(txns: Txns, { place }: Spot): Txns | undefined {
  let greatest = 0;
  for (const value of txns.v) greatest = Math.max(greatest, value);
  for (const value of txns.listItems) greatest = Math.max(greatest, value);
  if (greatest >= 0x7fff_fff0) return undefined;
  for (const { m } of reads(txns, place)) {
    if (txns.kind === 'rw-register') return withV(txns, m, greatest + 1);
    const key = txns.key[m] as number;
    const list = longestOf(txns, key).subarray(0, txns.v[m] as number);
    const odd = [...txns.odd, Int32Array.from([...list, greatest + 1])];
    return { ...withV(txns, m, -odd.length), odd };
  }
  return undefined;
}

/** A list without an element that a transaction appended which had completed before the read began. */
function staleRead(txns: Txns, { writers, place }: Spot): Txns | undefined {
  if (txns.kind === 'rw-register') return staleRegister(txns, { writers, place });
  for (const { t, m } of reads(txns, place)) {
    const w = source(txns, writers, m);
    const writer = w < 0 ? t : (txns.of[w] as number);
    if (writer === t || txns.type[writer] !== OK) continue;
    if ((txns.completed[writer] as number) < (txns.invoked[t] as number))
      return withV(txns, m, (txns.v[m] as number) - 1);
  }
  return undefined;
}

/** Nil, although the key had been written by one that had completed before. */
function staleRegister(txns: Txns, { writers, place }: Spot): Txns | undefined {
  for (const { t, m } of reads(txns, place)) {
    const w = source(txns, writers, m);
    const writer = w < 0 ? t : (txns.of[w] as number);
    if (writer === t || txns.type[writer] !== OK) continue;
    if ((txns.completed[writer] as number) < (txns.invoked[t] as number))
      return withV(txns, m, NIL);
  }
  return undefined;
}

/** How far back another write of the key is looked for. */
const BACK = 2000;

/** The value of one that had completed before the one that is read began, which had completed before the read. */
function overwrittenRead(txns: Txns, { writers, place }: Spot): Txns | undefined {
  const { of, type, invoked, completed, key, f } = txns;
  const isBefore = (a: number, b: number): boolean =>
    type[a] === OK && (completed[a] as number) < (invoked[b] as number);
  for (const { t, m } of reads(txns, place)) {
    const w = source(txns, writers, m);
    if (w < 0 || !isBefore(of[w] as number, t)) continue;
    for (let old = w - 1; old >= Math.max(0, w - BACK); old--)
      if (
        f[old] === WRITE &&
        key[old] === key[m] &&
        isBefore(of[old] as number, of[w] as number) &&
        lastOnKey(txns, old, txns.end[of[old] as number] as number)
      )
        return withV(txns, m, txns.v[old] as number);
  }
  return undefined;
}

/** Two that read and then wrote one key get the same version to read. */
function lostUpdate(txns: Txns, { writers, place }: Spot): Txns | undefined {
  const { first, end, f, key, v } = txns;
  const updates = new Map<number, number>();
  for (const t of committed(txns, place)) {
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
function tornRead(txns: Txns, { place }: Spot): Txns | undefined {
  for (const { t, m } of reads(txns, place))
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
