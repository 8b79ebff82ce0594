import { expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { callsByKey } from '../calls.ts';
import { eventsOf } from '../history.case.ts';
import { registerModel } from '../models/register.ts';
import { randomEvents, registerFamily } from '../random-history.case.ts';
import { DoneSet } from './done-set.ts';
import { verifyLinearization } from './verify.ts';
import { type Reached, defaultSteps, judgeWgl } from './wgl.ts';

const model = registerModel({ initial: null, nullIsZero: false });
const calls = (text: string) => callsByKey(eventsOf(text))[0]?.calls ?? [];

test('it names the first return that nothing can pass', () => {
  const history = calls(`
    0 invoke write 1
    0 ok write 1
    1 invoke read
    1 ok read 2
    0 invoke read
    0 ok read 3`);
  expect(judgeWgl(history, model)).toEqual({
    type: 'invalid',
    conflict: { kind: 'exhausted', op: 1 },
  });
});

test('limits end it, and say where it stood', () => {
  const history = calls(`
    0 invoke write 1
    1 invoke write 2
    2 invoke write 3
    3 invoke read
    3 ok read 9`);
  expect(judgeWgl(history, model, { steps: 5 })).toEqual({
    type: 'undecided',
    reason: 'budget',
    at: 3,
    width: 4,
  });
  expect(judgeWgl(history, model, { bytes: 60 })).toMatchObject({ reason: 'memory' });
  expect(judgeWgl(history, model, { steps: 0 })).toMatchObject({ reason: 'budget', at: 3 });
  expect(defaultSteps(1000)).toBe(1_040_000);
});

test('writes of one value whose outcome is unknown are interchangeable: no explosion', () => {
  const lost = Array.from({ length: 40 }, (_, p) => `${p} invoke write 7`).join('\n');
  const history = calls(`${lost}\n90 invoke read\n90 ok read 9`);
  expect(judgeWgl(history, model, { steps: 2000 }).type).toBe('invalid');
});

test('it tells how far it has come', () => {
  const many = Array.from({ length: 20 }, (_, p) => `${p} invoke write ${p}`).join('\n');
  const told: Reached[] = [];
  const history = calls(`${many}\n90 invoke read\n90 ok read 99`);
  judgeWgl(history, model, { steps: 200_000 }, false, (reached) => told.push(reached));
  expect(told).toHaveLength(3);
  expect(told[0]).toEqual({ at: 20, width: 21 });
});

test('longer histories are judged too, with a linearization', () => {
  for (let i = 0; i < 20; i++) {
    const shape = { operationsMin: 300, operationsMax: 400, processesMax: 4, sound: true };
    const history = callsByKey(randomEvents(random(i), registerFamily(4), shape))[0]?.calls ?? [];
    const answer = judgeWgl(history, model, {}, true);
    if (answer.type !== 'valid') throw new Error(answer.type);
    expect(verifyLinearization(history, answer.order, model)).toBeUndefined();
  }
});

test('sets are equal in text iff they are equal', () => {
  const r = random('done-set');
  const texts = new Map<string, string>();
  const set = new DoneSet(40);
  const members = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    const x = r.below(r.chance(1, 2) ? 8 : 40);
    if (members.has(x)) {
      set.delete(x);
      members.delete(x);
    } else {
      set.add(x);
      members.add(x);
    }
    expect(set.has(x)).toBe(members.has(x));
    const plain = [...members].toSorted((a, b) => a - b).join();
    expect(texts.get(set.text()) ?? plain).toBe(plain);
    texts.set(set.text(), plain);
  }
  expect(new Set(texts.values()).size).toBe(texts.size);
});
