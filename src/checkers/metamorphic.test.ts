/**
 * Histories too large for an oracle: what must not change, must not get worse, or must get worse.
 */
import { describe, expect, test } from 'vitest';
import { type Random, random } from '../base/random.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { judgeLinearizable } from './linearizable.ts';
import type { Verdict } from './verdict.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  randomEvents,
  registerFamily,
} from './random-history.case.ts';

const FAMILIES = [registerFamily(0), registerFamily(3), counterFamily(1, 0), listFamily(10)];

function verdictOf(events: readonly HistoryEvent[], family: Family): Verdict['valid'] {
  const numbered = events.map((e, index) => ({ ...e, index, time: index }));
  const history: History = {
    header: { hermes: 1, initial: family.initial },
    events: numbered,
    nemesis: [],
  };
  return judgeLinearizable(history).valid;
}

/** Larger histories, half of them linearizable by making. */
function* cases(label: string): Iterable<[HistoryEvent[], Family, Random, Verdict['valid']]> {
  for (const family of FAMILIES)
    for (let i = 0; i < 40; i++) {
      const r = random(`metamorphic/${label}/${family.name}/${i}`);
      const shape = { operationsMin: 20, operationsMax: 120, sound: i % 2 === 0 };
      const events = randomEvents(r, family, shape);
      yield [events, family, r, verdictOf(events, family)];
    }
}

/** Swaps neighbours at which `may` holds, as often as it is asked to. */
function swapped(
  events: readonly HistoryEvent[],
  r: Random,
  times: number,
  may: (a: HistoryEvent, b: HistoryEvent) => boolean,
): HistoryEvent[] {
  const copy = [...events];
  for (let k = 0; k < times; k++) {
    const i = r.below(copy.length - 1);
    const [a, b] = [copy[i] as HistoryEvent, copy[i + 1] as HistoryEvent];
    if (a.process !== b.process && may(a, b)) [copy[i], copy[i + 1]] = [b, a];
  }
  return copy;
}

const isCall = (e: HistoryEvent): boolean => e.type === 'invoke';

describe('nothing changes', () => {
  test('when neighbouring calls, or neighbouring returns, change places', () => {
    for (const [events, family, r, before] of cases('neighbours')) {
      const after = swapped(events, r, 200, (a, b) => isCall(a) === isCall(b));
      expect(verdictOf(after, family)).toBe(before);
    }
  });

  test('when values, keys and processes get other names', () => {
    for (const [events, , , before] of cases('names')) {
      const family = { ...registerFamily(0), initial: null };
      if (events.some((e) => !['read', 'write', 'cas', 'getset'].includes(e.f))) continue;
      const rename = (v: unknown): unknown =>
        typeof v === 'number' ? `v${v}` : Array.isArray(v) ? v.map(rename) : v;
      const renamed = events.map(
        (e) =>
          ({
            ...e,
            key: 'other',
            process: `p${e.process}`,
            value: rename(e.value),
            ...(e.result !== undefined && { result: rename(e.result) }),
            ...(e.observed !== undefined && { observed: rename(e.observed) }),
          }) as HistoryEvent,
      );
      expect(verdictOf(renamed, family)).toBe(before);
    }
  });

  test('when the same happens to another key too', () => {
    for (const [events, family, , before] of cases('twice')) {
      const twin = events.map((e) => ({ ...e, key: 2, process: `twin ${e.process}` }));
      const both = events.flatMap((e, i) => [e, twin[i] as HistoryEvent]);
      expect(verdictOf(both, family)).toBe(before);
    }
  });
});

describe('what is linearizable stays so', () => {
  test('in every prefix: what a run that was killed leaves is sound', () => {
    for (const [events, family, r, before] of cases('prefix')) {
      if (before !== true) continue;
      for (let k = 0; k < 4; k++)
        expect(verdictOf(events.slice(0, r.below(events.length)), family)).not.toBe(false);
    }
  });

  test('when calls come earlier and returns later', () => {
    for (const [events, family, r, before] of cases('wider')) {
      if (before !== true) continue;
      const after = swapped(events, r, 200, (a, b) => !isCall(a) && isCall(b));
      expect(verdictOf(after, family)).not.toBe(false);
    }
  });

  test('when a read is dropped, an outcome forgotten, a write added of which nobody knows', () => {
    for (const [events, family, r, before] of cases('weaker')) {
      if (before !== true) continue;
      const ends = events.filter((e) => !isCall(e) && e.type === 'ok');
      const end = r.pick(ends);
      const call = events.findLast(
        (e) => isCall(e) && e.process === end.process && e.index < end.index,
      );
      const weaker = events
        .filter((e) => end.f !== 'read' || (e !== end && e !== call))
        .map((e) => (e === end ? { ...e, type: 'info' as const } : e));
      // A process whose outcome is unknown is retired: what it did later, another one did.
      const heir = weaker.map((e) =>
        e.process === end.process && e.index > end.index ? { ...e, process: 'heir' } : e,
      );
      expect(verdictOf(heir, family)).not.toBe(false);
    }
  });
});

test('narrower intervals never make it linearizable', () => {
  let checked = 0;
  for (const [events, family, r, before] of cases('narrower')) {
    if (before !== false) continue;
    checked++;
    const after = swapped(events, r, 200, (a, b) => isCall(a) && !isCall(b));
    expect(verdictOf(after, family)).toBe(false);
  }
  expect(checked).toBeGreaterThan(20);
});
