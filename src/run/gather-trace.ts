/**
 * The traces of all replicas of a run as one file: in the order of time, counted from the beginning of
 * the run, keys by the names that clients know them by, receipts paired with sends, and what clients
 * and faults did in between. Line by line: no trace is too long for the memory.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { TraceEvent } from '../base/trace-event.ts';
import { NODE_TRACE } from '../cluster/targets/hermes.ts';
import type { History } from '../history/event.ts';
import { clientEvents } from '../trace/client-events.ts';
import { Pairing } from '../trace/pairing.ts';
import { parseTraceLine } from '../trace/parse-trace.ts';

export interface GatherOptions {
  /** Monotonic time of this machine at which the run began, µs. */
  readonly beganUs: number;
  /** What the replicas put before the number of a key. */
  readonly keyPrefix: string;
  readonly history?: Pick<History, 'events' | 'nemesis'>;
}

/** Gathers the traces in the folder `nodes` into the file `to`, and removes them. */
export async function gatherTrace(
  nodes: string,
  to: string,
  options: GatherOptions,
): Promise<void> {
  const names = (await readdir(nodes)).filter((name) => name.endsWith(NODE_TRACE)).toSorted();
  const files = names.map((name) => join(nodes, name));
  const out = createWriteStream(to);
  for await (const event of gathered(files, options)) {
    if (!out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  await Promise.all(files.map((file) => rm(file)));
}

/** The events of several replicas' files as one trace. */
export async function* gathered(
  files: readonly string[],
  options: GatherOptions,
): AsyncGenerator<TraceEvent> {
  const pairing = new Pairing();
  const clients = options.history === undefined ? [] : clientEvents(options.history);
  const sources = [...files.map((file) => eventsOf(file, options)), iterate(clients)];
  for await (const event of merged(sources)) for (const told of pairing.take(event)) yield told;
}

async function* eventsOf(
  path: string,
  { beganUs, keyPrefix }: GatherOptions,
): AsyncGenerator<TraceEvent> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    // Only what is printed: bytes of steps are base64, which has no colon.
    const plain = keyPrefix.endsWith(':') ? line.replaceAll(keyPrefix, 'k') : line;
    const event = parseTraceLine(plain);
    if (event === undefined) continue;
    const at = event.at - beganUs;
    if (event.type === 'boot' && event.incarnation > 1 && event.state === undefined)
      yield { type: 'restart', at, node: event.node, incarnation: event.incarnation };
    yield { ...event, at };
  }
}

async function* iterate(events: readonly TraceEvent[]): AsyncGenerator<TraceEvent> {
  yield* events;
}

/** By time; of equal times the source that is named first. */
async function* merged(sources: readonly AsyncGenerator<TraceEvent>[]): AsyncGenerator<TraceEvent> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, next: await source.next() })),
  );
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads)
      if (!head.next.done && (first === undefined || head.next.value.at < atOf(first)))
        first = head;
    if (first === undefined) return;
    yield first.next.value as TraceEvent;
    // One after the other by design: the next line decides what comes next.
    // eslint-disable-next-line no-await-in-loop
    first.next = await first.source.next();
  }
}

function atOf({ next }: { readonly next: IteratorResult<TraceEvent> }): number {
  return (next.value as TraceEvent).at;
}
