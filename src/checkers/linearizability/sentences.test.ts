/** Each kind of conflict, from a history that has it to the sentence. */
import { describe, expect, test } from 'vitest';
import { checkHistory } from '../check.ts';
import { historyOf } from '../history.case.ts';
import { naming, show, subject, told } from './sentences.ts';
import { culpritOf, rowsOf } from './conflict.ts';

/** Kind and reason of the first anomaly. */
function reason(text: string, initial: number | null = null): [unknown, string] {
  const verdict = checkHistory(historyOf(text, { initial }), { verify: true });
  if (verdict.valid !== false) throw new Error(String(verdict.valid));
  const [anomaly] = verdict.anomalies;
  expect(anomaly?.detail?.['confirmed']).toBe(true);
  return [anomaly?.detail?.['conflict'], anomaly?.why ?? ''];
}

describe('registers', () => {
  test('a value from nowhere', () => {
    expect(reason('0 invoke read\n0 ok read 7')).toEqual([
      'phantom',
      'read by process 0 returned 7, but nobody ever wrote that to this key.',
    ]);
    expect(reason('1 invoke cas [3,4]\n1 ok cas [3,4]')).toEqual([
      'phantom',
      'cas 3 → 4 by process 1 replaced the value 3, but nobody ever wrote that to this key.',
    ]);
  });

  test('a value whose write failed', () => {
    const text =
      '1 invoke cas [1,7]\n1 fail cas [1,7]\n0 invoke cas [2,3]\n0 fail cas [2,3] observed=7';
    expect(reason(text)).toEqual([
      'phantom',
      'cas 2 → 3 by process 0 found 7 instead, but cas 1 → 7 by process 1 failed: its client was told that it did not happen.',
    ]);
    expect(reason('1 invoke write 7\n1 fail write 7\n0 invoke read\n0 ok read 7')[1]).toMatch(
      /but write 7 by process 1 failed/,
    );
  });

  test('a lost update', () => {
    const text = `
      0 invoke cas [null,1]
      1 invoke getset 2
      0 ok cas [null,1]
      1 ok getset 2 result=null`;
    expect(reason(text)).toEqual([
      'consumed-twice',
      'cas nil → 1 by process 0 and getset 2 by process 1 both replaced the value nil, which was there only once: one of the two updates was lost.',
    ]);
  });

  test('a circle', () => {
    const text = '0 invoke cas [2,1]\n1 invoke cas [1,2]\n0 ok cas [2,1]\n1 ok cas [1,2]';
    expect(reason(text)).toEqual([
      'cycle',
      'cas 1 → 2 by process 1 and cas 2 → 1 by process 0 each replaced the value that the one before made, in a circle: none of them can have been the first.',
    ]);
  });

  test('a value before it was written', () => {
    const text = '0 invoke read\n0 ok read 1\n1 invoke write 1\n1 ok write 1';
    expect(reason(text)).toEqual([
      'inverted',
      'read by process 0 returned 1. But write 1 by process 1, the only one to make that value, began only at 0.002 ms, after the read had ended at 0.001 ms.',
    ]);
  });

  test('a value before the one that leads to it', () => {
    const text = `
      0 invoke cas [1,2]
      1 invoke read
      1 ok read 2
      2 invoke write 1
      2 ok write 1
      0 ok cas [1,2]`;
    expect(reason(text)).toEqual([
      'inverted',
      'read by process 1 returned 2. The values put write 1 by process 2 (through cas 1 → 2) before it, but that began only at 0.003 ms, after the read had ended at 0.002 ms.',
    ]);
    expect(
      reason('0 invoke cas [null,1]\n0 ok cas [null,1]\n1 invoke read\n1 ok read null')[1],
    ).toBe(
      'read by process 1 returned nil. But cas nil → 1 by process 0, which replaced that value, had ended 0.001 ms before it began.',
    );
  });

  test('an older value after a newer one was seen', () => {
    const text = `
      0 invoke write 1
      0 ok write 1
      1 invoke write 2
      2 invoke read
      2 ok read 2
      3 invoke read
      3 ok read 1
      1 ok write 2`;
    expect(reason(text)).toEqual([
      'interleaved',
      'read by process 3 returned 1. But read by process 2, which returned 2, had ended 0.001 ms before it began, and write 1 by process 0 had ended before that read began: from then on the earlier value can no longer be seen.',
    ]);
  });

  test('two values that both would have to be over first', () => {
    const text = `
      0 invoke write 1
      1 invoke write 2
      2 invoke read
      2 ok read 1
      3 invoke read
      3 ok read 2
      2 invoke read
      2 ok read 1
      3 invoke read
      3 ok read 2
      0 ok write 1
      1 ok write 2`;
    const [kind, why] = reason(text);
    expect(kind).toBe('interleaved');
    expect(why).toMatch(/from then on the earlier value|each of the two values/);
  });

  test('what the search says', () => {
    const text = `
      0 invoke write 1
      0 ok write 1
      0 invoke write 1
      0 ok write 1
      1 invoke read
      1 ok read 2`;
    expect(reason(text)).toEqual([
      'exhausted',
      'All events before the end of read by process 1 can be put in an order, but none in which it returned 2.',
    ]);
  });
});

describe('counters', () => {
  test('a value that no number of adds makes', () => {
    const text = '0 invoke add 5\n0 ok add 5 result=5\n1 invoke read\n1 ok read 7';
    expect(reason(text)).toEqual([
      'no-place',
      'read by process 1 returned 7, which no number of the operations on this key makes.',
    ]);
  });

  test('more adds seen than called', () => {
    const text = '0 invoke add 1\n1 invoke read\n1 ok read 1\n1 invoke read\n1 ok read 2';
    expect(reason(text)).toEqual([
      'too-few',
      'read by process 1 returned 2, which takes 2 updates; but when it ended only 1 that can stand there had ever been called.',
    ]);
  });

  test('a sum that goes back', () => {
    const text = `
      0 invoke add 1
      0 ok add 1 result=1
      1 invoke read
      1 ok read null`;
    expect(reason(text)).toEqual([
      'inverted',
      'read by process 1 returned nil. But add 1 by process 0, which was answered with 1 and can only have come later, had ended 0.001 ms before it began.',
    ]);
  });
});

describe('lists', () => {
  test('two reads that contradict each other', () => {
    const text = `
      0 invoke append "a"
      1 invoke append "b"
      2 invoke read
      2 ok read ["a"]
      3 invoke read
      3 ok read ["b","a"]`;
    expect(reason(text)).toEqual([
      'forked',
      'read by process 3 returned ["b" "a"], and read by process 2 returned ["a"]: at place 1 the first shows "b", the second "a", and lists only grow, so the two cannot both have been there at any two times.',
    ]);
  });

  test('an answer that a read contradicts', () => {
    const text = `
      0 invoke append "a"
      0 ok append "a" result=2
      1 invoke append "b"
      1 ok append "b" result=1
      2 invoke read
      2 ok read ["a","b"]`;
    expect(reason(text)).toEqual([
      'wrong-answer',
      'append "a" by process 0 was told that its element stands at place 2, but read by process 2 shows "b" there.',
    ]);
    const beyond = '0 invoke append "a"\n0 ok append "a" result=2\n2 invoke read\n2 ok read ["a"]';
    expect(reason(beyond)[1]).toMatch(/shows a list of 1/);
  });

  test('an element from nowhere, and something that is no list', () => {
    expect(reason('0 invoke append "a"\n0 ok append "a"\n1 invoke read\n1 ok read ["x"]')[0]).toBe(
      'phantom',
    );
    expect(reason('0 invoke append "a"\n0 ok append "a"\n1 invoke read\n1 ok read "x"')[0]).toBe(
      'no-place',
    );
    expect(reason('0 invoke append "a"\n0 ok append "a" result=0')[0]).toBe('no-place');
    expect(
      reason('0 invoke append "a"\n0 ok append "a"\n1 invoke read\n1 ok read ["a","a"]')[0],
    ).toBe('phantom');
    const short =
      '0 invoke append "a"\n1 invoke read\n1 ok read ["x"]\n2 invoke read\n2 ok read ["a","b"]';
    expect(reason(`3 invoke append "b"\n${short}`)[0]).toBe('phantom');
  });

  test('an unseen append that ended before the last read began, and one place twice', () => {
    const unseen = `
      0 invoke append "a"
      0 ok append "a"
      1 invoke read
      1 ok read []`;
    expect(reason(unseen)[0]).toBe('inverted');
    const twice = `
      0 invoke append "a"
      0 ok append "a" result=1
      1 invoke append "b"
      1 ok append "b" result=1`;
    expect(reason(twice)[0]).toBe('same-answer');
  });
});

test('operations and values in few words', () => {
  const base = { index: 0, process: 1, type: 'invoke' as const, key: 1, time: 0 };
  const call = (f: string, value: number | readonly number[] | null, node?: string) => ({
    invoke: { ...base, f, value, ...(node !== undefined && { node }) },
    end: undefined,
    call: 0,
    ret: 0,
  });
  expect(naming(call('delete', null))).toBe('delete');
  expect(naming(call('cas', 3))).toBe('cas 3');
  expect(subject(call('write', 1, 'n2'))).toBe('write 1 by process 1 on n2');
  expect(told(call('write', 1))).toBe('took effect');
  expect(show('x'.repeat(40))).toBe(`"${'x'.repeat(19)}…"`);
  expect(show({ b64: 'AA==' })).toBe('{"b64":"AA=="}');
  expect(show(Array.from({ length: 20 }, (_, i) => i))).toBe(
    '[… 9 10 11 12 13 14 15 16 17 18 19] (20 elements)',
  );
});

test('rows of a conflict, and where to look first', () => {
  const ends = { early: 1, late: 2 };
  const conflict = {
    kind: 'interleaved',
    first: ends,
    second: { early: undefined, late: 3 },
    links: [4],
  } as const;
  expect(rowsOf(conflict)).toEqual([4, 1, 2, 3]);
  expect(culpritOf([], conflict)).toBe(3);
  expect(culpritOf([], { ...conflict, second: { early: 3, late: 3 } })).toBe(2);
  expect(rowsOf({ kind: 'cycle', ops: [5, 6] })).toEqual([5, 6]);
  expect(rowsOf({ kind: 'wrong-answer', op: 1, read: 2 })).toEqual([2, 1]);
});
