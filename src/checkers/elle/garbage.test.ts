/** Whatever stands in a history: a verdict, no exception, and never a pass for nonsense. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { type Random, random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { TXN_KINDS, type TxnKind } from '../../history/packed/txns.ts';
import { checkHistory } from '../check.ts';
import { Book } from './book.ts';
import { runStore } from './store.case.ts';
import { type MicroOp, columnsOf } from './txns.ts';

function store(seed: string, kind: TxnKind, txns = 12): HistoryEvent[] {
  const shape = { clients: 3, keys: 2, microsMax: 3, crashed: 5, aborted: 5 };
  return runStore(random(seed), { kind, level: 'serial', txns, ...shape });
}

function check(events: readonly unknown[], kind: TxnKind | undefined, checkers = ['elle']) {
  const header = { hermes: 1 as const, ...(kind !== undefined && { model: kind }) };
  return checkHistory({ header, events: events as HistoryEvent[], nemesis: [] }, { checkers });
}

const ODD: readonly unknown[] = [
  null,
  undefined,
  true,
  NaN,
  -0,
  0.5,
  2 ** 53,
  2 ** 31 - 1,
  -(2 ** 31),
  '',
  'r',
  '__proto__',
  [],
  [[]],
  [['r']],
  [['r', 1]],
  [['append', 1, [1, [2]]]],
  [['w', null, null]],
  [['r', { a: 1 }, 'x']],
  [['nonsense', 1, 2]],
  { r: 1 },
];

const print = (x: unknown): string =>
  JSON.stringify(x, (_, each: unknown) => (Number.isNaN(each) ? 'NaN' : each));
const draw = <T>(r: Random, from: readonly T[]): T => from[r.below(from.length)] as T;

/** One event changed, dropped, doubled, moved, or a value in it replaced by something odd. */
function damage(r: Random, events: readonly unknown[]): unknown[] {
  const at = r.below(events.length);
  const event = events[at] as HistoryEvent;
  const changed = { ...event } as Record<string, unknown>;
  const micros = Array.isArray(event.value) ? [...(event.value as readonly Value[])] : [];
  const kind = r.below(8);
  if (kind === 0) return events.filter((_, i) => i !== at);
  if (kind === 1) return [...events.slice(0, at), event, ...events.slice(at)];
  if (kind === 2) return events.toSpliced(at, 1).toSpliced(r.below(events.length), 0, event);
  if (kind === 3) changed['value'] = draw(r, ODD);
  if (kind === 4) changed[draw(r, ['f', 'type', 'process', 'key', 'index'])] = draw(r, ODD);
  if (kind === 5) micros[r.below(micros.length + 1)] = draw(r, ODD) as Value;
  if (kind >= 6 && micros.length > 0) {
    const m = r.below(micros.length);
    const micro = Array.isArray(micros[m]) ? [...(micros[m] as readonly Value[])] : [];
    micro[r.below(4)] = draw(r, ODD) as Value;
    micros[m] = micro;
  }
  if (kind >= 5) changed['value'] = micros;
  return events.with(at, changed);
}

describe.each(TXN_KINDS)('%s', (kind) => {
  test('damage of any sort gives a verdict', () => {
    const met = new Map<string, number>();
    for (let i = 0; i < 1500; i++) {
      const r = random(`garbage/${i}`);
      let events: unknown[] = store(`garbage/${i % 40}`, kind);
      for (let hits = 1 + r.below(3); hits > 0; hits--) events = damage(r, events);
      const verdict = check(events, r.below(4) === 0 ? undefined : kind);
      const why = `case ${i}: ${'why' in verdict ? verdict.why : ''} ${print(events)}`;
      expect([true, false, 'unknown'], why).toContain(verdict.valid);
      // The check says what is wrong with the history; it does not break on it.
      if (verdict.valid === 'unknown') expect(verdict.reason, why).not.toBe('crashed-check');
      met.set(String(verdict.valid), (met.get(String(verdict.valid)) ?? 0) + 1);
    }
    for (const valid of ['true', 'false', 'unknown'])
      expect(met.get(valid) ?? 0, valid).toBeGreaterThan(5);
  });

  test.each<[string, (events: HistoryEvent[]) => unknown[]]>([
    ['nothing', () => []],
    ['invocations alone', (events) => events.filter(({ type }) => type === 'invoke')],
    ['completions alone', (events) => events.filter(({ type }) => type !== 'invoke')],
    ['a process with two open at once', (events) => [events[0], ...events]],
    ['failures alone', (events) => ended(events, 'fail')],
    ['ends that nobody knows alone', (events) => ended(events, 'info')],
    ['transactions without operations', (events) => events.map((e) => ({ ...e, value: [] }))],
    ['no transactions', (events) => events.map((e) => ({ ...e, value: 7 }))],
    ['operations nobody knows', (events) => events.map((e) => ({ ...e, f: 'frobnicate' }))],
    ['reads that saw nothing of what was written', (events) => micros(events, blind)],
    ['values that nobody wrote', (events) => micros(events, foreign)],
  ])('never a pass: %s', (_, make) => {
    for (let i = 0; i < 20; i++) {
      const events = make(store(`nonsense/${i}`, kind, 30));
      expect(check(events, kind).valid, `store ${i}`).not.toBe(true);
      expect(check(events, undefined).valid, `store ${i}`).not.toBe(true);
    }
  });

  test('columns hold what was recorded, whatever keys and values look like', () => {
    for (let i = 0; i < 200; i++) {
      const r = random(`kept/${i}`);
      const names = r.below(2) === 0 ? undefined : ['x', '', 2 ** 40, -3];
      const values: readonly Value[] | undefined =
        r.below(2) === 0 ? undefined : ['a', -1, 0.5, 2 ** 40, 'ü', [1], ''];
      const events = micros(store(`kept/${i}`, kind, 20), ([f, k, v]) => {
        const other = (x: Value): Value => odd(values, x);
        const seen = Array.isArray(v) ? (v as readonly Value[]).map(other) : other(v);
        return [f, names === undefined ? k : (names[Number(k) % 4] as Value), seen];
      });
      const txns = columnsOf(events, kind);
      const book = new Book(txns, txns.keyNames);
      const ends = new Map<unknown, HistoryEvent>();
      for (const event of events.toReversed()) {
        if (event.type !== 'invoke') ends.set(event.process, event);
        else {
          const known = ends.get(event.process)?.type === 'ok';
          const told = ((known ? ends.get(event.process) : event) as HistoryEvent).value;
          const wanted = (told as unknown as MicroOp[])
            .filter(([f]) => known || f !== 'r')
            .map(([f, key, value]) => ({ read: f === 'r', key, value }));
          expect(book.at(event.index)?.micros).toEqual(wanted);
          ends.delete(event.process);
        }
      }
    }
  });
});

/** All that were completed ended like this. */
function ended(events: readonly HistoryEvent[], type: HistoryEvent['type']): HistoryEvent[] {
  return events.map((e) => (e.type === 'invoke' ? e : { ...e, type }));
}

function micros(
  events: readonly HistoryEvent[],
  change: (micro: MicroOp, type: HistoryEvent['type']) => Value,
): HistoryEvent[] {
  return events.map((event) => ({
    ...event,
    value: (event.value as unknown as MicroOp[]).map((micro) => change(micro, event.type)),
  }));
}

function blind([f, key, value]: MicroOp, type: HistoryEvent['type']): Value {
  if (f !== 'r' || type !== 'ok') return [f, key, value];
  return [f, key, Array.isArray(value) ? [] : null];
}

function foreign([f, key, value]: MicroOp, type: HistoryEvent['type']): Value {
  if (f !== 'r' || type !== 'ok') return [f, key, value];
  return [f, key, Array.isArray(value) ? [123_456] : 123_456];
}

/** Another value for each small number, the same for the same one. */
function odd(values: readonly Value[] | undefined, x: Value): Value {
  if (values === undefined || typeof x !== 'number') return x;
  return x < values.length ? (values[x] as Value) : x;
}
