/** The check of transactions as a user's test calls it. */
import type { History } from '../history/event.ts';
import { checkHistory } from './check.ts';
import type { TransactionsRequest } from './elle/judge-transactions.ts';
import type { ConsistencyModel } from './elle/models.ts';
import type { Limits, Verdict } from './verdict.ts';

export interface CheckTransactionsOptions
  extends Limits, Pick<TransactionsRequest, 'kind' | 'keyAssumptions'> {
  /** Consistency models that the history must not refute, by Elle's names. */
  readonly models: readonly ConsistencyModel[];
}

/**
 * Judges a history of transactions (`txn` with micro-operations `["append", key, element]`,
 * `["r", key, list]`, or `["w", key, value]`, `["r", key, value]`) by the anomalies of Elle: a cycle,
 * or a contradiction, that one of the models forbids; of registers, where strict serializability is asked
 * for, also by there being no serial order. A model without a rule is refused: `unknown`, never valid.
 * Total, linear in the history; nothing in it depends on `limits`.
 */
export function checkTransactions(history: History, options: CheckTransactionsOptions): Verdict {
  const { models, kind, keyAssumptions } = options;
  return checkHistory(history, {
    checkers: ['elle'],
    consistencyModels: models,
    ...(kind !== undefined && { model: kind }),
    keyAssumptions,
  });
}
