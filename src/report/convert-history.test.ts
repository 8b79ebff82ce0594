import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('an ending that says nothing, and a place that cannot be written, are said', async () => {
  const store = dir;
  await expect(convertHistory(file('h.edn'), file('a.txt'), { store })).rejects.toThrow(
    'does not tell a form',
  );
  await expect(convertHistory(file('h.edn'), file('no/a.edn'), { store })).rejects.toThrow(
    'cannot be written',
  );
});
