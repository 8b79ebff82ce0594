import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CheckDocument, checkArgument } from '../src/report/check-report.ts';
import type { CheckRequest } from '../src/checkers/check.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-json-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Fields named in the first column of the table that follows the line. */
async function fieldsAfter(line: string): Promise<string[]> {
  const page = await readFile(new URL('json.md', import.meta.url), 'utf8');
  const [, table = ''] = page.slice(page.indexOf(line)).split('\n\n');
  return table.split('\n').flatMap((row) => {
    const [, first = ''] = row.split('|');
    return Array.from(first.matchAll(/`(\w+)`/g), ([, name]) => name ?? '');
  });
}

async function check(path: string, request: CheckRequest = {}): Promise<CheckDocument> {
  const limits = { timeLimitS: 60, memoryMb: undefined };
  const options = { store: dir, model: undefined, request, limits };
  return (await checkArgument(path, options)).document;
}

/** Two transactions that append to one list in opposite orders, and who sees it. */
async function skewed(): Promise<string> {
  const path = join(dir, 'skew.edn');
  const txn = (process: number, asked: string, told = asked): string[] =>
    [`:invoke, :f :txn, :value [${asked}]`, `:ok, :f :txn, :value [${told}]`].map(
      (rest) => `{:process ${process}, :type ${rest}}`,
    );
  const lines = [
    ...txn(0, '[:append 1 1]'),
    ...txn(1, '[:append 1 2]'),
    ...txn(2, '[:r 1 nil]', '[:r 1 [2 1]]'),
    ...txn(3, '[:r 1 nil]', '[:r 1 [2]]'),
    ...txn(4, '[:append 2 7] [:r 3 nil]', '[:append 2 7] [:r 3 nil]'),
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}

test('every field of a document of check is described, and what is described is there', async () => {
  const examples = 'histories/examples';
  const documents = [
    await check(`${examples}/valid.jsonl`),
    await check(`${examples}/read-while-invalid.jsonl`),
    await check(`${examples}/valid.jsonl`, { checkers: ['stats'] }),
    await check(`${examples}/valid.jsonl`, { checkers: ['bank'] }),
    await check(await skewed(), { keyAssumptions: ['wfr-keys'] }),
  ];
  expect(documents.map(({ valid }) => valid)).toEqual([true, false, true, 'unknown', false]);
  const described = await fieldsAfter('One history: one document.');
  const seen = new Set(documents.flatMap((document) => Object.keys(document)));
  // A weak pass is not among the examples.
  expect(new Set([...seen, 'weak'])).toEqual(new Set(described));
  const anomalies = documents.flatMap((document) => document.anomalies);
  expect(new Set(anomalies.flatMap((anomaly) => Object.keys(anomaly)))).toEqual(
    new Set(await fieldsAfter('An anomaly:')),
  );
  const consistency = documents.flatMap((document) => Object.keys(document.consistency ?? {}));
  expect(new Set(consistency)).toEqual(new Set(await fieldsAfter('`consistency`:')));
});
