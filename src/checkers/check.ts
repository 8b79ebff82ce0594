/**
 * The check of a whole history: total, whatever the history and whatever a user's model does.
 *
 * All checks that apply are made; the worst verdict wins. An exception inside one is `unknown`,
 * never a pass.
 */
import type { History } from '../history/event.ts';
import { MalformedHistory } from './calls.ts';
import { judgeDivergence } from './divergence.ts';
import { type TransactionsRequest, judgeTransactions } from './elle/judge-transactions.ts';
import { isTxnKind } from './elle/txns.ts';
import { type LinearizableRequest, judgeLinearizable } from './linearizable.ts';
import type { Invalid, Unknown, Verdict } from './verdict.ts';

/** Names that `--checker` takes. */
export const CHECKER_NAMES = ['linearizable', 'elle', 'divergent'] as const;

export interface CheckRequest extends LinearizableRequest, Omit<TransactionsRequest, 'kind'> {
  /** Which checks; default: all that the history has something for. */
  readonly checkers?: readonly string[] | undefined;
}

/** Pure and total. `checkMs` is set by whoever has a clock. */
export function checkHistory(history: History, request: CheckRequest = {}): Verdict {
  const wanted = request.checkers ?? CHECKER_NAMES;
  const odd = wanted.find((name) => !(CHECKER_NAMES as readonly string[]).includes(name));
  if (odd !== undefined) return unknown('not-applicable', `There is no checker "${odd}".`);
  try {
    const verdicts: Verdict[] = [];
    const model = request.model ?? history.header.model;
    // Transactions are judged as such; whatever else is asked for by name is judged too.
    const txns = isTxnKind(model);
    if (wanted.includes('elle') && (txns || request.checkers !== undefined))
      verdicts.push(judgeTransactions(history, { ...request, ...(txns && { kind: model }) }));
    if (wanted.includes('linearizable') && !(txns && wanted.includes('elle')))
      verdicts.push(judgeLinearizable(history, request));
    const replicas = wanted.includes('divergent') ? divergence(history) : undefined;
    if (replicas !== undefined) verdicts.push(replicas);
    return verdicts.length === 0
      ? unknown('nothing-to-check', 'No final samples of the replicas were recorded.')
      : joinVerdicts(verdicts);
  } catch (error) {
    if (error instanceof MalformedHistory)
      return unknown('not-applicable', `This is no history: ${error.message}`);
    return unknown(
      'crashed-check',
      `The check itself failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The worst of several verdicts on one history, with all anomalies. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  const first = verdicts[0];
  if (first === undefined) return unknown('nothing-to-check', 'Nothing was checked.');
  const judged = {
    checker: verdicts.map((v) => v.checker).join('; '),
    operations: Math.max(...verdicts.map((v) => v.operations)),
    keys: Math.max(...verdicts.map((v) => v.keys)),
    ...verdicts
      .filter(({ consistency }) => consistency !== undefined)
      .map(({ consistency }) => ({ consistency }))
      .at(0),
  };
  const invalid = verdicts.filter((v): v is Invalid => v.valid === false);
  if (invalid.length > 0)
    return { ...judged, valid: false, anomalies: invalid.flatMap((v) => v.anomalies) };
  const undecided = verdicts.find((v): v is Unknown => v.valid === 'unknown');
  return undecided === undefined ? { ...first, ...judged } : { ...undecided, ...judged };
}

function divergence(history: History): Verdict | undefined {
  if (history.final === undefined || history.final.length === 0) return undefined;
  const { anomalies, notServed } = judgeDivergence(history.final);
  const keys = new Set(history.final.map((sample) => sample.key)).size;
  const judged = {
    checker: `divergent ${keys} ${keys === 1 ? 'key' : 'keys'}`,
    operations: 0,
    keys,
  };
  if (anomalies.length > 0) return { ...judged, valid: false, anomalies };
  const [missing] = notServed;
  if (missing === undefined) return { ...judged, valid: true };
  const more = notServed.length > 1 ? ` (and ${notServed.length - 1} more)` : '';
  return {
    ...judged,
    valid: 'unknown',
    reason: 'not-served',
    why: `After all faults were healed ${missing.node} did not serve key ${missing.key}${more}: ${missing.why}`,
    detail: { key: missing.key, node: missing.node, notServed: notServed.length },
  };
}

function unknown(reason: Unknown['reason'], why: string): Unknown {
  return { valid: 'unknown', checker: 'none', operations: 0, keys: 0, reason, why };
}
