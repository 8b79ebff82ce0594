/**
 * rw-register: a history without a strictly serial order, though no anomaly of Elle shows, since the order
 * of versions is not known. The evidence is a few of its transactions that have none among themselves.
 *
 * Whatever is left out, what had an order keeps it: transactions may go, once the reads of what they wrote go
 * with them.
 */
import { NIL, OK, READ, type Txns } from '../../history/packed/txns.ts';
import type { Anomaly } from '../verdict.ts';
import { type Judged, judge } from './judge.ts';
import { serialOrder } from './serial-order.ts';
import { keeping } from './sub-history.ts';
import type { ShownStep } from './steps.ts';
import { plain, shownTxn } from './txn-text.ts';
import { Writers } from './writers.ts';

/** Name of the anomaly: the history is not strictly serializable. */
export const NO_SERIAL_ORDER = 'no-serial-order';

/** One transaction before another one, as it is shown. */
type Reason = Pick<ShownStep, 'from' | 'to' | 'kind' | 'key' | 'why'>;

/** Transactions around the place where it shows that are tried first. */
const NEAR = 32;
/** Attempts to leave something out. */
const TRIALS = 600;

/** The evidence; `near`: a transaction where it shows. */
export function noSerialOrder(txns: Txns, near: number): Anomaly {
  const core = smallest(around(txns, near));
  const operations = [...core.invoked];
  const steps = reasons(core);
  return {
    type: NO_SERIAL_ORDER,
    why: `No serial order of ${core.n} transactions explains what they read and keeps real time. ${steps.map(({ why }) => why).join(' ')}`,
    operations,
    detail: {
      steps,
      transactions: operations.map((event, i) =>
        shownTxn(txns, txns.invoked.indexOf(event), `T${i + 1}`),
      ),
    },
  };
}

/** Is there surely no serial order? No anomaly that a graph shows must have been found. */
export function hasNone({ inference, order: walked }: Judged): boolean {
  const order = serialOrder(inference, walked);
  return 'missing' in order && order.missing === 'none';
}

/** These transactions, without their reads of what others wrote. */
function only(txns: Txns, keeps: (t: number) => boolean): Txns {
  const { f, v, of, key } = txns;
  const writers = new Writers(txns);
  return keeping(txns, (m) => {
    if (!keeps(of[m] as number)) return false;
    if (f[m] !== READ || v[m] === NIL) return true;
    const w = writers.of(key[m] as number, v[m] as number);
    return w >= 0 && keeps(of[w] as number);
  });
}

/** A stretch of the history with those whose writes it reads: as short as it has none. */
function around(txns: Txns, near: number): Txns {
  const { n, f, v, of, key } = txns;
  const writers = new Writers(txns);
  for (let width = NEAR; width < n; width *= 4) {
    const kept = new Uint8Array(n).fill(1, Math.max(0, near - width), near + width);
    for (let m = 0; m < f.length; m++) {
      const t = of[m] as number;
      if (Math.abs(t - near) > width || f[m] !== READ) continue;
      const w = writers.of(key[m] as number, v[m] as number);
      if (w >= 0) kept[of[w] as number] = 1;
    }
    const part = only(txns, (t) => kept[t] === 1);
    if (hasNone(judge(part))) return part;
  }
  return txns;
}

/** Leaves out halves, quarters, …, single transactions, then single micro-operations. */
function smallest(from: Txns): Txns {
  let now = from;
  let trials = 0;
  for (let chunk = now.n >> 1; chunk >= 1; chunk >>= 1)
    for (let begin = 0; begin < now.n && trials < TRIALS; trials++) {
      const less = only(now, (t) => t < begin || t >= begin + chunk);
      if (hasNone(judge(less))) now = less;
      else begin += chunk;
    }
  for (let m = now.f.length - 1; m >= 0 && trials < TRIALS; m--, trials++) {
    const less = withoutMicro(now, m);
    if (less !== undefined && hasNone(judge(less))) now = less;
  }
  return now;
}

/** Without a read, or a write that nobody reads; undefined: somebody does. */
function withoutMicro(txns: Txns, gone: number): Txns | undefined {
  const { f, v, key } = txns;
  const isReader = (m: number): boolean =>
    f[m] === READ && key[m] === key[gone] && v[m] === v[gone];
  if (f[gone] !== READ && f.some((_, m) => isReader(m))) return undefined;
  return keeping(txns, (m) => m !== gone);
}

/** What an order would have to keep. */
function reasons(txns: Txns): Reason[] {
  const { n, type, invoked, completed } = txns;
  const isBefore = (a: number, b: number): boolean =>
    type[a] === OK && (completed[a] as number) < (invoked[b] as number);
  const all = Array.from({ length: n }, (_, t) => t);
  const inTime = all.flatMap((a) =>
    all
      .filter((b) => isBefore(a, b) && !all.some((c) => isBefore(a, c) && isBefore(c, b)))
      .map((b): Reason => ({
        from: invoked[a] as number,
        to: invoked[b] as number,
        kind: 'realtime',
        why: `${name(a)} had completed before ${name(b)} was invoked.`,
      })),
  );
  return [...all.flatMap((t) => readings(txns, t)), ...inTime];
}

/** What each read of a transaction says of those who wrote the key. */
function readings(txns: Txns, t: number): Reason[] {
  const { first, end, f, v, key, of, invoked, keyNames } = txns;
  const said: Reason[] = [];
  for (let m = first[t] as number; m < (end[t] as number); m++) {
    if (f[m] !== READ) continue;
    const writes = [...f.keys()].filter((w) => f[w] !== READ && key[w] === key[m] && of[w] !== t);
    const others = new Set(writes.filter((w) => v[w] !== v[m]).map((w) => of[w] as number));
    const who = [...others].map(name).join(' and ');
    const on = keyNames[key[m] as number] as number | string;
    const writer = of[writes.find((w) => v[w] === v[m]) ?? -1];
    const me = invoked[t] as number;
    if (writer !== undefined)
      said.push({
        from: invoked[writer] as number,
        to: me,
        kind: 'wr',
        key: on,
        why: `${name(t)} read ${plain(txns.nameOf(v[m] as number))} of key ${on}, which ${name(writer)} had written${who === '' ? '' : `: ${who} wrote it too, but not between the two`}.`,
      });
    else if (v[m] === NIL)
      for (const other of others)
        said.push({
          from: me,
          to: invoked[other] as number,
          kind: 'rw',
          key: on,
          why: `${name(t)} saw key ${on} as never written: it comes before ${name(other)}, which wrote it.`,
        });
  }
  return said;
}

function name(t: number): string {
  return `T${t + 1}`;
}
