/** How one key is followed: by which checker, and through pauses. */
import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { ObjectKind } from '../models/models.ts';
import {
  type Family,
  mixedFamily,
  multiRegisterFamily,
  mutexFamily,
  randomEvents,
  registerFamily,
  setFamily,
} from '../random-history.case.ts';
import { FollowKey } from './follow-key.ts';
import { SettledEvents } from './settled-events.ts';

/** Follows it; `pause`: what happens after every event. */
function follow(
  events: readonly HistoryEvent[],
  kind: ObjectKind,
  { initial }: Family,
  pause: (key: FollowKey) => void = () => {},
): FollowKey {
  const key = new FollowKey(kind, initial);
  const settled = new SettledEvents(key);
  const open = new Map<unknown, ReturnType<SettledEvents['invoke']>>();
  for (const event of events) {
    const call = open.get(event.process);
    if (event.type === 'invoke') open.set(event.process, settled.invoke(event));
    else if (call !== undefined) settled.complete(call, event);
    pause(key);
  }
  settled.finish();
  return key;
}

describe('a key that rested goes on as if it had not', () => {
  test.each([
    ['register', registerFamily(4, 1)],
    ['register', mixedFamily(0)],
    ['set', setFamily(true)],
    ['mutex', mutexFamily()],
    ['multi-register', multiRegisterFamily()],
  ] as const)('%s: %o', (kind, family) => {
    const seen = { fine: 0, wrong: 0 };
    for (let i = 0; i < 300; i++) {
      const shape = { operationsMin: 5, operationsMax: 40, processesMax: 4, sound: i % 2 === 0 };
      const events = randomEvents(random(`rest/${i}`), family, shape);
      const awake = follow(events, kind, family);
      const rested = follow(events, kind, family, (key) => key.rest());
      expect(rested.culprit?.invoke.index, `seed ${i}`).toBe(awake.culprit?.invoke.index);
      expect(rested.left).toBe(awake.left);
      seen[awake.culprit === undefined ? 'fine' : 'wrong']++;
    }
    expect(seen.fine).toBeGreaterThan(50);
    expect(seen.wrong).toBeGreaterThan(50);
  });
});

describe('another checker takes over', () => {
  /** Writes, one after the other. */
  const writes = (values: readonly number[]): HistoryEvent[] =>
    values.flatMap((value, i) => [
      { index: 2 * i, process: 0, type: 'invoke', f: 'write', key: 1, value, time: 2 * i },
      { index: 2 * i + 1, process: 0, type: 'ok', f: 'write', key: 1, value, time: 2 * i + 1 },
    ]);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  test('where a value is written twice soon', () => {
    const events = writes([...upTo(10), 9]);
    expect(follow(events, 'register', registerFamily(0)).left).toBeUndefined();
  });

  test('for the elements of a set that does not begin empty', () => {
    const ask = (value: number, result: number): HistoryEvent[] => [
      { index: 0, process: 0, type: 'invoke', f: 'contains', key: 1, value, time: 0 },
      { index: 1, process: 0, type: 'ok', f: 'contains', key: 1, value, result, time: 1 },
    ];
    const family = { ...setFamily(true), initial: [7] };
    expect(follow(ask(7, 1), 'set', family)).toMatchObject({ left: undefined, culprit: undefined });
    expect(follow(ask(7, 0), 'set', family).culprit).toBeDefined();
    expect(follow(ask(8, 1), 'set', family).culprit).toBeDefined();
  });

  test('where that comes late the key is left, with the reason', () => {
    const events = writes([...upTo(100), 99]);
    expect(follow(events, 'register', registerFamily(0)).left).toBe('a value is written twice');
  });
});
