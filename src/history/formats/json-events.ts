/**
 * One JSON array of all events, as elle-cli reads: `[{"index":0,"type":"invoke","process":0,…}]`. Words
 * may carry the colon of the keywords that they once were.
 */
import type { RecordSink } from './record-sink.ts';

/** Reads all events. */
export function readJsonArray(text: string, sink: RecordSink): void {
  let events: unknown;
  try {
    events = JSON.parse(text);
  } catch (error) {
    return sink.refuse(
      `this is no JSON array of events: ${(error as Error).message}.`,
      text.slice(0, 100),
      1,
    );
  }
  for (const [i, event] of (events as unknown[]).entries()) {
    if (typeof event !== 'object' || event === null || Array.isArray(event))
      return sink.refuse(
        'this is no JSON object; every event is one.',
        JSON.stringify(event),
        i + 1,
      );
    const record = jsonRecord(event);
    if (record === undefined) return sink.refuse('it is nested too deeply.', '[[[…', i + 1);
    sink.record(record, JSON.stringify(event), i + 1);
  }
}

/** An event as its fields; undefined: it is nested too deeply. */
export function jsonRecord(event: object): Record<string, unknown> | undefined {
  if (isDeep(event)) return undefined;
  const { error } = event as { error?: unknown };
  return {
    ...(plain(event) as Record<string, unknown>),
    ...(error !== undefined && typeof error !== 'string' && { error: JSON.stringify(error) }),
  };
}

/** Nesting deeper than this is no value of a history. */
const DEPTH_MAX = 100;

function isDeep(x: unknown, depth = 0): boolean {
  if (typeof x !== 'object' || x === null) return false;
  return depth > DEPTH_MAX || Object.values(x).some((item) => isDeep(item, depth + 1));
}

/** The same without the colons of keywords; names of fields too. Maps inside become lists of pairs. */
function plain(x: unknown, inside = false): unknown {
  if (typeof x === 'string') return x.startsWith(':') ? x.slice(1) : x;
  if (typeof x === 'boolean') return String(x);
  if (Array.isArray(x)) return x.map((item) => plain(item, true));
  if (typeof x !== 'object' || x === null) return x;
  const pairs = Object.entries(x).map(([k, v]) => [plain(k), plain(v, true)] as const);
  return inside ? pairs : Object.fromEntries(pairs);
}
