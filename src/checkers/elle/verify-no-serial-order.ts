/** Is there really no serial order of a few transactions? All of them are tried, by what they did. */
import type { Value } from '../../base/operation.ts';
import type { Anomaly } from '../verdict.ts';
import { type Book, type Micro, type Name, type Recorded, text } from './book.ts';

/** Transactions of which all orders can be tried. */
export const MOST = 16;

/** What is wrong, or undefined. Reads of what none of them wrote say nothing of their order. */
export function verifyNoSerialOrder(book: Book, { operations }: Anomaly): string | undefined {
  const txns = operations.map((event) => book.at(event)).filter((txn) => txn !== undefined);
  if (txns.length !== operations.length || txns.some(({ end }) => end === 'fail'))
    return 'it names something that is no transaction, or failed';
  if (txns.length > MOST) return `all orders of ${txns.length} transactions are too many`;
  const written = new Set(txns.flatMap(({ micros }) => micros.filter((m) => !m.read).map(slot)));
  const told = txns.map((txn) => ({
    ...txn,
    micros: txn.micros.filter((m) => !m.read || m.value === null || written.has(slot(m))),
  }));
  return canFollow(told, new Set(), new Map(), new Set()) ? 'they have a serial order' : undefined;
}

function slot({ key, value }: Micro): string {
  return text([key, value]);
}

/** Can the rest be put behind those that are placed, whatever is in the keys? `failed`: what was tried in vain. */
function canFollow(
  txns: readonly Recorded[],
  placed: ReadonlySet<Recorded>,
  state: ReadonlyMap<Name, Value>,
  failed: Set<string>,
): boolean {
  const open = txns.filter((txn) => !placed.has(txn));
  if (open.every(({ end }) => end !== 'ok')) return true;
  const reached = text([open.map(({ invoked }) => invoked), [...state].map(text).toSorted()]);
  if (failed.has(reached)) return false;
  failed.add(reached);
  return open.some((txn) => {
    const early = open.every((other) => other.end !== 'ok' || other.completed > txn.invoked);
    const after = early ? played(txn, state) : undefined;
    return after !== undefined && canFollow(txns, new Set([...placed, txn]), after, failed);
  });
}

/** What the transaction leaves; undefined: it did not read what was there. */
function played(
  { micros }: Recorded,
  state: ReadonlyMap<Name, Value>,
): ReadonlyMap<Name, Value> | undefined {
  const now = new Map(state);
  for (const { read, key, value } of micros) {
    if (!read) now.set(key, value);
    else if (text(now.get(key)) !== text(value)) return undefined;
  }
  return now;
}
