/**
 * `hermes diagram`: a stretch of a trace as a message sequence diagram. Without further wishes it shows
 * what matters most: of an invalid run the key that is wrong, of a valid one a single update.
 */
import { writeFile } from 'node:fs/promises';
import type { TraceEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';
import { drawSvg } from '../diagram/draw-svg.ts';
import { drawText } from '../diagram/draw-text.ts';
import { readRun } from './read-run.ts';
import { clusterTrace, runTrace } from './read-trace.ts';

export interface DiagramRequest {
  /** As `locate` takes it. */
  readonly run: string | undefined;
  readonly store: string;
  /** Instead of a run: a running cluster. */
  readonly cluster: string | undefined;
  /** `k3`, or `3`. */
  readonly key: string | undefined;
  /** Milliseconds since the run began. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** Messages about no key as well. */
  readonly all: boolean;
  readonly rows: number | undefined;
  readonly svg: string | undefined;
}

export interface Diagram {
  readonly title: string;
  readonly text: string;
  readonly key: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly svg: string | null;
}

/** What is looked at. */
interface Stretch {
  readonly key?: string;
  readonly from?: number;
  readonly to?: number;
  /** One update alone: its timestamp, and the client's operation. */
  readonly ts?: string;
  readonly op?: number;
}

/** What an anomaly or an update still causes once its client was answered, µs. */
const AFTER_US = 200_000;
/** What led to an anomaly, µs. */
const BEFORE_US = 20_000;

/** Throws a `UserError` where there is no trace. */
export async function diagramRun(request: DiagramRequest): Promise<Diagram> {
  const { name, open, wrong } = await sourceOf(request);
  const asked = askedFor(request);
  const chosen = Object.keys(asked).length > 0 ? asked : (wrong ?? (await oneUpdate(await open())));
  const events = await within(await open(), chosen, request.all);
  if (events.length === 0)
    throw new UserError(
      'nothing was traced there.',
      'Widen --from and --to (milliseconds since the run began), or leave out --key.',
    );
  const title = titleOf(name, chosen);
  const options = {
    ...chosen,
    title,
    ...(request.all && { keyless: true }),
    ...(request.rows !== undefined && { rows: request.rows }),
  };
  if (request.svg !== undefined) await writeFile(request.svg, drawSvg(events, options));
  return {
    title,
    text: drawText(events, options),
    key: chosen.key ?? null,
    fromMs: chosen.from === undefined ? null : chosen.from / 1000,
    toMs: chosen.to === undefined ? null : chosen.to / 1000,
    svg: request.svg ?? null,
  };
}

interface Source {
  readonly name: string;
  open(): Promise<AsyncGenerator<TraceEvent>>;
  /** Where the run is known to be wrong. */
  readonly wrong: Stretch | undefined;
}

async function sourceOf({ run, store, cluster }: DiagramRequest): Promise<Source> {
  if (cluster !== undefined)
    return {
      name: `cluster ${cluster}`,
      open: () => clusterTrace(cluster),
      wrong: undefined,
    };
  const { folder, plan, results } = await readRun(run, store);
  const evidence = results?.evidence ?? [];
  const times = evidence.map(({ time }) => time / 1000);
  const key = evidence.find((event) => event.key !== undefined)?.key;
  const span = { from: Math.min(...times) - BEFORE_US, to: Math.max(...times) + AFTER_US };
  return {
    name: `${plan.workload.name}, seed ${plan.seed}`,
    open: () => runTrace(folder),
    wrong: key === undefined ? undefined : { key: `k${key}`, ...span },
  };
}

function askedFor({ key, fromMs, toMs }: DiagramRequest): Stretch {
  return {
    ...(key !== undefined && { key: /^\d+$/.test(key) ? `k${key}` : key }),
    ...(fromMs !== undefined && { from: fromMs * 1000 }),
    ...(toMs !== undefined && { to: toMs * 1000 }),
  };
}

/** The first write that a client was told to have happened, from its first message to its last. */
async function oneUpdate(events: AsyncGenerator<TraceEvent>): Promise<Stretch> {
  const asked = new Map<string, { from: number; op: number; key: string; ts?: string }>();
  for await (const event of events) {
    if (event.type === 'request' && event.client !== undefined && event.text.startsWith('write ')) {
      const { node, key = '', text, at, op } = event;
      asked.set(`${node} ${key} ${text.slice('write '.length)}`, { from: at, op, key });
    } else if (event.type === 'state') {
      const found = asked.get(`${event.node} ${event.key} ${event.value}`);
      if (found !== undefined) found.ts ??= event.ts;
    } else if (event.type === 'reply' && event.outcome === 'ok') {
      const found = [...asked.values()].find(({ op, ts }) => op === event.op && ts !== undefined);
      if (found !== undefined) return { ...found, to: event.at + AFTER_US };
    }
  }
  return {};
}

/** Only what will be drawn is kept: a trace may be longer than the memory. */
async function within(
  events: AsyncGenerator<TraceEvent>,
  { key, from = -Infinity, to = Infinity, ts, op }: Stretch,
  all: boolean,
): Promise<TraceEvent[]> {
  const kept: TraceEvent[] = [];
  for await (const event of events) {
    if (event.at > to) break;
    if (event.at < from || event.type === 'input' || event.type === 'output') continue;
    const own = 'key' in event ? event.key : undefined;
    if (key !== undefined && own !== undefined && own !== key) continue;
    if (!all && key !== undefined && own === undefined && 'id' in event) continue;
    if (ts !== undefined && 'ts' in event && event.ts !== ts) continue;
    if (op !== undefined && 'op' in event && event.op !== op) continue;
    kept.push(event);
  }
  return kept;
}

function titleOf(name: string, { key, from, to, ts }: Stretch): string {
  if (ts !== undefined) return `${name}: one write of ${key}, ${ts}`;
  const ms = (us: number): string => (us / 1000).toFixed(3);
  const stretch = [
    key,
    from === undefined ? undefined : `from ${ms(from)} ms`,
    to === undefined ? undefined : `to ${ms(to)} ms`,
  ].filter((part) => part !== undefined);
  return [name, stretch.join(' ')].filter((part) => part !== '').join(': ');
}
