/**
 * What nodes wrote into their logs and should not have (Jepsen's `log-file-pattern`): each line that one
 * of the patterns matches is counted, the first of each node and pattern is an anomaly.
 */
import type { Anomaly, Verdict } from '../verdict.ts';

export interface NodeLog {
  readonly node: string;
  readonly lines: readonly string[];
}

/** Anomalies carry at most so much of a line. */
const SHOWN_MAX = 400;

/** Unknown where no node wrote a line: nothing could have matched. */
export function judgeLogs(logs: readonly NodeLog[], patterns: readonly RegExp[]): Verdict {
  const lines = logs.reduce((n, log) => n + log.lines.length, 0);
  const anomalies: Anomaly[] = [];
  let matches = 0;
  for (const { node, lines: own } of logs)
    for (const pattern of patterns) {
      const found = own.flatMap((line, i) => (line.search(pattern) >= 0 ? [i] : []));
      matches += found.length;
      const [first] = found;
      if (first === undefined) continue;
      const line = (own[first] as string).slice(0, SHOWN_MAX);
      anomalies.push({
        type: 'log-pattern',
        why: `The log of ${node} matches ${pattern} ${found.length === 1 ? 'once' : `${found.length} times`}, first in line ${first + 1}: ${line}`,
        operations: [],
        detail: { node, pattern: String(pattern), line: first + 1, matches: found.length },
      });
    }
  const name = 'log-patterns';
  const judged = (valid: Verdict['valid']) => ({
    checker: `${name} ${logs.length} ${logs.length === 1 ? 'node' : 'nodes'}`,
    operations: 0,
    keys: 0,
    properties: [
      {
        name,
        valid,
        demands: 'no line of a node’s log matches the patterns',
        figures: { nodes: logs.length, lines, matches },
      },
    ],
  });
  if (anomalies.length > 0) return { ...judged(false), valid: false, anomalies };
  if (lines > 0 && patterns.length > 0) return { ...judged(true), valid: true };
  return {
    ...judged('unknown'),
    valid: 'unknown',
    reason: 'nothing-to-check',
    why: `${name}: there is no line of a node’s log to look at. It wants the folder of a run.`,
  };
}
