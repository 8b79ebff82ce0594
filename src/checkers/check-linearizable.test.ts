import { expect, test } from 'vitest';
import { checkLinearizable } from './check-linearizable.ts';
import { explain } from './explain.ts';
import { historyOf } from './history.case.ts';

const STALE = `
  0 invoke write 1
  0 ok write 1
  1 invoke read
  1 ok read 0`;

test('a failure is explained by key, reason and events', () => {
  const verdict = checkLinearizable(historyOf(STALE), 'register', { init: 0 });
  expect(explain(verdict)).toBe(
    [
      'invalid: nonlinearizable on key 1',
      '  read by process 1 returned 0. But write 1 by process 0 had ended 0.001 ms before it began, and that value had been there from the start: from then on the earlier value can no longer be seen.',
      '  events: 0, 2',
    ].join('\n'),
  );
});

test('a pass and a doubt fit on a line', () => {
  const good = historyOf(STALE.replace('read 0', 'read 1'));
  expect(explain(checkLinearizable(good, 'register'))).toBe(
    'valid: 2 operations on 1 key, zones 1 key',
  );
  const one = historyOf('0 invoke cas [null,1]\n0 ok cas [null,1]');
  expect(explain(checkLinearizable(one, 'cas-register'))).toMatch(/weak/);
  expect(explain(checkLinearizable(historyOf(''), 'register'))).toBe(
    'unknown (nothing-to-check): The history holds no operation.',
  );
});

test('limits are those of the search', () => {
  const busy = Array.from({ length: 9 }, (_, p) => `${p} invoke write ${p % 3}`);
  const done = busy.map((line) => line.replace('invoke', 'ok'));
  const repeated = historyOf([...busy, '9 invoke read', '9 ok read 2', ...done].join('\n'));
  expect(checkLinearizable(repeated, 'register', { init: 0, steps: 1 })).toMatchObject({
    valid: 'unknown',
    reason: 'budget',
  });
});
