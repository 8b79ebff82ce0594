/** What a node holds of a key, for the divergence check and for people. */
import type { Bytes, Key } from '../../base/operation.ts';
import { type Core, stateName } from './state.ts';
import { printTs } from './timestamp.ts';

export function peekCore(
  s: Core,
  key: Key,
): { readonly value: Bytes | null; readonly ts: string; readonly state: string } {
  const rec = s.keys.get(key);
  if (rec !== undefined) return { value: rec.value, ts: printTs(rec.ts), state: stateName(rec) };
  return { value: null, ts: '0', state: s.installed?.full === true ? 'V' : 'I' };
}
