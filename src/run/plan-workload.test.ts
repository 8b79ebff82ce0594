/** Transactions in plans: who gets how long ones, and what is said to those who cannot have them. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import listAppend from '../../workloads/list-append.ts';
import rmw from '../../workloads/rmw.ts';
import type { Workload } from '../clients/workload.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import type { PlanContext } from './plan-context.ts';
import { againLine } from './plan-request.ts';
import { planMix, planTxnLength } from './plan-workload.ts';

const lists = listAppend as Workload;
const hermes = {
  system: 'hermes',
  operations: ['read', 'write', 'append'],
  protocol: loadProtocol('hermes'),
} as unknown as PlanContext;
const bank = { system: 'bank', operations: ['txn'], protocol: undefined } as unknown as PlanContext;

describe('--max-txn-length', () => {
  test('a system with transactions gets some, four long unless asked otherwise', () => {
    expect(planTxnLength(undefined, lists, bank)).toEqual({ txnLength: 4 });
    expect(planTxnLength(9, lists, bank)).toEqual({ txnLength: 9 });
    expect(() => planTxnLength(1001, lists, bank)).toThrow(UserError);
  });

  test('and needs no single operations for them', () => {
    expect(planMix(undefined, lists, bank)).toEqual(lists.mix);
    expect(planMix('append=3', lists, bank)).toEqual({ read: 0, append: 3 });
    expect(() => planMix(undefined, rmw as Workload, bank)).toThrow('does nothing that bank has');
  });

  test('hermes orders each key by itself: one micro-operation, and the reason for no more', () => {
    expect(planTxnLength(undefined, lists, hermes)).toEqual({});
    expect(planTxnLength(1, lists, hermes)).toEqual({});
    expect(() => planTxnLength(2, lists, hermes)).toThrow(
      /orders the operations of each key by itself/,
    );
  });

  test('other workloads and systems without transactions are told apart', () => {
    expect(() => planTxnLength(2, rmw as Workload, bank)).toThrow(
      'the workload rmw has no transactions',
    );
    const plain = { ...bank, operations: ['read', 'append'] } as PlanContext;
    expect(() => planTxnLength(2, lists, plain)).toThrow('bank does not name txn');
  });

  test('stands in the line that repeats the run', () => {
    expect(againLine({ workload: 'list-append', maxTxnLength: 3 }, 7)).toBe(
      'hermes fuzz --workload list-append --max-txn-length 3 --seed 7',
    );
  });
});
