import { expect, test } from 'vitest';
import { Ledger, PROCESS_STRIDE } from './ledger.ts';

const READ = { f: 'read', key: 0, value: null } as const;

test('a client without an answer goes on as another process, and its old one may still end', () => {
  const ledger = new Ledger();
  ledger.invoke(1, 2, 0, { f: 'write', key: 0, value: 5 }, 10);
  expect(ledger.complete(1, { type: 'info', error: 'timeout' }, 20)).toBe(true);
  ledger.invoke(2, 2, 0, READ, 30);
  ledger.invoke(3, 2, 0, READ, 40);
  expect(ledger.complete(2, { type: 'ok', value: 5 }, 50)).toBe(true);
  expect(ledger.complete(2, { type: 'ok', value: 5 }, 60)).toBe(false);
  const { events } = ledger.history();
  expect(events.map((e) => [e.process, e.type])).toEqual([
    [2, 'invoke'],
    [2, 'info'],
    [2 + PROCESS_STRIDE, 'invoke'],
    [2 + 2 * PROCESS_STRIDE, 'invoke'],
    [2 + PROCESS_STRIDE, 'ok'],
  ]);
  expect(events[1]).toMatchObject({ index: 1, f: 'write', value: 5, time: 20_000, node: 'n1' });
  expect([...ledger.open.keys()]).toEqual([3]);
});
