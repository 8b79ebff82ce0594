/**
 * Locks with fencing tokens, as clients build them on compare-and-set. Each key is a lock.
 *
 * A lock holds the token of its owner, or its negative once it was given back, or nothing yet. To acquire
 * it is to replace nothing (set if absent) or a token that was given back by a fresh, larger one; to
 * release it replaces one's own token, and only that (delete if equal, in a store that cannot), so that
 * a release that arrives late frees nobody else's lock. A lock whose owner never learned what became of
 * it is taken over with a larger token. A client that finds the lock held looks at it again later.
 */
import type { HistoryEvent } from '../src/history/event.ts';
import type { Value } from '../src/base/operation.ts';
import type { Workload } from '../src/clients/workload.ts';

interface State {
  /** The last token that was handed out. */
  token: number;
  /** Tokens whose owners, or would-be owners, will not come back. */
  readonly orphans: Record<string, true>;
  /** What each process holds: key and token. */
  readonly held: Record<string, readonly (readonly [key: number, token: number])[]>;
}

const mutex: Workload<State> = {
  name: 'mutex',
  about: 'locks with fencing tokens: set if absent, release if it is still one’s own',
  needs: ['read', 'cas'],
  checks: ['linearizable', 'stats'],
  model: 'cas-register',
  // It does what the locks allow.
  mix: {},

  init: () => ({ token: 0, orphans: {}, held: {} }),

  next(s, { process, key, seen = null, random }) {
    const own = s.held[process] ?? [];
    const [one] = own;
    // Work while holding it, then let go.
    if (one !== undefined && random.chance(2, 3))
      return { f: 'cas', key: one[0], value: [one[1], -one[1]] };
    const free = seen === null || (typeof seen === 'number' && seen < 0) || isOrphan(s, seen);
    if (!free || own.some(([held]) => held === key)) return { f: 'read', key, value: null };
    s.token += 1;
    return { f: 'cas', key, value: [seen, s.token] };
  },

  update(s, event) {
    if (event.f !== 'cas' || event.type === 'invoke') return;
    const [, next] = event.value as readonly [Value, number];
    const { process } = event;
    const own = s.held[process] ?? [];
    if (event.type === 'info') abandon(s, event, own);
    else if (next < 0) s.held[process] = own.filter(([, token]) => token !== -next);
    else if (event.type === 'ok') s.held[process] = [...own, [event.key as number, next]];
  },
};

function isOrphan({ orphans }: State, seen: Value): boolean {
  return typeof seen === 'number' && orphans[seen] === true;
}

/** The process ends: what it held, or may have got, is nobody's. */
function abandon(s: State, event: HistoryEvent, own: readonly (readonly [number, number])[]): void {
  const [, next] = event.value as readonly [Value, number];
  for (const token of [Math.abs(next), ...own.map(([, held]) => held)]) s.orphans[token] = true;
  delete s.held[event.process];
}

export default mutex;
