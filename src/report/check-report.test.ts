import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserError } from '../base/user-error.ts';
import { FileChecker } from '../run/check-in-worker.ts';
import {
  algorithmNamed,
  checkerFiles,
  checkerNames,
  consistencyModels,
  initialValue,
  keyAssumptions,
  memoryMb,
} from './check-flags.ts';
import {
  type CheckDocuments,
  type CheckOptions,
  checkArgument,
  checkArguments,
  documents,
  reportText,
  tally,
} from './check-report.ts';

const line = (process: number, type: string, f: string, value: unknown, key = 1) =>
  JSON.stringify({ process, type, f, key, value });
const STALE = [
  line(0, 'invoke', 'write', 1),
  line(0, 'ok', 'write', 1),
  line(1, 'invoke', 'read', null),
  line(1, 'ok', 'read', null),
  line(2, 'invoke', 'read', null, 2),
  line(2, 'ok', 'read', null, 2),
];
const PHANTOM = [line(1, 'invoke', 'read', null), line(1, 'ok', 'read', 5)];
const GOOD = STALE.map((text) =>
  text.replace('"ok","f":"read","key":1,"value":null', '"ok","f":"read","key":1,"value":1'),
);
const WIDE = [
  ...Array.from({ length: 24 }, (_, p) => line(p, 'invoke', 'write', p % 23)),
  line(90, 'invoke', 'read', null),
  line(90, 'ok', 'read', 99),
];
const MODEL = `export default {
  name: 'anything', init: 0, step: (s: number) => s, key: () => 0,
};`;

let dir: string;
const file = (name: string) => join(dir, name);
const options = (more: Partial<CheckOptions> = {}): CheckOptions => ({
  store: dir,
  request: {},
  model: undefined,
  limits: { timeLimitS: 60, memoryMb: undefined },
  ...more,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-check-'));
  for (const [name, lines] of Object.entries({
    STALE,
    GOOD,
    WIDE,
    PHANTOM,
    TORN: [...GOOD, '{"pro'],
  }))
    await writeFile(file(`${name}.jsonl`), lines.join('\n'));
  await writeFile(file('model.ts'), MODEL);
  await writeFile(file('odd.jsonl'), line(0, 'invoke', 'dance', 1));
});
afterAll(() => rm(dir, { recursive: true }));

describe('a history file', () => {
  test('that is invalid: document, evidence, text', async () => {
    const report = await checkArgument(file('STALE.jsonl'), options());
    expect(documents([report])).toMatchObject({
      file: file('STALE.jsonl'),
      valid: false,
      anomalies: [{ type: 'nonlinearizable', key: 1, operations: [0, 2] }],
      ops: 3,
      keys: 2,
      checker: 'zones 2 keys',
      checkMs: expect.any(Number),
      evidence: [{ index: 0 }, { index: 1 }, { index: 2 }, { index: 3 }],
      files: { history: file('STALE.jsonl') },
    });
    const text = reportText(report, false);
    expect(text).toContain('key 1: no order of its operations explains what clients saw');
    expect(text).toContain('note         model: register (by its operations)');
    expect(text).toContain(`file         ${file('STALE.jsonl')}`);
  });

  test('several are one document, the worst verdict on top', async () => {
    const good = await checkArgument(file('GOOD.jsonl'), options());
    const torn = await checkArgument(file('TORN.jsonl'), options());
    const stale = await checkArgument(file('STALE.jsonl'), options());
    expect(good.document).toMatchObject({ valid: true, evidence: [], power: { found: 3 } });
    expect(torn.document.notes[0]).toMatch(/line 7 is torn/);
    expect(documents([good, stale])).toMatchObject({
      valid: false,
      results: [{ valid: true }, { valid: false }],
    });
    expect(documents([good, torn])).toMatchObject({ valid: true });
  });

  test('that takes too long is unknown, with how far the search came', async () => {
    const slow = options({
      request: { algorithm: 'wgl', limits: { steps: Number.MAX_SAFE_INTEGER } },
      limits: { timeLimitS: 6, memoryMb: undefined },
    });
    const report = await checkArgument(file('WIDE.jsonl'), slow);
    const { document } = report;
    expect(document).toMatchObject({ valid: 'unknown', reason: 'time' });
    expect(reportText(report, false)).toMatch(/try {10}hermes check \S+ --time-limit 60/);
    expect(document.why).toMatch(
      /limit of 6 s\. At key 1 the search had not passed .* 25 were open/,
    );
  });

  test('that takes too many steps is unknown, with the flag that allows more', async () => {
    const few = options({ request: { algorithm: 'wgl', limits: { steps: 50 } } });
    const { document, tryLine } = await checkArgument(file('WIDE.jsonl'), few);
    expect(document).toMatchObject({ valid: 'unknown', reason: 'budget' });
    expect(tryLine).toBe(`hermes check ${file('WIDE.jsonl')} --steps 500`);
  });

  test('that needs more memory than it may have is unknown', async () => {
    const tight = options({
      request: { algorithm: 'wgl', limits: { steps: Number.MAX_SAFE_INTEGER, bytes: 1e12 } },
      limits: { timeLimitS: 60, memoryMb: 24 },
    });
    const { document, tryLine } = await checkArgument(file('WIDE.jsonl'), tight);
    expect(tryLine).toMatch(/--memory 48m$/);
    expect(document).toMatchObject({ valid: 'unknown', reason: 'memory' });
  });

  test('may be judged by a model from a file; what fits no model is said', async () => {
    const mine = await checkArgument(file('STALE.jsonl'), options({ model: file('model.ts') }));
    expect(mine.document).toMatchObject({ valid: true, checker: 'frontier 1 key, widest 1' });
    await expect(checkArgument(file('odd.jsonl'), options())).rejects.toThrow(
      'no built-in model knows the operation "dance"',
    );
    await expect(checkArgument(file('none.jsonl'), options())).rejects.toThrow(
      'no history is called',
    );
  });
});

describe('a checker from a file', () => {
  test('judges beside the built-in ones, or alone; one that throws decides nothing', async () => {
    const judge = (name: string, body: string) =>
      writeFile(
        file(name),
        `export default { name: 'mine', check(history: { events: unknown[] }) { ${body} } };`,
      );
    await judge(
      'strict.ts',
      `return { valid: false, checker: 'mine', operations: 1, keys: 1, anomalies: [{ type: 'odd', why: 'x', operations: [0] }] };`,
    );
    await judge('broken.ts', `throw new Error('oh');`);
    const check = async (ownCheckers: string[], checkers?: string[]) =>
      (await checkArgument(file('GOOD.jsonl'), options({ ownCheckers, request: { checkers } })))
        .document;
    expect(await check([file('strict.ts')])).toMatchObject({
      valid: false,
      checker: 'zones 2 keys; mine',
    });
    expect(await check([file('strict.ts')], [])).toMatchObject({ valid: false, checker: 'mine' });
    const own = options({ ownCheckers: [file('strict.ts')], request: { checkers: [] } });
    const { document } = await checkArgument(file('odd.jsonl'), own);
    expect(document).toMatchObject({ valid: false, checker: 'mine' }); // no model knows "dance"
    expect(await check([file('broken.ts')], ['linearizable'])).toMatchObject({
      valid: 'unknown',
      why: 'The checker mine failed: oh.',
    });
  });
});

test('a history of another tool: keys out of the values, nil reads that say nothing, both noted', async () => {
  const op = (process: number, type: string, f: string, value: string) =>
    `{:process ${process}, :type :${type}, :f :${f}, :value [9 ${value}]}`;
  await writeFile(
    file('keyed.edn'),
    [
      op(0, 'invoke', 'write', '1'),
      op(0, 'ok', 'write', '1'),
      op(0, 'invoke', 'read', 'nil'),
      op(0, 'ok', 'read', 'nil'),
      op(0, 'invoke', 'read', 'nil'),
      op(0, 'ok', 'read', '1'),
    ].join('\n'),
  );
  const { document } = await checkArgument(file('keyed.edn'), options());
  expect(document).toMatchObject({ valid: true, weak: true, keys: 1 });
  expect(document.notes.slice(0, 2)).toEqual([
    'independent: yes (the values are [key value])',
    expect.stringContaining('nil-read: any (1 read of nil says nothing)'),
  ]);
  const strict = options({ request: { nilRead: 'unset' }, independent: 'yes' });
  expect((await checkArgument(file('keyed.edn'), strict)).document.valid).toBe(false);
});

test('one worker checks file after file, and is replaced where one breaks', async () => {
  const tight = options({
    request: { algorithm: 'wgl', limits: { steps: Number.MAX_SAFE_INTEGER, bytes: 1e12 } },
    limits: { timeLimitS: 60, memoryMb: 24 },
  });
  const checker = new FileChecker(tight.limits);
  try {
    const verdicts = [];
    for (const name of ['GOOD.jsonl', 'WIDE.jsonl', 'GOOD.jsonl'])
      verdicts.push((await checkArgument(file(name), tight, checker)).document.valid);
    expect(verdicts).toEqual([true, 'unknown', true]);
    await expect(checkArgument(file('odd.jsonl'), tight, checker)).rejects.toThrow('dance');
    expect((await checkArgument(file('GOOD.jsonl'), tight, checker)).document.valid).toBe(true);
  } finally {
    await checker.close();
  }
});

describe('flags', () => {
  test('files among the checkers, algorithms by the names of Knossos', () => {
    expect(checkerFiles(['linearizable,./mine.ts', 'b.js'])).toEqual(['./mine.ts', 'b.js']);
    expect(checkerNames(['linearizable,./mine.ts'])).toEqual(['linearizable']);
    expect(['linear', 'competition', 'wgl'].map((n) => algorithmNamed(n as 'wgl'))).toEqual([
      'frontier',
      'auto',
      'wgl',
    ]);
  });

  test('of memory', () => {
    expect([memoryMb('8g'), memoryMb('512m'), memoryMb('64'), memoryMb('1GB')]).toEqual([
      8192, 512, 64, 1024,
    ]);
    expect(memoryMb(undefined)).toBeGreaterThan(16);
    expect(() => memoryMb('much')).toThrow('no amount of memory');
    expect(() => memoryMb('2m')).toThrow('no amount of memory');
  });

  test('of the initial value', () => {
    expect([
      initialValue('5'),
      initialValue('null'),
      initialValue('abc'),
      initialValue('[1]'),
    ]).toEqual([5, null, 'abc', [1]]);
    expect(initialValue(undefined)).toBeUndefined();
    expect(() => initialValue('true')).toThrow('no value of a history');
  });

  test('of consistency models: what has no rule is refused, with what was meant', () => {
    expect(consistencyModels(['PL-2,snapshot-isolation', 'PSI'])).toHaveLength(3);
    expect(consistencyModels(undefined)).toBeUndefined();
    const hint = (name: string): string | undefined => {
      try {
        consistencyModels([name]);
      } catch (error) {
        return (error as UserError).hint;
      }
      return undefined;
    };
    expect(hint('serialisable')).toMatch(/^Did you mean serializable\?\nChoose from/);
    expect(hint('linearizable')).toContain('Choose from');
  });

  test('of the order of versions', () => {
    const none = { 'wfr-keys': false, 'sequential-keys': false, 'linearizable-keys': false };
    expect(keyAssumptions(none)).toBeUndefined();
    expect(keyAssumptions({ ...none, 'wfr-keys': true })).toEqual(['wfr-keys']);
  });

  test('of checkers', () => {
    expect(checkerNames(['linearizable,divergent'])).toEqual(['linearizable', 'divergent']);
    expect(checkerNames(undefined)).toBeUndefined();
    expect(() => checkerNames(['mine'])).toThrow('there is no checker "mine"');
  });
});

test('many histories are checked on all cores, and come in the order given; one that is none costs the others nothing', async () => {
  const all = async (names: readonly string[]) => {
    const found = [];
    for await (const report of checkArguments(names.map(file), options())) found.push(report);
    return found;
  };
  const names = [
    'GOOD.jsonl',
    'STALE.jsonl',
    'odd.jsonl',
    'TORN.jsonl',
    'GOOD.jsonl',
    'STALE.jsonl',
  ];
  const found = await all(names);
  const document = documents(found) as CheckDocuments;
  expect(document.results.map((each) => each.file)).toEqual(names.map(file));
  const alone = names.map(async (name) => {
    if (name === 'odd.jsonl') return undefined;
    return (await checkArgument(file(name), options())).document.valid;
  });
  expect(document.results.map((each) => ('valid' in each ? each.valid : undefined))).toEqual(
    await Promise.all(alone),
  );
  expect(document.results[2]).toMatchObject({
    error: { message: expect.stringMatching(/odd\.jsonl.*dance/) },
  });
  expect(documents(await all(['GOOD.jsonl', 'odd.jsonl']))).toMatchObject({ valid: 'unknown' });
  await expect(all(['odd.jsonl'])).rejects.toThrow('dance');
  expect(tally(found)).toBe('6 histories: 3 valid, 2 invalid, 1 not read');
});

test('the lines to paste hold the flags that were typed, a raised limit once', async () => {
  const request = { limits: { steps: 50 }, algorithm: 'wgl' } as const;
  const typed = ['--algorithm wgl', '--steps 50'];
  const { again, tryLine } = await checkArgument(file('WIDE.jsonl'), options({ request, typed }));
  expect(again).toBe(`hermes check ${file('WIDE.jsonl')} --algorithm wgl --steps 50`);
  expect(tryLine).toBe(`hermes check ${file('WIDE.jsonl')} --algorithm wgl --steps 500`);
});

test('what a flag decided, or nothing but habit, is told', async () => {
  const notes = async (name: string, request: CheckOptions['request']) =>
    (await checkArgument(file(name), options({ request }))).document.notes.join('; ');
  expect(await notes('PHANTOM.jsonl', {})).toContain('initial value: absent');
  expect(await notes('STALE.jsonl', {})).not.toContain('initial value:');
  expect(await notes('STALE.jsonl', { initial: 7 })).toContain('initial value: 7 (--init)');
  const asked = await notes('GOOD.jsonl', { nilRead: 'unset', failedCas: 'observed' });
  expect(asked).toMatch(/nil-read: unset .*failed-cas: observed/);
});

test('models of transactions asked of a history without any are refused, not passed over', async () => {
  const request = { consistencyModels: ['serializable'] };
  await expect(checkArgument(file('GOOD.jsonl'), { ...options(), request })).rejects.toThrow(
    /not judged as transactions: --consistency-models/,
  );
});
