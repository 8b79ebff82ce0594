/**
 * Which model judges a history that does not say, or was not told, one.
 */
import type { HistoryEvent } from '../../history/event.ts';
import { MODEL_NAMES, OPERATIONS, isModelName } from './models.ts';

export type Inferred =
  | { readonly model: string; readonly how: 'named' | 'by its operations' }
  /** Nothing fits: why, and what could be meant. */
  | { readonly why: string; readonly candidates: readonly string[] };

/** The model that is named (by a flag, else by the history), if it is built in; else the one that all operations fit. */
export function inferModel(events: readonly HistoryEvent[], named: string | undefined): Inferred {
  if (named !== undefined)
    return isModelName(named)
      ? { model: named, how: 'named' }
      : { why: `there is no built-in model "${named}"`, candidates: MODEL_NAMES };
  const seen = new Set<string>();
  for (const event of events) seen.add(event.f);
  const fs = [...seen].filter((f) => f !== 'read');
  const odd = fs.find((f) => !Object.values(OPERATIONS).some((known) => known.includes(f)));
  if (odd !== undefined)
    return { why: `no built-in model knows the operation "${odd}"`, candidates: MODEL_NAMES };
  const by = 'by its operations' as const;
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
