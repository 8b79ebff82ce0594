import { expect, test } from 'vitest';
import {
  checkTransactions,
  Definite,
  explain,
  random,
  record,
  type History,
} from '../../src/api.ts';
import { Ledger, type Step } from './ledger.ts';

/** Four clients that read two lists and append to one of them. */
async function use(ledger: Ledger): Promise<History> {
  const { run, history } = record();
  let entry = 0;

  async function client(me: number): Promise<void> {
    const chance = random(3).split(`client ${me}`);
    for (let i = 0; i < 25; i++) {
      const [a, b] = chance.shuffle([0, 1, 2]) as [number, number, number];
      const steps: Step[] = [
        ['r', a, null],
        ['r', b, null],
        ['append', b, ++entry],
      ];
      await run(me, { f: 'txn', key: 0, value: steps }, async () => {
        const done = await ledger.transact(steps);
        if (done === undefined) throw new Definite('conflict');
        return done;
      }).catch(() => {});
    }
  }

  await Promise.all([0, 1, 2, 3].map(client));
  return history;
}

test('transactions that watch what they read are serializable', async () => {
  const history = await use(new Ledger());
  const verdict = checkTransactions(history, { models: ['strict-serializable'] });
  expect(verdict.valid, explain(verdict)).toBe(true);
});

test('those that watch what they write are not: two that read alike append side by side', async () => {
  const history = await use(new Ledger({ watchReads: false }));
  const verdict = checkTransactions(history, { models: ['serializable'] });
  expect(verdict.valid).toBe(false);
  expect(explain(verdict)).toContain('G2-item');
  expect(checkTransactions(history, { models: ['snapshot-isolation'] }).valid).toBe(true);
});
