/** Transactions as people write them. */
import type { Value } from '../../base/operation.ts';
import { FAIL, OK, READ, type Txns, UNKNOWN, listOf } from '../../history/packed/txns.ts';

/** A transaction of an anomaly, in the terms of the history. */
export interface ShownTxn {
  readonly name: string;
  /** Event numbers; null: it never completed. */
  readonly event: number;
  readonly completed: number | null;
  readonly end: 'ok' | 'fail' | 'info';
  readonly process: number | string;
  readonly text: string;
  readonly micros: readonly string[];
}

export function shownTxn(txns: Txns, t: number, name: string): ShownTxn {
  const { invoked, completed, type, lane, processes } = txns;
  const micros = microTexts(txns, t);
  return {
    name,
    event: invoked[t] as number,
    completed: (completed[t] as number) < 0 ? null : (completed[t] as number),
    end: type[t] === OK ? 'ok' : type[t] === FAIL ? 'fail' : 'info',
    process: processes[lane[t] as number] as number | string,
    text: micros.map((micro) => `[${micro}]`).join(' '),
    micros,
  };
}

/** The micro-operations as people write them. */
function microTexts(txns: Txns, t: number): string[] {
  const parts: string[] = [];
  for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++) {
    const key = txns.keyNames[txns.key[m] as number];
    if (txns.f[m] === READ) parts.push(`r ${key} ${readText(txns, m)}`);
    else parts.push(`${txns.kind === 'list-append' ? 'append' : 'w'} ${key} ${valueText(txns, m)}`);
  }
  return parts;
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
  return listText(txns, listOf(txns, m));
}

/** A list as people write it; of a long one its end. */
export function listText(txns: Txns, list: Int32Array): string {
  const shown = Array.from(list.slice(-SHOWN), (value) => plain(txns.nameOf(value)));
  return `[${list.length > SHOWN ? `…${list.length - SHOWN} more, ` : ''}${shown.join(' ')}]`;
}
