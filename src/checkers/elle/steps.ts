/**
 * Why an edge holds: looked up again in the columns from the two transactions that it joins, so that
 * nothing has to be kept for the millions of edges that nobody asks about.
 */
import type { Value } from '../../base/operation.ts';
import type { Step } from './cycle-paths.ts';
import { PROCESS, REALTIME, RW, WR, WW } from './edges.ts';
import type { Inference } from './inference.ts';
import { FAIL, NIL, READ, type Txns, WRITE, listOf } from '../../history/packed/txns.ts';

export type StepKind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** An edge with its reason, in the terms of the history. */
export interface ShownStep {
  /** Event numbers of the invocations. */
  readonly from: number;
  readonly to: number;
  readonly kind: StepKind;
  readonly key?: number | string;
  /** What the earlier one wrote (ww, wr) or saw last (rw); null: nothing yet. */
  readonly value?: Value;
  /** ww, rw: what the later one wrote. */
  readonly next?: Value;
  /** The later one's append is in no read: it comes after all that was read. */
  readonly unread?: true;
  readonly why: string;
}

interface Reason {
  readonly key: number;
  readonly value: number;
  readonly next?: number;
  readonly unread?: true;
}

/** The edge in words; `a` and `b` name its transactions. */
export function explainStep(
  inference: Inference,
  { from, to, kind }: Step,
  a: string,
  b: string,
): ShownStep {
  const { txns } = inference;
  const ends = { from: txns.invoked[from] as number, to: txns.invoked[to] as number };
  if (kind === PROCESS)
    return {
      ...ends,
      kind: 'process',
      why: `${a} and ${b} are of one process, in this order.`,
    };
  if (kind === REALTIME)
    return {
      ...ends,
      kind: 'realtime',
      why: `${a} had completed (event ${txns.completed[from]}) before ${b} was invoked (event ${txns.invoked[to]}).`,
    };
  const word = kind === WW ? 'ww' : kind === WR ? 'wr' : 'rw';
  const reason = reasonOf(inference, from, to, kind);
  if (reason === undefined)
    return { ...ends, kind: word, why: `${a} comes before ${b} (no reason was found again).` };
  const { key, value, next, unread } = reason;
  const named = {
    key: txns.keyNames[key] as number | string,
    value: value === NIL ? null : txns.nameOf(value),
    ...(next !== undefined && { next: txns.nameOf(next) }),
    ...(unread && { unread }),
  };
  return { ...ends, kind: word, ...named, why: sentence(txns, word, named, a, b) };
}

function sentence(
  { kind }: Txns,
  word: 'ww' | 'wr' | 'rw',
  { key, value, next, unread }: Pick<ShownStep, 'key' | 'value' | 'next' | 'unread'>,
  a: string,
  b: string,
): string {
  const [seen, written] = [text(value), text(next)];
  const lists = kind === 'list-append';
  const nobody = `${b} appended ${written}, and no read shows it: it comes after all that was read`;
  switch (word) {
    case 'wr':
      return lists
        ? `${b} saw ${seen} in key ${key}, which ${a} had appended.`
        : `${b} read ${seen} of key ${key}, which ${a} had written.`;
    case 'ww':
      if (unread) return `${a} appended ${seen} to key ${key}; ${nobody}.`;
      return lists
        ? `${b} appended ${written} to key ${key} after ${a}'s ${seen}.`
        : `${b} wrote ${written} to key ${key}, which comes after ${a}'s ${seen}.`;
    case 'rw': {
      const saw = value === null ? (lists ? 'empty' : 'never written') : `up to ${seen}`;
      if (unread) return `${a} saw key ${key} ${saw}; ${nobody}.`;
      return lists
        ? `${a} saw key ${key} ${saw}; ${b} appended ${written} after that.`
        : `${a} saw ${value === null ? `key ${key} as never written` : `${seen} in key ${key}`}; ${b} wrote ${written} to it, which comes later.`;
    }
  }
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function reasonOf(
  inference: Inference,
  from: number,
  to: number,
  kind: number,
): Reason | undefined {
  if (inference.txns.kind === 'list-append') {
    if (kind === WR) return listRead(inference, from, to);
    return kind === WW ? listWrites(inference, from, to) : listOverwritten(inference, from, to);
  }
  if (kind === WR) return registerRead(inference, from, to);
  return kind === RW || kind === WW ? registerNext(inference, from, to, kind) : undefined;
}

function* micros(txns: Txns, t: number, f: number): Generator<number> {
  for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++)
    if (txns.f[m] === f) yield m;
}

/** `to` read a list whose last element that is not its own was appended by `from`. */
function listRead({ txns, writers }: Inference, from: number, to: number): Reason | undefined {
  for (const m of micros(txns, to, READ)) {
    const key = txns.key[m] as number;
    const list = listOf(txns, m);
    for (let i = list.length - 1; i >= 0; i--) {
      const value = list[i] as number;
      const w = writers.of(key, value);
      if (w >= 0 && txns.of[w] === to) continue;
      if (w >= 0 && txns.of[w] === from) return { key, value };
      break;
    }
  }
  return undefined;
}

/** Both appended to a key: the closest pair, or the end of the list and an append nobody read. */
function listWrites(inference: Inference, from: number, to: number): Reason | undefined {
  const { txns, position } = inference;
  let best: (Reason & { gap: number }) | undefined;
  for (const a of micros(txns, from, WRITE))
    for (const b of micros(txns, to, WRITE)) {
      const key = txns.key[a] as number;
      if (txns.key[b] !== key) continue;
      const [p, q] = [position[a] as number, position[b] as number];
      const value = txns.v[a] as number;
      const next = txns.v[b] as number;
      if (p > 0 && q > p && (best === undefined || q - p < best.gap))
        best = { key, value, next, gap: q - p };
      else if (p > 0 && q === 0 && isUnread(inference, b))
        best ??= { key, value, next, unread: true, gap: Infinity };
    }
  return best;
}

/** Did it happen, and is in no read? */
function isUnread(
  { txns: { of, key }, position, happened, contradicted }: Inference,
  append: number,
): boolean {
  return (
    position[append] === 0 &&
    happened[of[append] as number] === 1 &&
    contradicted[key[append] as number] === 0
  );
}

/** `from` read a list that `to` appended to next. */
function listOverwritten(inference: Inference, from: number, to: number): Reason | undefined {
  const { txns, position, writers } = inference;
  let best: (Reason & { gap: number }) | undefined;
  for (const m of micros(txns, from, READ)) {
    const key = txns.key[m] as number;
    const list = listOf(txns, m);
    const value = list.length === 0 ? NIL : (list.at(-1) as number);
    const seen = (txns.v[m] as number) >= 0 ? list.length : lastPlace(inference, key, value);
    if (seen < 0) continue;
    for (const b of micros(txns, to, WRITE)) {
      if (txns.key[b] !== key || writers.of(key, txns.v[b] as number) !== b) continue;
      const q = position[b] as number;
      const next = txns.v[b] as number;
      if (q > seen && !list.includes(next) && (best === undefined || q - seen < best.gap))
        best = { key, value, next, gap: q - seen };
      else if (isUnread(inference, b) && !list.includes(next))
        best ??= { key, value, next, unread: true, gap: Infinity };
    }
  }
  return best;
}

function lastPlace({ position, writers }: Inference, key: number, value: number): number {
  const w = value === NIL ? -1 : writers.of(key, value);
  return w < 0 || position[w] === 0 ? -1 : (position[w] as number);
}

function registerRead({ txns, writers }: Inference, from: number, to: number): Reason | undefined {
  for (const m of micros(txns, to, READ)) {
    const key = txns.key[m] as number;
    const value = txns.v[m] as number;
    const w = value === NIL ? -1 : writers.of(key, value);
    if (w >= 0 && txns.of[w] === from) return { key, value };
  }
  return undefined;
}

/** `from` read (rw) or wrote (ww) a version that comes before one that `to` wrote. */
function registerNext(
  { txns, versions }: Inference,
  from: number,
  to: number,
  kind: number,
): Reason | undefined {
  for (const m of micros(txns, from, kind === RW ? READ : WRITE)) {
    const key = txns.key[m] as number;
    const value = txns.v[m] as number;
    for (const b of micros(txns, to, WRITE)) {
      if (txns.key[b] !== key || txns.type[to] === FAIL) continue;
      const next = txns.v[b] as number;
      if (kind === RW && value === NIL) return { key, value, next };
      if (versions?.edges.some((e) => e.key === key && e.from === value && e.to === next))
        return { key, value, next };
    }
  }
  return undefined;
}
