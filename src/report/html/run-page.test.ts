import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../history/event.ts';
import type { VerdictDocument } from '../../run/results.ts';
import { figureInput } from '../figure/run.case.ts';
import type { ReportInput } from './report-input.ts';
import { runPage } from './run-page.ts';

const VALID: VerdictDocument = {
  valid: true,
  anomalies: [],
  ops: 2000,
  keys: 10,
  checker: 'zones 10 keys',
  checkMs: 14,
  evidence: [],
  power: { planted: 18, found: 18 },
};

function input(verdict: VerdictDocument, more: Partial<ReportInput> = {}): ReportInput {
  const { history: answers, samples } = figureInput();
  const history = {
    ...answers,
    events: answers.events.flatMap(withInvocation).toSorted((a, b) => a.time - b.time),
  };
  return { name: 'a run', history, samples, verdict, again: 'hermes fuzz --seed 7', ...more };
}

/** Asked a millisecond before; a process for each. */
function withInvocation(end: HistoryEvent, i: number): HistoryEvent[] {
  const { f, key, value, node, time } = end;
  const of = { index: 2 * i, process: i, f, key, value, node };
  return [
    { ...of, type: 'invoke', time: time - 1e6 } as HistoryEvent,
    { ...end, index: 2 * i + 1, process: i },
  ];
}

const EMPTY = new Set(['meta', 'br']);

/** Throws unless every element ends where it must. Scripts and styles aside. */
function elements(page: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const bare = page
    .replace(/^<!doctype html>/, '')
    .replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, '<$1></$1>');
  for (const [, close, name = '', rest = ''] of bare.matchAll(/<(\/?)([\w-]+)([^>]*)>/g)) {
    if (close === '/') expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (!rest.endsWith('/') && !EMPTY.has(name)) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return names;
}

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&`;

/** c1 reads `value` although `write 9` had ended before. */
function stale(value: string, more: Partial<HistoryEvent> = {}): HistoryEvent[] {
  const rows: [number, HistoryEvent['type'], string, HistoryEvent['value'], number][] = [
    [0, 'invoke', 'write', value, 1],
    [0, 'ok', 'write', value, 2],
    [0, 'invoke', 'write', 9, 3],
    [0, 'ok', 'write', 9, 4],
    [1, 'invoke', 'read', null, 5],
    [1, 'ok', 'read', value, 6],
    [2, 'invoke', 'write', 5, 5.2],
    [2, 'info', 'write', 5, 7],
  ];
  return rows
    .toSorted((a, b) => a[4] - b[4])
    .map(([process, type, f, v, ms], index) => {
      const error = type === 'info' ? { error: HOSTILE } : {};
      return { index, process, type, f, key: 3, value: v, time: ms * 1e6, ...error, ...more };
    }) as HistoryEvent[];
}

const INVALID: VerdictDocument = {
  ...VALID,
  valid: false,
  anomalies: [
    {
      type: 'nonlinearizable',
      key: 3,
      why: `read returned ${HOSTILE}`,
      operations: [0, 2, 4],
      optional: [5],
      detail: { of: 4, confirmed: true, states: [9] },
    },
  ],
};

test('says in words what was found, and holds every part', () => {
  const page = runPage(input(VALID));
  const names = elements(page);
  expect(page).toContain('valid: 2,000 operations on 10 keys are linearizable');
  expect(page).toContain('18 of 18 violations planted');
  expect(page).toContain('hermes fuzz --seed 7');
  for (const part of ['The run over time', '<h2>Operations', '<h2>Errors', '<h2>Nodes'])
    expect(page).toContain(part);
  expect(names.filter((name) => name === 'script')).toHaveLength(1);
  expect(page).toContain('kill one {n2}');
  expect(page).toMatch(/class="dots fail" d="M[^"]+v-4/);
  expect(runPage(input(VALID))).toBe(page);
  expect(page.split('<script>')[0]).not.toMatch(/NaN|undefined|Infinity|\[object/);
});

test('a node that says nothing shows no lease', () => {
  const { samples } = figureInput();
  const lease = { time: 0, type: 'lease', node: 'n2', held: true };
  const page = runPage(input(VALID, { samples: [lease, ...samples] }));
  const drawn = [...page.matchAll(/class="lease" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
  const plot = 960 - 68 - 20;
  expect(drawn.map(([, x]) => Math.round(((Number(x) - 68) * 60) / plot))).toEqual([0, 40]);
  expect(drawn.map(([, , w]) => Math.round((Number(w) * 60) / plot))).toEqual([21, 20]);
});

test('asks the network for nothing, and lets no other script run', () => {
  const page = runPage(input(VALID));
  expect(page).not.toMatch(/\b(src|href)=/);
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(page) ?? [];
  expect(page).toContain(createHash('sha256').update(script).digest('base64'));
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|@import|url\((?!#)/,
  );
  expect(page).toMatch(
    /default-src &apos;none&apos;;[^"]*script-src &apos;sha256-[\w+/=]{44}&apos;/,
  );
});

test('an invalid history: the window, a row per process, the operation that cannot be placed', () => {
  const history = { header: { hermes: 1 } as const, events: stale('x'), nemesis: [] };
  const page = runPage(input(INVALID, { history, samples: [] }));
  elements(page);
  expect(page).toContain('key 3: no order of its operations explains what clients saw');
  const bars = [
    ...page.matchAll(/<g class="(op [^"]*)" data-op="\d+" tabindex="0"><title>([^<]*)</g),
  ];
  expect(bars.map(([, classes]) => classes)).toEqual([
    'op strong',
    'op strong',
    'op strong marked',
    'op optional open',
  ]);
  expect(bars[2]?.[2]).toContain(
    'read → &quot;x&quot;, from 5.000 ms to 6.000 ms (1 ms). It cannot be placed',
  );
  expect(page.match(/class="node"[^>]*>process \d</g)).toHaveLength(3);
  expect(page).toContain('leaves <code>9</code>');
  expect(bars[2]?.[2]).toContain('Every order of the others leaves 9');
  expect(elements(page).filter((name) => name === 'input')).toHaveLength(1);
  expect(page.match(/data-answered="\d*"/g)).toEqual(
    ['', 0, 2, 4].map((event) => `data-answered="${event}"`),
  );
  const [first, , read] = [
    ...page.matchAll(
      /<g class="op strong[^>]*><title>[^<]*<\/title>\s*<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g,
    ),
  ];
  expect(Number(read?.[1])).toBeGreaterThan(Number(first?.[1]));
  expect(Number(read?.[2])).toBeCloseTo(Number(first?.[2]), 0);
});

test('values of a history are text wherever they stand', () => {
  const events = stale(HOSTILE, { node: HOSTILE });
  const nemesis = figureInput().history.nemesis.map((event) => ({
    ...event,
    value: { ...event.value, nodes: [HOSTILE], shape: HOSTILE },
  }));
  const history = {
    header: { hermes: 1, workload: HOSTILE, nodes: [HOSTILE] } as const,
    events,
    nemesis,
  };
  const samples = figureInput().samples.map((sample) => ({
    ...sample,
    node: HOSTILE,
    state: HOSTILE,
  }));
  const verdict = { ...INVALID, checker: HOSTILE };
  const page = runPage({
    name: HOSTILE,
    history,
    samples,
    verdict,
    again: HOSTILE,
    notes: [HOSTILE],
  });
  const names = elements(page);
  expect(names.filter((name) => name === 'script')).toHaveLength(1);
  expect(names).not.toContain('img');
  expect(page).not.toMatch(/<[^>]*onerror=/);
});

test('unknown, transactions, logs and nothing at all', () => {
  const unknown = {
    ...VALID,
    valid: 'unknown',
    reason: 'time',
    why: 'it took too long: 60 s. Try more.',
  } as const;
  const history = { header: { hermes: 1 } as const, events: [], nemesis: [] };
  const page = runPage(input(unknown, { history, samples: [] }));
  elements(page);
  expect(page).toContain('</span> unknown: it took too long</h1>');
  expect(page.split('<script>')[0]).not.toMatch(/NaN|undefined|Infinity/);
  const anomaly = (type: string, detail: Record<string, unknown>) => ({
    type,
    why: 'because',
    operations: [],
    detail,
  });
  const found = {
    ...INVALID,
    anomalies: [
      anomaly('G-single', {
        transactions: [{ name: 'T1', event: 4, text: '[r 1 <2>]' }],
        cycle: [{ why: 'T1 < T2' }],
      }),
      anomaly('crash', { node: 'n1', log: ['<boom>'] }),
      ...Array.from({ length: 300 }, () => anomaly('divergent', {})),
    ],
  };
  const many = runPage(input(found));
  elements(many);
  expect(many).toContain('[r 1 &lt;2&gt;]');
  expect(many).toContain('<li>T1 &lt; T2</li>');
  expect(many).toContain('&lt;boom&gt;');
  expect(many).toContain('and 94 more');
});

test('a history without times is shown in the order of its events', () => {
  const events = stale('4').map((event) => ({ ...event, time: 0 }));
  const history = { header: { hermes: 1 } as const, events, nemesis: [] };
  const page = runPage(input(INVALID, { history, samples: [] }));
  elements(page);
  expect(page).toContain('events, by their numbers: the history has no times');
  expect(page).toContain('from event 4 to event 6');
  expect(page).not.toMatch(/The run over time|median|0\.000 ms/);
  const timed = runPage(
    input(INVALID, { history: { ...history, events: stale('4') }, samples: [] }),
  );
  expect(timed).toContain('The run over time');
  expect(timed).toContain('milliseconds since the first operation');
});

test('a drawing explains the signs that stand in it, and no others', () => {
  const history = { header: { hermes: 1 } as const, events: stale('4'), nemesis: [] };
  const page = runPage(input(INVALID, { history, samples: [] }));
  expect(page).toContain('✘ it cannot be placed');
  expect(page).not.toContain('mismatch: a compare-and-set met');
  expect(page).not.toContain('the node holds a lease');
});

test('the size does not follow the number of operations', () => {
  const events = (n: number): HistoryEvent[] =>
    Array.from({ length: 2 * n }, (_, i) => ({
      index: i,
      process: i >> 1,
      type: i % 2 === 0 ? 'invoke' : 'ok',
      f: 'write',
      key: i % 7,
      value: i,
      node: `n${(i >> 1) % 5}`,
      time: (i >> 1) * 1e6 + (i % 2) * (1e5 + ((i * 7919) % 1e7)),
    }));
  const size = (n: number): number =>
    runPage(
      input(VALID, {
        history: { header: { hermes: 1 }, events: events(n), nemesis: [] },
        samples: [],
      }),
    ).length;
  expect(size(100_000)).toBeLessThan(600e3);
});

test('nor does that of an invalid one, however wide, long and wordy it is', () => {
  const word = (n: number): string => `${n}-${'word '.repeat(200)}`;
  const events = Array.from({ length: 20_000 }, (_, i): HistoryEvent => {
    const n = i >> 1;
    const common = { index: i, process: n % 200, f: 'write', key: 3, value: word(n) };
    return { ...common, type: i % 2 === 0 ? 'invoke' : 'ok', time: n * 1e4 + (i % 2) * 9e3 };
  });
  const at = { key: 3, time: 2e8, process: 999, f: 'read' };
  events.push({ ...at, index: 20_000, type: 'invoke', value: null });
  events.push({ ...at, index: 20_001, type: 'ok', value: word(7), time: 2.1e8 });
  const history = { header: { hermes: 1 } as const, events, nemesis: [] };
  const operations = [14, 16, 20_000];
  const anomalies = [{ type: 'nonlinearizable', key: 3, why: 'stale', operations }];
  const page = runPage(input({ ...INVALID, anomalies }, { history, samples: [] }));
  expect(page).toContain('has no place');
  expect(page.length).toBeLessThan(1e6);
});
