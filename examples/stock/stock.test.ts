import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLinearizable, Definite, explain, record, type History } from '../../src/api.ts';
import { hermes, pathOf } from '../hermes.case.ts';
import model, { GOODS } from './model.ts';
import { Stock } from './stock.ts';

/** Four customers who order until they are refused, and look in between. */
async function sellOut(stock: Stock): Promise<History> {
  const { run, history } = record();

  async function customer(me: number): Promise<void> {
    for (let soldOut = false; !soldOut;) {
      await run(me, { f: 'order', key: 1, value: 2 }, async () => {
        const order = await stock.order(2);
        if (order === undefined) throw new Definite('sold out');
        return order;
      }).catch(() => (soldOut = true));
      await run(me, { f: 'read', key: 1, value: null }, () => stock.look());
    }
  }

  await Promise.all([0, 1, 2, 3].map(customer));
  return history;
}

test('nobody is sold what is not there', async () => {
  const verdict = checkLinearizable(await sellOut(new Stock(GOODS)), model);
  expect(verdict.valid, explain(verdict)).toBe(true);
});

test('looking first and taking later sells goods twice', async () => {
  const verdict = checkLinearizable(await sellOut(new Stock(GOODS - 1, { careless: true })), model);
  expect(verdict.valid).toBe(false);
});

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'hermes-stock-'))));
afterAll(() => rm(folder, { recursive: true }));

test('the command takes the model and the checker from their files', async () => {
  const { header, events } = await sellOut(new Stock(GOODS));
  const file = join(folder, 'stock.jsonl');
  await writeFile(file, [header, ...events].map((line) => JSON.stringify(line)).join('\n'));
  const own = ['--model', pathOf('model.ts', import.meta.url)];
  const checker = `linearizable,${pathOf('checker.ts', import.meta.url)}`;
  const { code, document } = await hermes(['check', file, ...own, '--checker', checker]);
  expect(document).toMatchObject({
    valid: true,
    properties: [{ name: 'no-gaps', valid: true }],
  });
  expect(code).toBe(0);
});
