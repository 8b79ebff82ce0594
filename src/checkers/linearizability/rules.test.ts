/** Queues, sets, mutexes and texts as a person meets them: verdict, who judged, why. */
import { expect, test } from 'vitest';
import { checkHistory } from '../check.ts';
import { historyOf } from '../history.case.ts';
import type { Invalid } from '../verdict.ts';

const QUEUE = `
0 invoke enqueue 1
0 ok enqueue 1
1 invoke enqueue 2
1 ok enqueue 2
`;

test.each([
  [
    'queue',
    `${QUEUE}2 invoke dequeue\n2 ok dequeue 1\n3 invoke dequeue\n3 ok dequeue 2`,
    'queue 1 key',
  ],
  ['unordered-queue', `${QUEUE}2 invoke dequeue\n2 ok dequeue 2`, 'queue 1 key'],
  ['queue', `${QUEUE}2 invoke dequeue\n3 invoke dequeue\n3 ok dequeue 1`, 'queue 1 key'],
  ['set', '0 invoke add 1\n0 ok add 1\n1 invoke read\n1 ok read [1]', 'inclusion 1 key'],
  ['set', '0 invoke add 1\n0 ok add 1\n1 invoke remove 1\n1 ok remove 1', 'parts 1 key'],
  ['mutex', '0 invoke acquire\n0 ok acquire\n1 invoke acquire', 'frontier 1 key, widest 1'],
  [
    'append-kv',
    '0 invoke append "a"\n0 ok append "a"\n1 invoke get\n1 ok get "a"',
    'frontier 1 key, widest 1',
  ],
])('%s: %j is judged by %s', (model, text, checker) => {
  const verdict = checkHistory(historyOf(text.trim(), { model }), { checkers: ['linearizable'] });
  expect(verdict.checker).toBe(checker);
  expect(verdict.valid === false).toBe(false);
});

test.each([
  ['queue', `${QUEUE}2 invoke dequeue\n2 ok dequeue 2`, 'was never taken out'],
  [
    'queue',
    `${QUEUE}2 invoke dequeue\n2 ok dequeue 2\n2 invoke dequeue\n2 ok dequeue 1`,
    'the later element overtook the earlier one',
  ],
  [
    'queue',
    `${QUEUE}3 invoke enqueue 3\n3 ok enqueue 3\n4 invoke dequeue\n2 invoke dequeue\n2 ok dequeue 3`,
    'too few dequeues of unknown outcome had begun',
  ],
  [
    'queue',
    `${QUEUE}2 invoke dequeue\n2 ok dequeue`,
    'found the queue empty, but 1 had been put in',
  ],
  [
    'unordered-queue',
    `${QUEUE}3 invoke dequeue\n2 invoke dequeue\n2 ok dequeue`,
    'one of the elements 1 and 2 was inside',
  ],
  ['unordered-queue', `${QUEUE}2 invoke dequeue\n2 ok dequeue 3`, 'nobody ever wrote'],
  [
    'unordered-queue',
    `${QUEUE}2 invoke dequeue\n2 ok dequeue 2\n3 invoke dequeue\n3 ok dequeue 2`,
    'both took out 2, which was put in only once',
  ],
  [
    'queue',
    '2 invoke dequeue\n2 ok dequeue 1\n0 invoke enqueue 1\n0 ok enqueue 1',
    'began only at',
  ],
  [
    'set',
    '0 invoke add 1\n1 invoke add 2\n2 invoke read\n2 ok read [1]\n2 invoke read\n2 ok read [2]',
    'shows 1 and not 2',
  ],
  ['set', '0 invoke add 1\n0 ok add 1\n1 invoke read\n1 ok read []', 'can only have come later'],
  ['set', '1 invoke read\n1 ok read [7]', 'nobody ever wrote'],
  [
    'mutex',
    '0 invoke acquire\n0 ok acquire\n1 invoke acquire\n1 ok acquire',
    'can be put in an order',
  ],
])('%s: %j is invalid: %s', (model, text, why) => {
  const verdict = checkHistory(historyOf(text.trim(), { model }), { checkers: ['linearizable'] });
  expect(verdict.valid).toBe(false);
  expect((verdict as Invalid).anomalies[0]?.why).toContain(why);
});

test.each([
  ['0 invoke cas [1,2]\n0 fail cas [1,2]', 'ignore', 'unknown'],
  ['0 invoke cas [0,2]\n0 fail cas [0,2]', 'observed', false],
  ['0 invoke cas [1,2]\n0 fail cas [1,2]', 'observed', true],
] as const)('a failed cas %j, %s: %s', (text, failedCas, valid) => {
  const verdict = checkHistory(historyOf(text, { initial: 0, model: 'cas-register' }), {
    failedCas,
  });
  expect(verdict.valid).toBe(valid);
});

test('a long failing history of few values is explained by a stretch, whatever came before', () => {
  const lines = [];
  for (let i = 0; i < 2000; i++) {
    const [p, v] = [i % 4, i % 3];
    lines.push(
      `${p} invoke write ${v}`,
      `${p} ok write ${v}`,
      `${p} invoke read`,
      `${p} ok read ${v}`,
    );
  }
  lines.push('0 invoke read', '0 ok read 0');
  const verdict = checkHistory(historyOf(lines.join('\n'), { initial: 0 }));
  expect(verdict.valid).toBe(false);
  const [anomaly] = (verdict as Invalid).anomalies;
  expect(anomaly?.operations.length).toBeLessThan(4);
  expect(anomaly?.detail).toMatchObject({ algorithm: 'frontier', confirmed: true, states: [1] });
});

test('only the verdict: the same, without linearization, planted violations and shrinking', () => {
  const good = historyOf('0 invoke write 1\n0 ok write 1\n0 invoke read\n0 ok read 1', {
    initial: 0,
  });
  const verdict = checkHistory(good, { verdictOnly: true });
  expect(verdict).toMatchObject({ valid: true, checker: 'zones 1 key' });
  expect(verdict).not.toHaveProperty('power');
  expect(verdict).not.toHaveProperty('linearization');
  const bad = historyOf('0 invoke write 1\n0 ok write 1\n0 invoke read\n0 ok read 2', {
    initial: 0,
  });
  expect(checkHistory(bad, { verdictOnly: true })).toMatchObject({
    valid: false,
    anomalies: [{ detail: { confirmed: false } }],
  });
});
