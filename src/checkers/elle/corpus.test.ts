/**
 * Histories of transactions with Elle's verdicts, where they are at hand: `HERMES_CORPUS` names the
 * folder, else `../shared/corpus/checkers` beside the checkout. Verdict and types of anomalies are those
 * of the manifest, save the deviations that are listed with their reasons; weaker models too, and
 * assumptions about keys.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { OK, READ, TXN_KINDS, type TxnKind, type Txns } from '../../history/packed/txns.ts';
import { readHistory } from '../../history/read.ts';
import { ASSUMPTION_DEVIATIONS, ELLE_DEVIATIONS } from './corpus-deviations.ts';
import { judge, refutedBy } from './judge.ts';
import { judgeTransactions, judgeTxns } from './judge-transactions.ts';
import { columnsOf } from './txns.ts';
import { mainName, refutedModels } from './models.ts';
import { NO_SERIAL_ORDER } from './no-serial-order.ts';
import { type KeyAssumption, KEY_ASSUMPTIONS } from './version-order.ts';

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

async function columns({ file, model }: Entry): Promise<Txns> {
  const { history } = await readHistory(join(corpus, file));
  return columnsOf(history.events, model);
}

describe.skipIf(entries.length === 0)(
  `corpus of transactions (none at ${corpus} otherwise)`,
  () => {
    test.each(entries.map((entry) => [entry.file, entry] as const))('%s', async (_, entry) => {
      const { history } = await readHistory(join(corpus, entry.file));
      const { file, model: kind } = entry;
      const deviation = ELLE_DEVIATIONS.find((each) => file.endsWith(each.file));
      const { valid, consistency } = judgeTransactions(history, { kind });
      expect(valid).toBe(deviation?.valid ?? entry.valid);
      const judged = judge(columnsOf(history.events, kind));
      const types = [
        ...refutedBy(judged, ['strict-serializable']).types.keys(),
        ...Object.keys(consistency?.found ?? {}).filter((type) => type === NO_SERIAL_ORDER),
      ];
      const { missing = [], extra = [] } = deviation ?? {};
      const listed = entry.anomalies.filter(
        (type) => !ABOUT_SEARCH.test(type) && !missing.includes(type),
      );
      expect(types.toSorted()).toEqual([...listed, ...extra].toSorted());
      const more = refutedModels(deviation?.valid === false ? extra : []);
      for (const [model, expected] of Object.entries(entry.byModel ?? {})) {
        if (model.includes(' + ') || expected.valid === 'unknown') continue;
        const told = expected.valid && !more.has(mainName(model));
        expect(refutedBy(judged, [model]).types.size === 0, model).toBe(told);
      }
    });

    const assumed = entries.flatMap((entry) =>
      Object.entries(entry.byModel ?? {})
        .filter(([name]) => name.includes(' + '))
        .map(([name, { valid }]) => ({ entry, name, listed: valid })),
    );
    test.each(assumed.map((each) => [each.name, each.entry.file, each] as const))(
      '%s: %s',
      async (_, file, { entry, name, listed }) => {
        const [model = '', assumption = ''] = name.split(' + ');
        expect(KEY_ASSUMPTIONS).toContain(assumption);
        const verdict = judgeTxns(await columns(entry), {
          consistencyModels: [model],
          keyAssumptions: [assumption as KeyAssumption],
        });
        const plainly = ELLE_DEVIATIONS.find((each) => file.endsWith(each.file))?.valid;
        const deviation = ASSUMPTION_DEVIATIONS.find(
          (each) => file.endsWith(each.file) && each.under === name,
        );
        expect(verdict.valid).toBe(deviation?.valid ?? plainly ?? listed);
        if (deviation !== undefined) expect(deviation.valid).not.toBe(listed);
      },
    );

    const denied = ASSUMPTION_DEVIATIONS.filter(
      ({ under, valid }) => valid && under.endsWith('linearizable-keys'),
    );
    test.each(denied.map(({ file }) => file))(
      'no two versions precede each other, by the definition: %s',
      async (file) => {
        const entry = entries.find((each) => each.file.endsWith(file)) as Entry;
        expect(mutual(await columns(entry))).toEqual([]);
      },
    );

    test('the definition finds such pairs where there are some', async () => {
      const cyclic = entries.find(({ file }) => file.endsWith('rw-stale-read-n800.edn.gz'));
      expect(mutual(await columns(cyclic as Entry)).length).toBeGreaterThan(0);
    });
  },
);

/** Pairs of versions of a key each of which somebody had done with before somebody of the other began. */
function mutual(txns: Txns): [key: number, u: number, v: number][] {
  const { f, v: value, key, of, type, invoked, completed } = txns;
  const spans = txns.keyNames.map(() => new Map<number, { done: number; last: number }>());
  for (let m = 0; m < f.length; m++) {
    const t = of[m] as number;
    if (type[t] !== OK && (f[m] === READ || type[t] === 2)) continue;
    const ofKey = spans[key[m] as number] as Map<number, { done: number; last: number }>;
    const span = ofKey.get(value[m] as number) ?? { done: Infinity, last: -1 };
    if (type[t] === OK) span.done = Math.min(span.done, completed[t] as number);
    span.last = Math.max(span.last, invoked[t] as number);
    ofKey.set(value[m] as number, span);
  }
  return spans.flatMap((ofKey, k) =>
    [...ofKey].flatMap(([u, a]) =>
      [...ofKey]
        .filter(([v, b]) => u < v && a.done < b.last && b.done < a.last)
        .map(([v]): [number, number, number] => [k, u, v]),
    ),
  );
}
