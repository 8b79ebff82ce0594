/** Transactions as people write them. */
import type { Value } from '../../base/operation.ts';
import { READ, type Txns, UNKNOWN, listOf } from '../../history/packed/txns.ts';

/** The micro-operations as people write them. */
export function txnText(txns: Txns, t: number): string {
  const parts: string[] = [];
  for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++) {
    const key = txns.keyNames[txns.key[m] as number];
    if (txns.f[m] === READ) parts.push(`r ${key} ${readText(txns, m)}`);
    else parts.push(`${txns.kind === 'list-append' ? 'append' : 'w'} ${key} ${valueText(txns, m)}`);
  }
  return parts.map((part) => `[${part}]`).join(' ');
}

/** What was written. */
export function valueText(txns: Txns, m: number): string {
  return plain(txns.nameOf(txns.v[m] as number));
}

/** A value as people write it. */
export function plain(value: Value): string {
  return value === null ? 'nil' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Elements of a list that are shown. */
const SHOWN = 8;

/** What a read saw; of a long list its end. */
export function readText(txns: Txns, m: number): string {
  if (txns.v[m] === UNKNOWN) return '?';
  if (txns.kind === 'rw-register') return valueText(txns, m);
  const list = listOf(txns, m);
  const shown = Array.from(list.slice(-SHOWN), (value) => plain(txns.nameOf(value)));
  return `[${list.length > SHOWN ? `…${list.length - SHOWN} more, ` : ''}${shown.join(' ')}]`;
}
