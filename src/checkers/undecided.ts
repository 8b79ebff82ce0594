/** What could not be decided of a key, in words, and as a verdict. */
import { capital } from '../base/figures.ts';
import type { Value } from '../base/operation.ts';
import type { Judged, Unknown, UnknownReason } from './verdict.ts';

/** One key that could not be judged. */
export interface Undecided {
  readonly key: number | string | undefined;
  readonly reason: UnknownReason;
  readonly why: string;
  readonly detail: Readonly<Record<string, Value>>;
}

/** A search reached a limit before the end of the operation that `invoke` began; `width` were open there. */
export function gaveUp(
  key: number | string | undefined,
  invoke: { readonly f: string; readonly index: number },
  { reason, width }: { readonly reason: 'budget' | 'memory'; readonly width: number },
): Undecided {
  const limit = reason === 'budget' ? 'number of steps' : 'memory';
  const why =
    `${capital(keyName(key))}: the search reached its limit of ${limit} at the end of the ${invoke.f} of event ` +
    `${invoke.index}, where ${width} operations were open at once.`;
  return { key, reason, why, detail: { event: invoke.index, width } };
}

/** The verdict where something is undecided and nothing wrong; `decided`: keys that were judged. */
export function unknownBy(first: Undecided, judged: Judged, decided: number): Unknown {
  const { key, reason, why, detail } = first;
  return {
    valid: 'unknown',
    ...judged,
    reason,
    why,
    detail: { ...(key !== undefined && { key }), ...detail, decided },
  };
}

export function keyName(key: number | string | undefined): string {
  return key === undefined ? 'the history' : `key ${key}`;
}
