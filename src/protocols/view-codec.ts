/** Views and refs in binary form: for messages, log records and saved states. */
import type { Reader, Writer } from '../base/bytes.ts';
import { readList, readTable, writeList, writeTable } from '../base/compound.ts';
import { MAX_NODES } from '../base/node-name.ts';
import type { NodeId, NodeRef } from '../base/operation.ts';
import type { View } from './membership.ts';

export function writeRef(w: Writer, ref: NodeRef): void {
  w.uint(ref.id);
  w.uint(ref.inc);
}

export function readRef(r: Reader): NodeRef {
  return { id: readId(r), inc: r.uint() };
}

/** Ids that no cluster has make the reader fail. */
export function readId(r: Reader): NodeId {
  const id = r.uint();
  if (id >= MAX_NODES) r.failed = true;
  return id;
}

export function writeView(w: Writer, view: View): void {
  w.uint(view.epoch);
  writeList(w, view.full, writeRef);
  writeList(w, view.shadow, writeRef);
  for (const table of [view.gen, view.maxInc])
    writeTable(
      w,
      Object.entries(table).map(([id, x]) => [Number(id), x] as const),
    );
}

/** Longer lists than a cluster has nodes make the reader fail. */
export function readView(r: Reader): View {
  return {
    epoch: r.uint(),
    full: readList(r, readRef, MAX_NODES),
    shadow: readList(r, readRef, MAX_NODES),
    gen: Object.fromEntries(readTable(r, MAX_NODES)),
    maxInc: Object.fromEntries(readTable(r, MAX_NODES)),
  };
}
