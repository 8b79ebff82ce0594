import { wrap } from '../base/wrap.ts';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { checkHistory } from '../checkers/check.ts';
import { historyOf } from '../checkers/history.case.ts';
import type { Verdict } from '../checkers/verdict.ts';
import type { History, NemesisEvent } from '../history/event.ts';
import { faultsNear } from './faults-near.ts';
import { cut, labelled, wantsColor } from './text.ts';
import { verdictLine, verdictText } from './verdict-text.ts';

const STALE = `
  0 invoke write 4
  0 ok write 4
  1 invoke write 9
  1 ok write 9
  2 invoke read
  2 ok read 4`;

function nemesis(f: string, time: number, links: [string, string][] = []): NemesisEvent {
  const value = { id: 1, shape: 'one', nodes: ['n1'], links };
  return { index: time, process: 'nemesis', type: 'info', f, value, time };
}

const textOf = (history: History, more: readonly (readonly [string, string])[] = []): string =>
  verdictText({ verdict: checkHistory(history), history, more });

describe('a failure', () => {
  test('is drawn, explained, and tells what fault was near', () => {
    const history = {
      ...historyOf(STALE),
      nemesis: [
        nemesis('start partition', 1500, [
          ['n1', 'n2'],
          ['n2', 'n1'],
          ['n1', 'n3'],
        ]),
        nemesis('stop partition', 3500),
      ],
    };
    expect(textOf(history, [['again', 'hermes fuzz --seed 4']])).toMatchInlineSnapshot(`
      "✘ invalid   key 1: no order of its operations explains what clients saw

               ms  process 0             process 1             process 2
            0.000  write 4        ─┐
            0.001  ok             ─┘
            0.002                        write 9        ─┐
            0.003                        ok             ─┘
            0.004                                              read           ─┐
            0.005                                              4              ─┘ ✘

        read by process 2 returned 4. But write 9 by process 1 had ended 0.001 ms
        before it began, and write 4 by process 0 had ended before write 9 began: from
        then on the earlier value can no longer be seen.
        3 of 3 operations on this key suffice to show it (a second checker agrees).
        near it      partition one n1↔n2 n1→n3 from 0.002 to 0.004

        checked      zones 1 key
        again        hermes fuzz --seed 4
        words        hermes help linearizable"
    `);
  });

  test('of many processes is listed, of an outcome that nobody knows dotted', () => {
    const many = historyOf(`
      0 invoke write 1
      0 ok write 1
      1 invoke write 2
      1 info write 2
      2 invoke read
      2 ok read 2
      3 invoke read
      3 ok read 1`);
    expect(textOf(many)).toMatchInlineSnapshot(`
      "✘ invalid   key 1: no order of its operations explains what clients saw

               ms  process 0       process 1       process 2       process 3
            0.000  write 1     ─┐
            0.001  ok          ─┘
            0.002                  write 2     ┄┐
            0.003                  unknown     ┄┘
            0.004                                  read        ─┐
            0.005                                  2           ─┘
            0.006                                                  read        ─┐
            0.007                                                  1           ─┘ ✘

        ┄ it may or may not have happened: there is no order either way.

        read by process 3 returned 1. But read by process 2, which returned 2, had
        ended 0.001 ms before it began, and write 1 by process 0 had ended before that
        read began: from then on the earlier value can no longer be seen.
        3 of 4 operations on this key suffice to show it, with 1 that may or may not
        have happened (a second checker agrees).

        checked      zones 1 key
        words        hermes help linearizable"
    `);
    const counters = historyOf(
      [5, 6, 7, 8, 9].map((p) => `${p} invoke cas [${p},1]\n${p} ok cas [${p},1]`).join('\n'),
    );
    const all = { type: 'nonlinearizable', key: 1, why: 'All of it.', operations: [0, 2, 4, 6, 8] };
    const verdict: Verdict = {
      valid: false,
      checker: 'wgl 1 key',
      operations: 5,
      keys: 1,
      anomalies: [all, all, all],
    };
    expect(verdictText({ verdict, history: counters })).toMatchInlineSnapshot(`
      "✘ invalid   key 1: no order of its operations explains what clients saw

        0.000 to 0.001           process 5       cas 5 → 1 → ok
        0.002 to 0.003           process 6       cas 6 → 1 → ok
        0.004 to 0.005           process 7       cas 7 → 1 → ok
        0.006 to 0.007           process 8       cas 8 → 1 → ok
      ✘ 0.008 to 0.009           process 9       cas 9 → 1 → ok

        All of it.

      ✘ invalid   key 1: no order of its operations explains what clients saw

        0.000 to 0.001           process 5       cas 5 → 1 → ok
        0.002 to 0.003           process 6       cas 6 → 1 → ok
        0.004 to 0.005           process 7       cas 7 → 1 → ok
        0.006 to 0.007           process 8       cas 8 → 1 → ok
      ✘ 0.008 to 0.009           process 9       cas 9 → 1 → ok

        All of it.

        and          1 more anomaly (--json names them all)
        checked      wgl 1 key
        words        hermes help linearizable"
    `);
  });

  test('of the replicas, or a crash, has no drawing', () => {
    const verdict: Verdict = {
      valid: false,
      checker: 'divergent 1 key',
      operations: 0,
      keys: 1,
      anomalies: [
        { type: 'divergent', key: 3, why: 'They differ.', operations: [] },
        {
          type: 'crash',
          why: 'n2 ended.',
          operations: [],
          detail: { node: 'n2', log: ['a', 'b'] },
        },
        { type: 'G1a', why: 'Dirty.', operations: [] },
      ],
    };
    expect(verdictText({ verdict, history: historyOf('') })).toMatchInlineSnapshot(`
      "✘ invalid   key 3: the replicas differ after all faults were healed

        They differ.

      ✘ invalid   n2 crashed

        n2 ended.
          a
          b

        and          1 more anomaly (--json names them all)
        checked      divergent 1 key
        words        hermes help divergent · hermes help crash"
    `);
    expect(verdictLine(verdict)).toBe(
      '✘ invalid   key 3: the replicas differ after all faults were healed, and 2 more',
    );
    expect(verdictLine({ ...verdict, anomalies: [] })).toBe('✘ invalid   an anomaly');
  });
});

test('a pass says what was checked and what it is worth', () => {
  const good = historyOf(STALE.replace('read 4', 'read 9'));
  expect(textOf(good)).toMatchInlineSnapshot(`
    "✔ valid   3 operations on 1 key are linearizable
      checked      zones 1 key; linearization found and verified
      power        2 of 2 planted violations would have been found
      words        hermes help linearizable"
  `);
  const weak = historyOf('0 invoke cas [null,1]\n0 ok cas [null,1]');
  expect(textOf(weak)).toMatch(/weak {9}no violation/);
  expect(verdictLine(checkHistory(weak))).toMatch(/\(weak\)$/);
  const replicas: Verdict = { valid: true, checker: 'divergent 2 keys', operations: 0, keys: 2 };
  expect(verdictText({ verdict: { ...replicas, checkMs: 3 }, history: weak })).toBe(
    '✔ valid   the replicas agree on 2 keys\n  checked      3 ms, divergent 2 keys',
  );
});

test('what is unknown says why, and how much was decided', () => {
  expect(textOf(historyOf(''))).toMatchInlineSnapshot(`
    "? unknown   The history holds no operation.
      words        hermes help unknown"
  `);
  const verdict: Verdict = {
    valid: 'unknown',
    checker: 'zones 9 keys; wgl 1 key',
    operations: 2000,
    keys: 10,
    reason: 'budget',
    why: 'Key 1: the search reached its limit of number of steps at the end of the read of event 1802, where 41 operations were open at once.',
    detail: { decided: 9 },
  };
  expect(verdictText({ verdict, history: historyOf('') })).toMatchInlineSnapshot(`
    "? unknown   Key 1: the search reached its limit of number of steps at the end of
                the read of event 1802, where 41 operations were open at once.
      decided      9 of 10 keys (zones 9 keys; wgl 1 key)
      words        hermes help unknown"
  `);
  expect(verdictLine(verdict)).toMatch(/^\? unknown {3}budget: Key 1/);
  const { detail: _, ...whole } = { ...verdict, reason: 'fault-not-applied', checkMs: 14 } as const;
  expect(verdictText({ verdict: whole, history: historyOf('') })).toContain(
    '  checked      14 ms, zones 9 keys; wgl 1 key\n',
  );
});

test('no line is wider than 80 columns, and colour adds nothing but colour', () => {
  const history = historyOf(STALE);
  const verdict = checkHistory(history);
  const plain = verdictText({ verdict, history });
  const painted = verdictText({ verdict, history, color: true });
  expect(painted).not.toBe(plain);
  expect(stripVTControlCharacters(painted)).toBe(plain);
  for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('faults are near when they overlap or almost do, nearest first', () => {
  const history = {
    ...historyOf(''),
    nemesis: [
      nemesis('start pause', 0),
      nemesis('stop pause', 1e9),
      { ...nemesis('start kill', 9e9), value: { id: 2, nodes: ['n3'], links: [] } },
      { ...nemesis('odd', 9e9), f: 'odd' },
    ],
  };
  expect(faultsNear(history, [1.2e9])).toEqual(['pause one {n1} from 0.000 to 1000.000']);
  expect(faultsNear(history, [10e9])).toEqual(['kill {n3} from 9000.000 on']);
  expect(faultsNear(history, [3e9])).toEqual([]);
  expect(faultsNear(history, [])).toEqual([]);
  const links = Array.from({ length: 7 }, (_, i): [string, string] => [`n${i}`, 'n9']);
  const wide = { ...history, nemesis: [nemesis('start partition', 5, links)] };
  expect(faultsNear(wide, [5])[0]).toMatch(/on 7 links/);
});

test('numbers and words fit', () => {
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(wrap('a bb ccc', 4)).toEqual(['a bb', 'ccc']);
  expect(labelled(['a label that is long', 'x'])).toEqual(['  a label that is long x']);
  expect(wantsColor({ isTTY: true }, {})).toBe(true);
  expect(wantsColor({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColor({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(wantsColor({}, {})).toBe(false);
});
