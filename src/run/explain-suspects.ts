/**
 * Why a packed history is invalid: the operations that columns name (all of the keys that are wrong, or, of
 * large ones, those that matter) are read again, as objects, and judged with all the evidence there is.
 */
import { type CheckRequest, checkHistory } from '../checkers/check.ts';
import type { Anomaly, Invalid } from '../checkers/verdict.ts';
import type { History } from '../history/event.ts';
import { splitKeys } from '../history/independent.ts';
import type { PackedHistory } from '../history/packed/packed-history.ts';
import { readOperations } from '../history/read-operations.ts';
import { evidenceOf } from './results.ts';

/**
 * The verdict with its anomalies explained where the second look says the same, and the events to show.
 * Undefined: a key of which everything was looked at again is not wrong at all; somebody has to look at it afresh.
 */
export async function explainSuspects(
  path: string,
  packed: PackedHistory,
  verdict: Invalid,
  ask: CheckRequest,
): Promise<{ readonly verdict: Invalid; readonly shown: History } | undefined> {
  const { header, nemesis } = packed;
  const named = verdict.anomalies.map(({ operations, optional = [] }) => [operations, optional]);
  const events = await readOperations(path, new Set(named.flat(2)), packed.n);
  const read = { header, events, nemesis };
  const { history } = splitKeys(read, packed.split ? 'yes' : 'no');
  const again = checkHistory(history, { ...ask, checkers: ['linearizable'] });
  const explained = again.valid === false ? again.anomalies : [];
  const whyOf = ({ key }: Anomaly): Anomaly | undefined => explained.find((a) => a.key === key);
  if (verdict.anomalies.some((a) => a.detail?.['whole'] === true && whyOf(a) === undefined))
    return undefined;
  const anomalies = verdict.anomalies.map((anomaly) => {
    const found = whyOf(anomaly);
    if (found === undefined) return { ...anomaly, optional: [] };
    return { ...found, detail: { ...found.detail, of: anomaly.detail?.['of'] } };
  });
  const shown = { ...history, events: evidenceOf(anomalies, history.events) };
  return { verdict: { ...verdict, anomalies }, shown };
}
