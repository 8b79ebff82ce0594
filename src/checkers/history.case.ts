/** Histories written as short lines, for tests. */
import type { Value } from '../base/operation.ts';
import type { FinalSample, History, HistoryEvent, HistoryHeader } from '../history/event.ts';

/**
 * One event per line: `PROCESS invoke|ok|fail|info F [key=K] [VALUE] [result=…] [observed=…]`, values in
 * JSON without spaces. Key 1 unless said.
 */
export function eventsOf(text: string): HistoryEvent[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, index) => {
    const [process = '', type = '', f = '', ...rest] = line.split(/ +/);
    const named: Record<string, Value> = {};
    let value: Value = null;
    for (const word of rest) {
      const [, name, json] = /^(key|result|observed)=(.*)$/.exec(word) ?? [];
      if (name !== undefined && json !== undefined) named[name] = JSON.parse(json) as Value;
      else value = JSON.parse(word) as Value;
    }
    return {
      index,
      process: /^\d+$/.test(process) ? Number(process) : process,
      type: type as HistoryEvent['type'],
      f,
      key: 1,
      value,
      time: index * 1000,
      ...named,
    } as HistoryEvent;
  });
}

/** The same as a history. */
export function historyOf(
  text: string,
  header: Partial<HistoryHeader> = {},
  final?: readonly FinalSample[],
): History {
  const base = { header: { hermes: 1 as const, ...header }, events: eventsOf(text), nemesis: [] };
  return final === undefined ? base : { ...base, final };
}
