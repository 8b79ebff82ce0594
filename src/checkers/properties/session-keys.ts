/**
 * Which keys need a closer look. Where the operations of a key are linearizable, no session guarantee is
 * broken on it, up to causal consistency.
 *
 * Let x lie in the causal past of y, both on that key. A read comes after the write that it saw in every
 * linearization. A way from x to y that leaves the key leaves it by a step of a session (x had returned
 * before that step was called) and comes back by one (which had returned before y was called); and as no
 * read is over before the write that it saw was called, what lies between takes no time back: x had
 * returned before y was called. So x stands before y in every linearization of the key, and a read that
 * misses y's write after x's contradicts it. Only chains of replacements could take time back, where
 * their own key is not linearizable: then nothing is said of any key.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER } from '../calls.ts';
import { isUnfit, registerColumns } from '../columns.ts';
import { listPlaces } from '../linearizability/append-list.ts';
import { judgeChain } from '../linearizability/chain.ts';
import { judgeZones } from '../linearizability/zones.ts';
import type { Key } from './session-history.ts';

/** The keys, of those given with their calls, on which a guarantee may be broken. */
export function suspectKeys(
  keys: ReadonlyMap<Key, { readonly kind: 'register' | 'list'; readonly calls: readonly Call[] }>,
  initial: Value,
): ReadonlySet<Key> {
  const suspects = new Set<Key>();
  let chained = false;
  for (const [key, { kind, calls }] of keys) {
    if (isLinearizable(kind, sparse(calls) ? ranked(calls) : calls, initial)) continue;
    suspects.add(key);
    chained ||= calls.some(({ invoke: { f } }) => f === 'cas' || f === 'getset');
  }
  return chained ? new Set(keys.keys()) : suspects;
}

function isLinearizable(
  kind: 'register' | 'list',
  calls: readonly Call[],
  initial: Value,
): boolean {
  if (kind === 'list') {
    const places = listPlaces(calls, null);
    return !isUnfit(places) && !('conflict' in places) && judgeChain(places).type === 'valid';
  }
  const columns = registerColumns(calls, initial);
  return !isUnfit(columns) && judgeZones(columns).type === 'valid';
}

/** Is this key so small a part of the history that ranks of its own are worth their making? */
function sparse(calls: readonly Call[]): boolean {
  return (calls.at(-1)?.call ?? 0) > 40 * calls.length;
}

/** With ranks that count the events of this key alone: what is made of them is as large as the ranks. */
function ranked(calls: readonly Call[]): Call[] {
  const ends = calls.filter(({ ret }) => ret !== NEVER).toSorted((x, y) => x.ret - y.ret);
  const rets = new Map<Call, number>();
  const begins: number[] = [];
  for (let [c, e] = [0, 0]; c < calls.length || e < ends.length;) {
    const [call, end] = [calls[c], ends[e]];
    if (call !== undefined && (end === undefined || call.call < end.ret))
      begins[c++] = begins.length + e;
    else rets.set(ends[e] as Call, begins.length + e++);
  }
  return calls.map((call, i) => ({
    ...call,
    call: begins[i] as number,
    ret: rets.get(call) ?? NEVER,
  }));
}
