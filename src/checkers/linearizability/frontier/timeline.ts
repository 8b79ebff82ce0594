/** The events of a task in the order in which they happened, and the bits of its operations. */
import { NEVER } from '../../calls.ts';
import type { Task } from './task.ts';

export interface Timeline {
  /** Per rank: operation × 2, + 1 for its return; -1: none. */
  readonly events: Int32Array;
  /** Per operation with a known outcome its slot: a bit that is its own while it is open. */
  readonly slot: Int32Array;
  /** As many as are ever open at once. */
  readonly slots: number;
}

export function timelineOf(task: Task): Timeline {
  const events = eventsOf(task);
  return { events, ...slotsOf(task, events) };
}

function eventsOf({ n, call, ret }: Task): Int32Array {
  let length = 0;
  for (let i = 0; i < n; i++) {
    if ((call[i] as number) >= length) length = (call[i] as number) + 1;
    if (ret[i] !== NEVER && (ret[i] as number) >= length) length = (ret[i] as number) + 1;
  }
  const events = new Int32Array(length).fill(-1);
  for (let i = 0; i < n; i++) {
    events[call[i] as number] = 2 * i;
    if (ret[i] !== NEVER) events[ret[i] as number] = 2 * i + 1;
  }
  return events;
}

function slotsOf({ n, ret }: Task, events: Int32Array): Pick<Timeline, 'slot' | 'slots'> {
  const slot = new Int32Array(n);
  const free: number[] = [];
  let slots = 0;
  for (let rank = 0; rank < events.length; rank++) {
    const code = events[rank] as number;
    if (code < 0) continue;
    const op = code >> 1;
    if ((code & 1) === 1) free.push(slot[op] as number);
    else if (ret[op] !== NEVER) slot[op] = free.pop() ?? slots++;
  }
  return { slot, slots };
}
