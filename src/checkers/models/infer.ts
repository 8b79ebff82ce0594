/**
 * Which model judges a history that does not say, or was not told, one.
 */
import type { HistoryEvent } from '../../history/event.ts';
import { TXN_KINDS, isTxnKind } from '../../history/packed/txns.ts';
import { txnKind } from '../elle/txns.ts';
import { MODEL_NAMES, OPERATIONS, isModelName } from './models.ts';

export type Inferred =
  | { readonly model: string; readonly how: 'named' | 'by its operations' }
  /** Nothing fits: why, and what could be meant. */
  | { readonly why: string; readonly candidates: readonly string[] };

/** The model that is named (by a flag, else by the history), if it is built in; else the one that all operations fit. */
export function inferModel(events: readonly HistoryEvent[], named: string | undefined): Inferred {
  if (named !== undefined)
    return isModelName(named) || isTxnKind(named)
      ? { model: named, how: 'named' }
      : {
          why: `there is no built-in model "${named}"`,
          candidates: [...MODEL_NAMES, ...TXN_KINDS],
        };
  const seen = new Set<string>();
  for (const event of events) seen.add(event.f);
  const fs = [...seen].filter((f) => f !== 'read');
  if (fs.includes('txn')) {
    const kind = txnKind(events);
    return kind !== undefined
      ? { model: kind, how: 'by its operations' }
      : {
          why: 'its transactions are neither of list-append nor of rw-register',
          candidates: [...TXN_KINDS, 'multi-register'],
        };
  }
  const odd = fs.find((f) => !Object.values(OPERATIONS).some((known) => known.includes(f)));
  if (odd !== undefined)
    return { why: `no built-in model knows the operation "${odd}"`, candidates: MODEL_NAMES };
  const by = 'by its operations' as const;
  const only = (...names: readonly string[]): boolean =>
    fs.length > 0 && fs.every((f) => names.includes(f));
  if (only('acquire', 'release')) return { model: 'mutex', how: by };
  if (only('get', 'put', 'append') && fs.length > 1) return { model: 'append-kv', how: by };
  if (only('push', 'pop')) return { model: 'stack', how: by };
  if (only('enqueue', 'dequeue'))
    return {
      why: 'enqueue and dequeue may be in order or not',
      candidates: ['queue', 'unordered-queue'],
    };
  const wholes = events.some((e) => e.f === 'read' && e.type === 'ok' && Array.isArray(e.value));
  if (only('add', 'remove', 'contains') && (wholes || fs.some((f) => f !== 'add')))
    return { model: 'set', how: by };
  const appends = fs.includes('append');
  if (appends && fs.length > 1)
    return {
      why: `the operations ${fs.join(', ')} fit no one model`,
      candidates: ['append-list', 'cas-register'],
    };
  if (appends) return { model: 'append-list', how: by };
  if (fs.length > 0 && fs.every((f) => f === 'add')) return { model: 'counter', how: by };
  return { model: fs.every((f) => f === 'write') ? 'register' : 'cas-register', how: by };
}
