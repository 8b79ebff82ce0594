/** The check of properties as a user's test calls it. */
import type { History } from '../history/event.ts';
import { checkHistory } from './check.ts';
import { propertyNamed } from './properties/properties.ts';
import type { Verdict } from './verdict.ts';

/**
 * Judges a history by properties: `set`, `set-full`, `counter`, `total-queue`, `unique-ids`, `bank`, `long-fork`,
 * `session-guarantees`, … The worst verdict wins; a name that is none of them is `unknown`. Total, one
 * pass each.
 */
export function checkProperties(history: History, names: readonly string[]): Verdict {
  const odd = names.find((name) => propertyNamed(name) === undefined);
  if (odd === undefined) return checkHistory(history, { checkers: names });
  const why = `There is no property "${odd}".`;
  const nothing = { checker: 'none', operations: 0, keys: 0 };
  return { valid: 'unknown', reason: 'not-applicable', why, ...nothing };
}
