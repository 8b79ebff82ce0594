/** The check of a history of transactions that was read into columns, without an object per event. */
import type { HistoryHeader } from '../../history/event.ts';
import type { Txns } from '../../history/packed/txns.ts';
import { USUAL_CHECKS, checksOf } from '../check-names.ts';
import type { CheckRequest } from '../check.ts';
import type { Verdict } from '../verdict.ts';
import { judgeTxns } from './judge-transactions.ts';

/** The verdict, or undefined: something else is asked for too, let the ordinary check judge it. */
export function checkTxns(
  txns: Txns,
  header: HistoryHeader,
  request: CheckRequest = {},
): Verdict | undefined {
  const checkers = request.checkers ?? checksOf(header) ?? USUAL_CHECKS;
  const usual: readonly string[] = USUAL_CHECKS;
  if (!checkers.includes('elle') || !checkers.every((name) => usual.includes(name)))
    return undefined;
  return judgeTxns(txns, request);
}
