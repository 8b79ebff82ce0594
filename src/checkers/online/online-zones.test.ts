/** What looks wrong while something is open may be explained by who writes a value again. */
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../history/event.ts';
import { callsByKey } from '../calls.ts';
import { bruteForce } from '../linearizability/brute-force.ts';
import { builtInModel } from '../models/models.ts';
import { Follower } from './follower.ts';

type Step = readonly [process: number, f: 'read' | 'write', value: number, type: 'invoke' | 'ok'];

function events(steps: readonly Step[]): HistoryEvent[] {
  return steps.map(([process, f, value, type], index) => ({
    index,
    process,
    type,
    f,
    key: 1,
    value: f === 'read' && type === 'invoke' ? null : value,
    time: index,
  }));
}

/** A read of 1 is open while 4 is read; who writes 1 again is called after that. */
const OPEN: readonly Step[] = [
  [1, 'write', 1, 'invoke'],
  [2, 'write', 4, 'invoke'],
  [2, 'write', 4, 'ok'],
  [2, 'read', 1, 'invoke'],
  [1, 'write', 1, 'ok'],
  [1, 'read', 4, 'invoke'],
  [1, 'read', 4, 'ok'],
];
const AGAIN: readonly Step[] = [
  [4, 'write', 1, 'invoke'],
  [4, 'write', 1, 'ok'],
];
const END: readonly Step[] = [[2, 'read', 1, 'ok']];

test.each([
  ['a second writer explains it', [...OPEN, ...AGAIN, ...END], true],
  ['nobody writes it again', [...OPEN, ...END], false],
  ['too late', [...OPEN, ...END, ...AGAIN], false],
])('%s', (_, steps, linearizable) => {
  const all = events(steps);
  const { calls } = callsByKey(all)[0] ?? { calls: [] };
  expect(bruteForce(calls, builtInModel('register', calls, 2))).toBe(linearizable);
  const follower = new Follower({ hermes: 1, initial: 2 });
  for (const event of all) follower.take(event);
  follower.finish();
  expect(follower.violation === undefined).toBe(linearizable);
});
