import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertHistory } from './convert-history.ts';

let dir: string;
const file = (name: string) => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-convert-'));
  await writeFile(
    file('h.edn'),
    '{:process 0, :type :invoke, :f :read, :value [1 nil]}\n{:process 0, :type :ok, :f :read, :value [1 2]}\n',
  );
});
afterAll(() => rm(dir, { recursive: true }));

test.each([
  ['a.jsonl', undefined, '"value":2', 'jsonl'],
  ['a.edn', undefined, ':value [1 2]', 'edn'],
  ['a.json', undefined, '"value":[1,2]', 'elle'],
  ['a.txt', 'jsonl', '"key":1', 'jsonl'],
] as const)('%s, told %s', async (name, to, holds, format) => {
  const done = await convertHistory(file('h.edn'), file(name), { to, store: dir });
  expect(done).toMatchObject({ format, events: 2 });
  expect(await readFile(file(name), 'utf8')).toContain(holds);
});

test('packed where the name says so; a first value that has no place is told', async () => {
  await writeFile(
    file('five.jsonl'),
    '{"hermes":1,"initial":5}\n{"process":0,"type":"invoke","f":"read","key":1,"value":null}\n{"process":0,"type":"ok","f":"read","key":1,"value":5}\n',
  );
  const packed = await convertHistory(file('five.jsonl'), file('b.edn.gz'), { store: dir });
  expect(gunzipSync(await readFile(file('b.edn.gz'))).toString()).toContain(':value [1 5]');
  expect(packed.notes.at(-1)).toMatch(/begin with 5, .* --init 5$/);
  const whole = await convertHistory(file('five.jsonl'), file('b.jsonl'), { store: dir });
  expect(whole.notes).toEqual([]);
});

test('an ending that says nothing, and a place that cannot be written, are said', async () => {
  const store = dir;
  await expect(convertHistory(file('h.edn'), file('a.txt'), { store })).rejects.toThrow(
    'does not tell a form',
  );
  await expect(convertHistory(file('h.edn'), file('no/a.edn'), { store })).rejects.toThrow(
    'cannot be written',
  );
});
