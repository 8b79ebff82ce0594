/**
 * Public and generated histories with known verdicts, where they are at hand: `HERMES_CORPUS` names the
 * folder, else `../shared/corpus/checkers` beside the checkout. Every history is decided, as the
 * manifest says, save the deviations that are listed with their reasons.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Value } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import { splitKeys } from '../history/independent.ts';
import { readHistory } from '../history/read.ts';
import { checkHistory } from './check.ts';
import { DEVIATIONS, REFUSED } from './corpus-deviations.ts';
import type { Verdict } from './verdict.ts';

const beside = fileURLToPath(new URL('../../../shared/corpus/checkers', import.meta.url));
const corpus = process.env['HERMES_CORPUS'] ?? beside;

interface Entry {
  readonly file: string;
  readonly model: string;
  readonly keys: 'single' | 'independent';
  readonly init: Value;
  readonly valid: boolean | 'unknown';
  readonly byConstruction?: boolean;
  readonly ops: number;
}

const MODELS = ['register', 'cas-register', 'mutex', 'append-kv', 'multi-register'];

const manifest = join(corpus, 'manifest.json');
const entries = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Entry[]) : [];
const judged = entries.filter(({ model }) => MODELS.includes(model));

async function verdictOf({ file, model, keys, init }: Entry): Promise<Verdict> {
  const read = await readHistory(join(corpus, file));
  const { history, split } = splitKeys(read.history, 'auto');
  expect(split).toBe(keys === 'independent');
  const request = { checkers: ['linearizable'], model, initial: init, nilRead: 'any' } as const;
  return checkHistory(history, request);
}

/** What is expected: the manifest's verdict, that of the store that made it, or a listed deviation. */
function expected({ file, valid, byConstruction }: Entry): Verdict['valid'] | undefined {
  const deviation = DEVIATIONS.find((each) => file.endsWith(each.file));
  if (deviation !== undefined) return deviation.valid;
  if (byConstruction === true) return true;
  return valid === 'unknown' ? undefined : valid;
}

describe.skipIf(judged.length === 0)(`corpus of histories (none at ${corpus} otherwise)`, () => {
  test.each(judged.map((entry) => [entry.file, entry] as const))('%s', async (_, entry) => {
    const { valid } = await verdictOf(entry);
    const right = expected(entry);
    if (right === undefined) expect(valid).not.toBe('unknown');
    else expect(valid).toBe(right);
  });

  test('what is refused is listed, and nothing else is', async () => {
    const refused: string[] = [];
    for (const { file } of entries)
      await readHistory(join(corpus, file)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UserError);
        refused.push(file);
      });
    expect(refused).toEqual(REFUSED.map(({ file }) => expect.stringMatching(`${file}$`)));
  });
});
