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
import { type Listing, extend, keysAfter, newListing } from './listing.ts';
import type { Chunk, ChunkItem, ChunkRequest } from './messages.ts';
import {
  type Core,
  type Installed,
  type KeyRec,
  type Transfer,
  become,
  recordOf,
  touch,
} from './state.ts';
import { ZERO } from './timestamp.ts';

export const TRANSFER_TIMER = 'transfer';

/** Bytes after which a chunk ends early. */
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

/**
 * A shadow asks for the keys after `cursor`. One atomic step per chunk. As long as the list of keys is
 * not complete, each request makes it longer, and the answer is a chunk without keys.
 */
export function onChunkRequest(
  s: Core,
  installed: Installed,
  from: NodeRef,
  m: ChunkRequest,
): void {
  if (!installed.full) return;
  const { epoch } = installed.view;
  if (s.listing?.epoch !== epoch) s.listing = newListing(epoch, s.keys.keys());
  const listed = extend(s.listing);
  const { items, next, done } = listed
    ? itemsAfter(s, s.listing, m.cursor)
    : { items: [], next: m.cursor, done: false };
  s.counters.chunks++;
  const chunk: Chunk = {
    kind: 'CHUNK',
    epoch,
    cursor: m.cursor,
    items,
    next,
    done,
    of: s.keys.size,
  };
  s.out.send(from.id, chunk, 0);
}

function itemsAfter(
  s: Core,
  listing: Listing,
  cursor: Key | null,
): Pick<Chunk, 'items' | 'next' | 'done'> {
  const items: ChunkItem[] = [];
  let next = cursor;
  let bytes = 0;
  for (const key of keysAfter(listing, cursor)) {
    if (items.length >= s.options.chunkKeys || bytes >= CHUNK_BYTES)
      return { items, next, done: false };
    next = key;
    const rec = s.keys.get(key);
    if (rec === undefined || s.compare(rec.ts, ZERO) === 0) continue;
    items.push(itemOf(rec));
    bytes += rec.key.length + (rec.value?.length ?? 0);
  }
  return { items, next, done: true };
}

function itemOf(rec: KeyRec): ChunkItem {
  const { key, ts, value, rmw, lastWriter } = rec;
  return { key, ts, value, rmw, valid: rec.state === 'V', lastWriter };
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
