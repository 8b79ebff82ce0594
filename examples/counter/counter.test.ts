/**
 * The same race, found by a test of one's own: no cluster, no command, just `record()` around the calls
 * and `checkLinearizable` on what was recorded.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { checkLinearizable, explain, record, type History } from '../../src/api.ts';
import { counter } from './server.ts';

const CLIENTS = 4;
const ROUNDS = 25;

/** Clients that add to one counter and read it, all at the same time. */
async function useCounter(options: { readonly fixed: boolean }): Promise<History> {
  const server = createServer(counter(options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/visits`;
  const ask = async (method: string): Promise<number> =>
    Number(await (await fetch(url, { method })).text());

  const { run, history } = record();
  const client = async (me: number): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      await run(me, { f: 'add', key: 1, value: 1 }, () => ask('POST'));
      await run(me, { f: 'read', key: 1, value: null }, () => ask('GET'));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, me) => client(me)));
  server.close();
  return history;
}

test('increments that wait between reading and writing lose each other', async () => {
  const verdict = checkLinearizable(await useCounter({ fixed: false }), 'counter');
  expect(verdict.valid).toBe(false);
  expect(explain(verdict)).toContain('lost');
});

test('increments that take turns are linearizable', async () => {
  const verdict = checkLinearizable(await useCounter({ fixed: true }), 'counter');
  expect(verdict.valid, explain(verdict)).toBe(true);
});
