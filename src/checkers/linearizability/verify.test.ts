import { expect, test } from 'vitest';
import { callsByKey } from '../calls.ts';
import { eventsOf } from '../history.case.ts';
import { registerModel } from '../models/register.ts';
import { verifyLinearization } from './verify.ts';

const calls =
  callsByKey(
    eventsOf(`
      0 invoke write 1
      1 invoke write 2
      0 ok write 1
      2 invoke read
      2 ok read 1
      1 info write 2
      3 invoke write 3
      3 fail write 3
      4 invoke cas [7,8]
      4 fail cas [7,8] observed=1`),
  )[0]?.calls ?? [];
const model = registerModel({ initial: null, nullIsZero: false });
const verify = (...order: number[]) => verifyLinearization(calls, order, model);

test('an order that explains everything is accepted, with or without what may have happened', () => {
  expect(verify(0, 2, 4)).toBeUndefined();
  expect(verify(1, 0, 2, 4)).toBeUndefined();
  expect(verify(0, 2, 4, 1)).toBeUndefined();
});

test.each([
  [[0, 2], 'operation 4 is missing'],
  [[0, 4], 'operation 2 is missing'],
  [[2, 4], 'read (event 3) could not have had its answer there'],
  [[0, 0, 2, 4], 'write (event 0) stands there twice'],
  [[0, 1, 2, 4], 'read (event 3) could not have had its answer there'],
  [[0, 2, 3, 4], 'write (event 6) failed, and stands there'],
  [[0, 4, 2], 'read (event 3) ended before something placed before it was called'],
  [[0, 2, 4, 9], 'there is no operation 9'],
])('%j is refused', (order, why) => {
  expect(verify(...order)).toBe(why);
});
