/**
 * Histories of transactions with Elle's verdicts, where they are at hand: `HERMES_CORPUS` names the
 * folder, else `../shared/corpus/checkers` beside the checkout. Verdict and types of anomalies are those
 * of the manifest, save the deviations that are listed with their reasons; weaker models too.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readHistory } from '../../history/read.ts';
import { ELLE_DEVIATIONS } from './corpus-deviations.ts';
import { judge, refutedBy } from './judge.ts';
import { judgeTransactions } from './judge-transactions.ts';
import { type TxnKind, TXN_KINDS } from '../../history/packed/txns.ts';
import { columnsOf } from './txns.ts';

const beside = fileURLToPath(new URL('../../../../shared/corpus/checkers', import.meta.url));
const corpus = process.env['HERMES_CORPUS'] ?? beside;

interface Entry {
  readonly file: string;
  readonly model: TxnKind;
  readonly valid: boolean | 'unknown';
  readonly anomalies: readonly string[];
  readonly byModel?: Readonly<Record<string, { readonly valid: boolean | 'unknown' }>>;
}

const manifest = join(corpus, 'manifest.json');
const all = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Entry[]) : [];
const entries = all.filter(({ model }) => TXN_KINDS.includes(model));
/** What Elle says of its own search, not of the history. */
const ABOUT_SEARCH = /timeout|cycle-exists|empty-transaction-graph/;

describe.skipIf(entries.length === 0)(
  `corpus of transactions (none at ${corpus} otherwise)`,
  () => {
    test.each(entries.map((entry) => [entry.file, entry] as const))('%s', async (_, entry) => {
      const { history } = await readHistory(join(corpus, entry.file));
      const { file, model: kind } = entry;
      const deviation = ELLE_DEVIATIONS.find((each) => file.endsWith(each.file));
      const { valid } = judgeTransactions(history, { kind });
      expect(valid).toBe(deviation?.valid ?? entry.valid);
      const judged = judge(columnsOf(history.events, kind));
      const types = [...refutedBy(judged, ['strict-serializable']).types.keys()].toSorted();
      const listed = entry.anomalies.filter((type) => !ABOUT_SEARCH.test(type)).toSorted();
      if (deviation === undefined) expect(types).toEqual(listed);
      else expect(types).not.toEqual(listed);
      if (deviation?.valid !== undefined) return;
      for (const [model, expected] of Object.entries(entry.byModel ?? {})) {
        // Elle's linearizable-keys reports cyclic versions of strictly serial histories.
        if (model.includes(' + ') || expected.valid === 'unknown') continue;
        expect(refutedBy(judged, [model]).types.size === 0, model).toBe(expected.valid);
      }
    });
  },
);
