/**
 * State transfer: a shadow copies all keys in chunks while writes go on (paper §3.4 "Recovery"; rules
 * §7.1). Any full member of the installed view is a source; it may change between chunks, and what
 * was copied stays good over view changes.
 *
 * Why that suffices: request and answer carry the epoch, so the source is in an epoch that counts the
 * shadow. It can acknowledge nothing any more in an epoch that did not; whatever commits from then on
 * needs the shadow's own acknowledgement.
 */
import type { Key, NodeRef } from '../../base/operation.ts';
import { note } from './answers.ts';
import type { Chunk, ChunkItem, ChunkRequest } from './messages.ts';
import {
  type Core,
  type Installed,
  type KeyRec,
  type Listing,
  type Transfer,
  become,
  recordOf,
  touch,
} from './state.ts';
import { ZERO } from './timestamp.ts';

export const TRANSFER_TIMER = 'transfer';

/** Keys of one chunk, and bytes after which it ends early. */
const CHUNK_KEYS = 512;
const CHUNK_BYTES = 256 * 1024;

/** After each view: a shadow goes on copying, a full member has no business with it. */
export function arrangeTransfer(s: Core, installed: Installed): void {
  if (installed.full) {
    s.transfer = undefined;
    s.out.cancelTimer(TRANSFER_TIMER);
    return;
  }
  s.transfer ??= { cursor: null, done: false, keys: 0, of: 0, attempts: 0 };
  if (!s.transfer.done) ask(s, installed, s.transfer);
}

/** No answer came: the next source is asked. */
export function onTransferTimer(s: Core): void {
  const { installed, transfer } = s;
  if (installed === undefined || transfer === undefined || transfer.done) return;
  transfer.attempts++;
  ask(s, installed, transfer);
}

function ask(s: Core, installed: Installed, transfer: Transfer): void {
  const sources = installed.view.full;
  const source = sources[transfer.attempts % sources.length] as NodeRef;
  const epoch = installed.view.epoch;
  s.out.send(source.id, { kind: 'CHUNK_REQ', epoch, cursor: transfer.cursor }, 0);
  s.out.setTimer(TRANSFER_TIMER, s.config.timing.retransmitUs);
}

/** A shadow asks for the keys after `cursor`. One atomic step per chunk. */
export function onChunkRequest(
  s: Core,
  installed: Installed,
  from: NodeRef,
  m: ChunkRequest,
): void {
  if (!installed.full) return;
  const keys = listing(s, installed, m.cursor === null).keys;
  const items: ChunkItem[] = [];
  let at = m.cursor === null ? 0 : after(keys, m.cursor);
  for (let bytes = 0; at < keys.length && items.length < CHUNK_KEYS && bytes < CHUNK_BYTES; at++) {
    const rec = s.keys.get(keys[at] as Key);
    if (rec === undefined || s.compare(rec.ts, ZERO) === 0) continue;
    items.push(itemOf(rec));
    bytes += rec.key.length + (rec.value?.length ?? 0);
  }
  const next = at === 0 ? m.cursor : (keys[at - 1] as Key);
  const chunk: Chunk = {
    kind: 'CHUNK',
    epoch: installed.view.epoch,
    cursor: m.cursor,
    items,
    next,
    done: at >= keys.length,
    of: keys.length,
  };
  s.counters.chunks++;
  s.out.send(from.id, chunk, 0);
}

function itemOf(rec: KeyRec): ChunkItem {
  const { key, ts, value, rmw, lastWriter } = rec;
  return { key, ts, value, rmw, valid: rec.state === 'V', lastWriter };
}

function listing(s: Core, installed: Installed, anew: boolean): Listing {
  const { epoch } = installed.view;
  if (anew || s.listing?.epoch !== epoch)
    s.listing = { epoch, keys: [...s.keys.keys()].toSorted(byBytes) };
  return s.listing;
}

/** Keys are latin-1 strings: comparing code units compares bytes. */
function byBytes(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index of the first key above `cursor`. */
function after(keys: readonly Key[], cursor: Key): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as Key) <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A chunk: merged by maximum, whatever order chunks and INVs come in. */
export function onChunk(s: Core, installed: Installed, _from: NodeRef, m: Chunk): void {
  const { transfer } = s;
  if (installed.full || transfer === undefined || transfer.done || m.cursor !== transfer.cursor)
    return;
  for (const item of m.items) merge(s, item);
  transfer.cursor = m.next;
  transfer.keys += m.items.length;
  transfer.of = m.of;
  transfer.done = m.done;
  if (!m.done) return ask(s, installed, transfer);
  s.out.cancelTimer(TRANSFER_TIMER);
  s.hints.caughtUp();
}

function merge(s: Core, item: ChunkItem): void {
  const rec = recordOf(s, item.key);
  const order = s.compare(item.ts, rec.ts);
  if (order > 0) adopt(s, rec, item);
  else if (order === 0 && item.valid && rec.state !== 'V') {
    become(s, rec, 'V', undefined);
    note(s, 'validate', rec);
    touch(s, rec);
  }
}

function adopt(s: Core, rec: KeyRec, item: ChunkItem): void {
  rec.ts = item.ts;
  rec.value = item.value;
  rec.rmw = item.rmw;
  rec.lastWriter = item.lastWriter;
  become(s, rec, item.valid ? 'V' : 'I', undefined);
  note(s, 'adopt', rec);
  touch(s, rec);
}
