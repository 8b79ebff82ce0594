/** A success may fill in what was read, never change what was written: objects, columns and transactions alike. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../base/operation.ts';
import { callsByKey } from '../checkers/calls.ts';
import type { HistoryEvent } from './event.ts';
import { packText } from './packed/pack-text.ts';
import { parseHistory } from './read.ts';

const txn = (...micros: Value[]): Value => micros;

const SAME: readonly (readonly [f: string, asked: Value, said: Value])[] = [
  ['read', null, 3],
  ['write', 3, 3],
  ['write', 3, null],
  ['write', [1, 'a'], [1, 'a']],
  ['cas', [1, 2], [1, 2]],
  ['dequeue', null, 7],
  ['mine', 1, 2],
  ['txn', txn(['r', 1, null], ['append', 1, 5]), txn(['r', 1, [4]], ['append', 1, 5])],
  ['txn', txn(['r', 'x', null], ['w', 'x', 5]), txn(['r', 'x', 4], ['w', 'x', 5])],
  ['txn', null, txn(['append', 1, 5])],
];
const OTHER: typeof SAME = [
  ['write', 3, 4],
  ['write', null, 4],
  ['write', 3, '3'],
  ['cas', [1, 2], [1, 3]],
  ['cas', [1, 2], [2, 1]],
  ['enqueue', 1, 2],
  ['append', 1, 2],
  ['add', 1, 2],
  ['txn', txn(['append', 1, 5]), txn(['append', 1, 6])],
  ['txn', txn(['append', 1, 5]), txn(['append', 2, 5])],
  ['txn', txn(['append', 1, 5]), txn(['r', 1, [5]])],
  ['txn', txn(['append', 1, 5]), txn(['append', 1, 5], ['append', 1, 6])],
  ['txn', txn(['r', 1, null], ['w', 1, 6]), txn(['w', 1, 6])],
  ['txn', txn(['r', 1, null]), txn(['r', 2, null])],
  ['txn', txn(['w', 1, 5], ['w', 1, 6]), txn(['w', 1, 6], ['w', 1, 5])],
];

const events = (f: string, asked: Value, said: Value): HistoryEvent[] => [
  { index: 0, process: 1, type: 'invoke', f, value: asked, time: 0 },
  { index: 1, process: 1, type: 'ok', f, value: said, time: 1 },
];
const written = (all: readonly object[]): string =>
  all.map((line) => `${JSON.stringify(line)}\n`).join('');
/** As Jepsen's independent has it: `[key value]`. */
const behindKey = (all: HistoryEvent[]): HistoryEvent[] =>
  all.map((event) => ({ ...event, value: [9, event.value] }));

describe.each(SAME)('%s %j, %j', (f, asked, said) => {
  test('is read', () => {
    const all = events(f, asked, said);
    for (const each of f === 'txn' ? [all] : [all, behindKey(all)]) {
      expect(parseHistory(written(each)).history.events).toHaveLength(2);
      expect(callsByKey(each)).toHaveLength(1);
      // The columns of transactions begin with one that says of what kind they are.
      const kind = asked ?? said;
      if (Array.isArray(kind) || f !== 'txn')
        expect(packText(written([{ hermes: 1 }, ...each]))).toBeDefined();
    }
  });
});

describe.each(OTHER)('%s %j, %j', (f, asked, said) => {
  test('is refused', () => {
    const all = events(f, asked, said);
    for (const each of [all, behindKey(all)]) {
      expect(() => parseHistory(written(each))).toThrow(/^history.jsonl, line 2: .* on line 1;/);
      expect(() => callsByKey(each)).toThrow('event 1');
      expect(packText(written(each))).toBeUndefined();
    }
    for (const type of ['fail', 'info'] as const) {
      const [invoke, end] = all as [HistoryEvent, HistoryEvent];
      expect(callsByKey([invoke, { ...end, type }])).toHaveLength(1);
    }
  });
});
