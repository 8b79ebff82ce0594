/** Transactions of a user's own code, as a test of theirs would record and judge them. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../base/operation.ts';
import { record } from '../history/record.ts';
import { checkTransactions } from './check-transactions.ts';
import type { ConsistencyModel } from './elle/models.ts';
import { explain } from './explain.ts';

type Micro = readonly [f: 'append' | 'r', key: number, value: Value];

/** Lists in memory. Without a lock each transaction reads a snapshot, and nobody looks before it writes. */
class Store {
  #lists = new Map<number, readonly Value[]>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #locks: boolean;

  constructor(locks: boolean) {
    this.#locks = locks;
  }

  async transact(micros: readonly Micro[]): Promise<Value> {
    const before = this.#last;
    const mine = (this.#locks ? before : Promise.resolve()).then(() => this.#run(micros));
    this.#last = mine;
    return mine;
  }

  async #run(micros: readonly Micro[]): Promise<Value> {
    const view = new Map(this.#lists);
    const done: Value[] = [];
    for (const [f, key, value] of micros) {
      await Promise.resolve();
      const list = view.get(key) ?? [];
      if (f === 'append') view.set(key, [...list, value]);
      done.push([f, key, f === 'r' ? list : value]);
    }
    for (const [f, key] of micros) if (f === 'append') this.#lists.set(key, view.get(key) ?? []);
    return done;
  }
}

async function historyOf(locks: boolean) {
  const store = new Store(locks);
  const { run, history } = record();
  let next = 0;
  const client = async (name: number): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      const [a, b] = [name % 2, 1 - (name % 2)];
      const micros: Micro[] = [
        ['r', a, null],
        ['append', b, ++next],
        ['r', b, null],
      ];
      const value = micros.map((micro) => [...micro]);
      await run(name, { f: 'txn', key: 0, value }, () => store.transact(micros));
    }
  };
  await Promise.all([0, 1, 2, 3].map(client));
  return history;
}

describe('a store of lists', () => {
  test('with a lock is strictly serializable, and the pass is worth something', async () => {
    const verdict = checkTransactions(await historyOf(true), { models: ['strict-serializable'] });
    expect(verdict.valid, explain(verdict)).toBe(true);
    expect(verdict).toMatchObject({ operations: 40, power: { planted: expect.any(Number) } });
  });

  test('without one loses updates, which snapshot isolation forbids', async () => {
    const verdict = checkTransactions(await historyOf(false), { models: ['snapshot-isolation'] });
    expect(verdict.valid, explain(verdict)).toBe(false);
    expect(explain(verdict)).toMatch(/invalid: [\w-]+ on key/);
    expect(verdict.consistency?.refuted).toEqual(['snapshot-isolation']);
  });

  test('a model that no history could refute is refused, whatever the history', async () => {
    for (const name of ['linearizable', 'causal', 'snapshot isolation', '']) {
      const verdict = checkTransactions(await historyOf(false), {
        models: [name as ConsistencyModel],
      });
      expect(verdict).toMatchObject({ valid: 'unknown', reason: 'not-applicable' });
      expect(explain(verdict)).toContain('no rule');
    }
  });

  test('what is no transaction is no pass', async () => {
    const { run, history } = record();
    await run(0, { f: 'write', key: 1, value: 1 }, async () => undefined);
    const models: ConsistencyModel[] = ['serializable'];
    expect(checkTransactions(history, { models }).valid).toBe('unknown');
    expect(checkTransactions({ ...history, events: [] }, { models }).valid).toBe('unknown');
  });
});
