/** What evidence of a failure consists of, and pieces of which all of it is made. */
import { type Call } from '../calls.ts';
import { type Conflict, culpritOf, rowsOf } from './conflict.ts';
import type { KeyQuestion } from './judge-key.ts';
import { sentence } from './sentences.ts';
import { optionalOf } from './weaken.ts';

export interface Evidence {
  /** Rows in the order of their calls, but the one that cannot be placed last. */
  readonly strong: readonly number[];
  readonly optional: readonly number[];
  readonly why: string;
  readonly confirmed: boolean;
}

/** Only the operations that the conflict names. */
export function plain({ calls }: KeyQuestion, conflict: Conflict): Evidence {
  return {
    strong: culpritLast(byCall(rowsOf(conflict)), culpritOf(calls, conflict)),
    optional: [],
    why: sentence(calls, conflict),
    confirmed: false,
  };
}

/** The small history with the outcomes as recorded, so that words tell what happened. */
export function restored(
  small: readonly Call[],
  rows: readonly number[],
  calls: readonly Call[],
): Call[] {
  return small.map((_, i) => calls[rows[i] as number] as Call);
}

/** In the order of the calls, each once. */
export function byCall(rows: readonly number[]): number[] {
  return [...new Set(rows)].toSorted((x, y) => x - y);
}

/** The rows with the one that cannot be placed last. */
export function culpritLast(
  rows: readonly number[],
  culprit: number | undefined,
): readonly number[] {
  if (culprit === undefined || !rows.includes(culprit)) return rows;
  return [...rows.filter((row) => row !== culprit), culprit];
}

/** What is not over before the last so many returns; writers that began before them are optional. */
export function stretchBefore(
  calls: readonly Call[],
  culprit: number,
  returns: number,
): { rows: number[]; stretch: Call[]; whole: boolean } {
  const end = (calls[culprit] as Call).ret;
  const rets: number[] = [];
  for (const { ret } of calls) if (ret <= end) rets.push(ret);
  rets.sort((x, y) => y - x);
  const whole = rets.length <= returns;
  const cut = whole ? -1 : (rets[returns] as number);
  const rows: number[] = [];
  const stretch: Call[] = [];
  for (const [row, call] of calls.entries()) {
    if (call.call > end || call.ret <= cut) continue;
    const began = call.call < cut || call.ret > end;
    const looks = call.invoke.f === 'read' || call.invoke.f === 'not' || call.end?.type === 'fail';
    if (began && looks) continue;
    rows.push(row);
    stretch.push(began ? optionalOf(call) : call);
  }
  return { rows, stretch, whole };
}

/** Of a failing stretch, from the return at which it fails backwards: as many returns, doubled as needed. */
export const STRETCH_MIN = 4;
export const STRETCH_MAX = 512;
