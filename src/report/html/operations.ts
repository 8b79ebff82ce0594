/** Operations of a history, paired with what became of them, for drawings. Pure. */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER } from '../../checkers/calls.ts';
import type { History, HistoryEvent } from '../../history/event.ts';
import { answerOf } from '../told.ts';

/** An invocation and its completion; undefined: still open at the end. */
export interface Operation {
  readonly invoke: HistoryEvent;
  readonly end: HistoryEvent | undefined;
}

/** What became of it. `mismatch`: it failed, and told what was there instead. */
export type OutcomeName = 'ok' | 'mismatch' | 'fail' | 'info';

/** In order of invocation, ranks of all events. Completions without an invocation are left out. */
export function operationsOf({ events }: Pick<History, 'events'>): Call[] {
  const open = new Map<unknown, { -readonly [K in keyof Call]: Call[K] }>();
  const all: Call[] = [];
  for (const [rank, event] of events.entries()) {
    if (event.type === 'invoke') {
      const call = { invoke: event, end: undefined, call: rank, ret: NEVER };
      open.set(event.process, call);
      all.push(call);
      continue;
    }
    const found = open.get(event.process);
    open.delete(event.process);
    if (found === undefined) continue;
    found.end = event;
    if (event.type !== 'info') found.ret = rank;
  }
  return all;
}

/** Its outcome as counted in the figures of a run. */
export function outcomeName({ end }: Operation): OutcomeName {
  if (end === undefined || end.type === 'info') return 'info';
  if (end.type === 'ok') return 'ok';
  return end.observed === undefined ? 'fail' : 'mismatch';
}

/** `write 4`, `cas 4 → 9`, `read`. */
export function asked({ invoke: { f, value } }: Operation): string {
  if (f === 'read' || value === null) return f;
  if (f === 'cas' && Array.isArray(value) && value.length === 2)
    return `${f} ${shownValue(value[0] as Value)} → ${shownValue(value[1] as Value)}`;
  return `${f} ${shownValue(value)}`;
}

/** `4`, `ok`, `found 7`, `failed: …`, `unknown: …`. */
export function answered({ invoke, end }: Operation): string {
  if (end === undefined) return 'unknown: open when the history ends';
  switch (end.type) {
    case 'ok': {
      const answer = answerOf(invoke, end);
      if (answer === undefined) return 'ok';
      return 'value' in answer ? shownValue(answer.value) : `ok ${shownValue(answer.result)}`;
    }
    case 'fail':
      return end.observed === undefined
        ? `failed${because(end)}`
        : `found ${shownValue(end.observed)}`;
    default:
      return `unknown${because(end)}`;
  }
}

function because({ error }: HistoryEvent): string {
  return error === undefined ? '' : `: ${error}`;
}

const LONGEST = 160;

/** A value as text, cut to a length that a page can bear. */
export function shownValue(value: Value): string {
  const text =
    value === null ? 'nil' : typeof value === 'string' ? JSON.stringify(value) : json(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

function json(value: Value): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
