/**
 * Messages of the data path (paper §3.2; rules §2.1). All carry the epoch of their sender and are
 * dropped in any other. The sender is the identity of the link, not a field.
 */
import type { Bytes, Key, NodeRef } from '../../base/operation.ts';
import { type Ts, printTs } from './timestamp.ts';

/** Invalidate: "the key has this value at this time; do not serve older ones". */
export interface Inv {
  readonly kind: 'INV';
  readonly key: Key;
  readonly epoch: number;
  readonly ts: Ts;
  /** The update is a read-modify-write: it may lose against a concurrent one. */
  readonly rmw: boolean;
  readonly value: Bytes | null;
  /** A replay or a retransmission: the sender is waiting, and may need help (spec §4). */
  readonly re: boolean;
}

/** "I invalidated the key up to this time." */
export interface Ack {
  readonly kind: 'ACK';
  readonly key: Key;
  readonly epoch: number;
  readonly ts: Ts;
  /** My own timestamp was already higher: I never passed through yours. */
  readonly sup: boolean;
}

/** "Every member has this value: serve it." */
export interface Val {
  readonly kind: 'VAL';
  readonly key: Key;
  readonly epoch: number;
  readonly ts: Ts;
}

/** A shadow asks a full member for the keys after `cursor` (null: from the first); rules §7.1. */
export interface ChunkRequest {
  readonly kind: 'CHUNK_REQ';
  readonly epoch: number;
  readonly cursor: Key | null;
}

/** A key as its source holds it. */
export interface ChunkItem {
  readonly key: Key;
  readonly ts: Ts;
  readonly value: Bytes | null;
  readonly rmw: boolean;
  /** The source may serve it: its timestamp is committed. */
  readonly valid: boolean;
  readonly lastWriter: NodeRef;
}

/** Keys after `cursor` in byte order; `next` is the last one looked at. */
export interface Chunk {
  readonly kind: 'CHUNK';
  readonly epoch: number;
  readonly cursor: Key | null;
  readonly items: readonly ChunkItem[];
  readonly next: Key | null;
  readonly done: boolean;
  /** Keys that the source has, for whoever watches the progress. */
  readonly of: number;
}

/** Messages about one key. */
export type KeyMessage = Inv | Ack | Val;

export type HermesMessage = KeyMessage | ChunkRequest | Chunk;

/** One line: kind, key, timestamp, then what is out of the ordinary. */
export function showMessage(m: HermesMessage): string {
  const epoch = m.epoch === 1 ? '' : ` epoch ${m.epoch}`;
  const head =
    'ts' in m ? `${m.kind} ${m.key} ${printTs(m.ts)}` : `${m.kind} after ${m.cursor ?? 'nothing'}`;
  switch (m.kind) {
    case 'INV':
      return `${head} =${showValue(m.value)}${m.rmw ? ' rmw' : ''}${m.re ? ' again' : ''}${epoch}`;
    case 'ACK':
      return `${head}${m.sup ? ' sup' : ''}${epoch}`;
    case 'VAL':
    case 'CHUNK_REQ':
      return head + epoch;
    case 'CHUNK':
      return `${head} ${m.items.length} keys${m.done ? ' done' : ''}${epoch}`;
  }
}

/** A value for people: quoted text, cut after 40 characters; `nothing` if absent. */
export function showValue(value: Bytes | null): string {
  if (value === null) return 'nothing';
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8');
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
