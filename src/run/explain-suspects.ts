/**
 * Why a large history is invalid: the operations that columns name are read again, as objects, and judged
 * by themselves with all the evidence that a small history gets.
 */
import { type CheckRequest, checkHistory } from '../checkers/check.ts';
import type { Invalid } from '../checkers/verdict.ts';
import type { History } from '../history/event.ts';
import { splitKeys } from '../history/independent.ts';
import type { PackedHistory } from '../history/packed/packed-history.ts';
import { readEvents } from '../history/packed/read-packed.ts';
import { evidenceOf } from './results.ts';

/** The verdict with its anomalies explained where the second look says the same, and the events to show. */
export async function explainSuspects(
  path: string,
  packed: PackedHistory,
  verdict: Invalid,
  ask: CheckRequest,
): Promise<{ readonly verdict: Invalid; readonly shown: History }> {
  const { header, nemesis } = packed;
  const named = verdict.anomalies.map(({ operations, optional = [] }) => [operations, optional]);
  const read = { header, events: await readEvents(path, new Set(named.flat(2))), nemesis };
  const { history } = splitKeys(read, packed.split ? 'yes' : 'no');
  const again = checkHistory(history, { ...ask, checkers: ['linearizable'] });
  const explained = again.valid === false ? again.anomalies : [];
  const anomalies = verdict.anomalies.map((anomaly) => {
    const found = explained.find(({ key }) => key === anomaly.key);
    if (found === undefined) return { ...anomaly, optional: [] };
    return { ...found, detail: { ...found.detail, of: anomaly.detail?.['of'] } };
  });
  const shown = { ...history, events: evidenceOf(anomalies, history.events) };
  return { verdict: { ...verdict, anomalies }, shown };
}
