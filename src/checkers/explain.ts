/** A verdict in words, without the history: for the messages of tests. */
import type { Verdict } from './verdict.ts';

/** One line, or a paragraph for each anomaly with the events that show it. */
export function explain(verdict: Verdict): string {
  const { operations, keys, checker } = verdict;
  switch (verdict.valid) {
    case true: {
      const doubt = verdict.weak === true ? ' (weak: no violation could even be planted)' : '';
      return `valid: ${operations} operations on ${keys} ${keys === 1 ? 'key' : 'keys'}, ${checker}${doubt}`;
    }
    case 'unknown':
      return `unknown (${verdict.reason}): ${verdict.why}`;
    case false:
      return verdict.anomalies
        .map(({ type, key, why, operations: events }) => {
          const of = key === undefined ? '' : ` on key ${key}`;
          const shown = events.length === 0 ? '' : `\n  events: ${events.join(', ')}`;
          return `invalid: ${type}${of}\n  ${why}${shown}`;
        })
        .join('\n');
  }
}
