/** The checks by their names, and which of them a history asks for itself. */
import type { HistoryHeader } from '../history/event.ts';
import { PROPERTIES } from './properties/properties.ts';

/** What is checked where nobody asks for anything: each applies where the history has something for it. */
export const USUAL_CHECKS = ['linearizable', 'elle', 'divergent'] as const;

/** Names that `--checker` takes. */
export const CHECKER_NAMES: readonly string[] = [
  ...USUAL_CHECKS,
  ...PROPERTIES.map(({ name }) => name),
];

/**
 * Where the header asks for properties: they, the usual checks that it names, and what looks at replicas.
 * Else undefined: the usual ones.
 */
export function checksOf({ checks }: HistoryHeader): readonly string[] | undefined {
  if (!Array.isArray(checks)) return undefined;
  const names = checks.filter((name) => typeof name === 'string');
  const usual: readonly string[] = USUAL_CHECKS;
  return names.every((name) => usual.includes(name))
    ? undefined
    : [...new Set([...names, 'divergent'])];
}
