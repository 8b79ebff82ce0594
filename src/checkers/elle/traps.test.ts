/** What other checkers of transactions fell into: nil lists, reads that were never answered, values of any sort, histories without anything. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { packBlocks } from '../../history/packed/read-packed.ts';
import { TXN_KINDS, type TxnKind, type Txns } from '../../history/packed/txns.ts';
import { parseHistory } from '../../history/read.ts';
import { judge } from './judge.ts';
import { judgeTransactions } from './judge-transactions.ts';
import { LEVELS, type Level, runStore } from './store.case.ts';
import { type MicroOp, columnsOf } from './txns.ts';

function store(seed: number, kind: TxnKind): HistoryEvent[] {
  const r = random(`traps/${seed}`);
  const level = LEVELS[r.below(LEVELS.length)] as Level;
  const shape = { clients: 4, keys: 3, microsMax: 4, crashed: 5, aborted: 10 };
  return runStore(r, { kind, level, txns: 25, ...shape });
}

function verdictOn(events: readonly HistoryEvent[], kind: TxnKind) {
  return judgeTransactions({ header: { hermes: 1 }, events, nemesis: [] }, { kind });
}

function changed(
  events: readonly HistoryEvent[],
  change: (micro: MicroOp, event: HistoryEvent) => MicroOp,
): HistoryEvent[] {
  return events.map((event) => ({
    ...event,
    value: (event.value as unknown as MicroOp[]).map((m) => change(m, event) as Value),
  }));
}

const found = (txns: Txns): Record<string, number> => Object.fromEntries(judge(txns).found);

test('a list that is nil is the empty list', () => {
  let bad = 0;
  for (let seed = 0; seed < 60; seed++) {
    const events = store(seed, 'list-append');
    const nil = changed(events, ([f, k, v]) => [
      f,
      k,
      Array.isArray(v) && v.length === 0 ? null : v,
    ]);
    const expected = found(columnsOf(events, 'list-append'));
    expect(found(columnsOf(nil, 'list-append'))).toEqual(expected);
    if (Object.keys(expected).length > 0) bad++;
  }
  expect(bad).toBeGreaterThan(10);
});

describe.each(TXN_KINDS)('%s', (kind) => {
  test('what reads of an unknown outcome say is not believed, nor those of a failure', () => {
    let changes = 0;
    for (let seed = 0; seed < 60; seed++) {
      const events = store(seed, kind);
      const lying = changed(events, ([f, k, v], { type }) => {
        if (f !== 'r' || (type !== 'info' && type !== 'fail')) return [f, k, v];
        changes++;
        return [f, k, kind === 'list-append' ? [99, 98] : 99];
      });
      expect(found(columnsOf(lying, kind))).toEqual(found(columnsOf(events, kind)));
    }
    expect(changes).toBeGreaterThan(50);
  });

  const words = ['a', 'Ü b', '"', '-1', 'nil', ':x', 'r', '[1]'];
  const renamed: [string, (v: Value) => Value][] = [
    ['strings', (v) => `${words[Number(v) % words.length]}${Number(v)}`],
    ['negative numbers', (v) => -Number(v)],
    ['large numbers', (v) => 2 ** 40 + Number(v)],
    ['fractions', (v) => Number(v) + 0.5],
    ['lists', (v) => [v]],
    ['a mixture', (v) => (Number(v) % 2 === 0 ? v : `${Number(v)}`)],
  ];
  test.each(renamed)('values that are %s are judged like small numbers', (_, name) => {
    const rename = (v: Value): Value =>
      v === null ? null : Array.isArray(v) ? (v as readonly Value[]).map(name) : name(v);
    for (let seed = 0; seed < 40; seed++) {
      const events = store(seed, kind);
      const other = changed(events, ([f, k, v]) => [f, k, rename(v)]);
      expect(verdictOn(other, kind).valid).toBe(verdictOn(events, kind).valid);
      expect(found(columnsOf(other, kind))).toEqual(found(columnsOf(events, kind)));
    }
  });

  test('keywords as values and keys, in EDN, by either reader', () => {
    let fasts = 0;
    for (let seed = 0; seed < 40; seed++) {
      const events = store(seed, kind);
      const edn = ednOf(events);
      const { history } = parseHistory(edn, 'history.edn');
      const slow = columnsOf(history.events, kind);
      expect(found(slow)).toEqual(found(columnsOf(events, kind)));
      const fast = packBlocks([Buffer.from(edn)], { model: kind })?.txns;
      if (fast === undefined) continue;
      fasts++;
      expect(found(fast)).toEqual(found(slow));
    }
    expect(fasts).toBe(40);
  });

  test.each<[string, readonly unknown[][]]>([
    ['nothing at all', []],
    ['transactions of nothing', [[], []]],
    ['writes alone', [[[kind === 'list-append' ? 'append' : 'w', 1, 1]]]],
    ['reads of what nobody wrote', [[['r', 1, null]], [['r', 2, null]]]],
  ])('%s: unknown, not a pass', (_, values) => {
    const events = values.flatMap((value, i) =>
      (['invoke', 'ok'] as const).map((type, at): HistoryEvent => ({
        index: 2 * i + at,
        process: 0,
        type,
        f: 'txn',
        value: value as Value,
        time: 0,
      })),
    );
    expect(verdictOn(events, kind)).toMatchObject({ valid: 'unknown', reason: 'nothing-to-check' });
  });
});

/** The history as Jepsen writes it, with a keyword for every key and value. */
function ednOf(events: readonly HistoryEvent[]): string {
  const word = (v: Value): string =>
    v === null
      ? 'nil'
      : Array.isArray(v)
        ? `[${v.map((x) => word(x as Value)).join(' ')}]`
        : `:v${Number(v)}`;
  return events
    .map(({ process, type, value, index }) => {
      const micros = (value as unknown as MicroOp[]).map(
        ([f, k, v]) => `[:${f} :k${Number(k)} ${word(v)}]`,
      );
      return `{:process ${process}, :type :${type}, :f :txn, :value [${micros.join(' ')}], :index ${index}}\n`;
    })
    .join('');
}
