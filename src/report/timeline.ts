/**
 * A few operations drawn on a time axis: a column per process, a row per event. Operations that may
 * or may not have happened have dotted ends; the one that cannot be placed is marked.
 */
import type { HistoryEvent } from '../history/event.ts';
import { naming } from '../checkers/linearizability/sentences.ts';
import type { Call } from '../checkers/calls.ts';
import { COLUMNS, cut } from './text.ts';
import { answerOf, isTimed } from './told.ts';

export interface Drawn {
  readonly call: Call;
  /** It may or may not have happened; the rest cannot be ordered either way. */
  readonly optional: boolean;
  /** It cannot be placed. */
  readonly marked: boolean;
}

const TIME = 11;
const COLUMNS_MAX = 4;
/** Room for `─┐` and the mark. */
const ENDS = 5;

/** Lines of the drawing; a plain list where there are too many processes for columns. */
export function timeline(operations: readonly Drawn[]): string[] {
  const timed = isTimed(operations.flatMap(({ call }) => call.end ?? call.invoke));
  const processes = [...new Set(operations.map(({ call }) => call.invoke.process))];
  return processes.length > COLUMNS_MAX
    ? listed(operations, timed)
    : drawn(operations, processes, timed);
}

interface Row {
  readonly event: HistoryEvent;
  readonly column: number;
  readonly text: string;
  readonly end: string;
}

function drawn(
  operations: readonly Drawn[],
  processes: readonly (number | string)[],
  timed: boolean,
): string[] {
  const width = Math.min(26, Math.floor((COLUMNS - TIME - 2) / processes.length));
  const rows: Row[] = [];
  for (const { call, optional, marked } of operations) {
    const column = processes.indexOf(call.invoke.process);
    const dash = optional ? '┄' : '─';
    rows.push({ event: call.invoke, column, text: naming(call), end: `${dash}┐` });
    if (call.end !== undefined) {
      const end = `${dash}┘${marked ? ' ✘' : ''}`;
      rows.push({ event: call.end, column, text: became(call.end, call.invoke), end });
    }
  }
  const heads = processes.map((process) => {
    const node = operations.find(({ call }) => call.invoke.process === process)?.call.invoke.node;
    return cut(`process ${process}${node === undefined ? '' : `, ${node}`}`, width - 1).padEnd(
      width,
    );
  });
  const room = Math.min(width - ENDS, Math.max(14, ...rows.map(({ text }) => text.length)));
  return [
    `${(timed ? 'ms' : 'event').padStart(TIME)}  ${heads.join('')}`.trimEnd(),
    ...rows
      .toSorted((x, y) => x.event.index - y.event.index)
      .map(({ event, column, text, end }) => {
        const cell = cut(text, room).padEnd(room);
        return `${at(event, timed).padStart(TIME)}  ${' '.repeat(column * width)}${cell} ${end}`;
      }),
  ];
}

function listed(operations: readonly Drawn[], timed: boolean): string[] {
  return operations.map(({ call, optional, marked }) => {
    const { invoke, end } = call;
    const time = `${at(invoke, timed)} to ${end === undefined ? 'the end' : at(end, timed)}`;
    const who = `process ${invoke.process}${invoke.node === undefined ? '' : `, ${invoke.node}`}`;
    const what = `${naming(call)} → ${end === undefined ? 'unknown' : became(end, invoke)}`;
    return `${marked ? '✘' : optional ? '┄' : ' '} ${time.padEnd(24)} ${who.padEnd(15)} ${cut(what, 36)}`;
  });
}

/** What came back, short. */
function became(end: HistoryEvent, asked: HistoryEvent): string {
  switch (end.type) {
    case 'ok': {
      const answer = answerOf(asked, end);
      if (answer === undefined) return 'ok';
      return 'value' in answer ? shown(answer.value) : `ok ${shown(answer.result)}`;
    }
    case 'fail':
      return end.observed === undefined ? 'failed' : `found ${shown(end.observed)}`;
    case 'info':
    case 'invoke':
      return 'unknown';
  }
}

function shown(value: HistoryEvent['value']): string {
  if (Array.isArray(value) && value.length > 3) return `[${value.length} elements]`;
  return value === null ? 'nil' : typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** Milliseconds since the run began, or the number of the event. */
function at({ time, index }: HistoryEvent, timed: boolean): string {
  return timed ? (time / 1e6).toFixed(3) : String(index);
}
