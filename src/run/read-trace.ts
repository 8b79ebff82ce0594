/** A trace as it was written, event by event. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TraceEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';
import { clusterDir, FILES } from '../cluster/state/state-folder.ts';
import { NODE_TRACE } from '../cluster/targets/hermes.ts';
import type { RunFolder } from '../history/store.ts';
import { parseTraceLine } from '../trace/parse-trace.ts';
import { gathered } from './gather-trace.ts';

/** Lines of a file that are events. */
export async function* traceLines(path: string): AsyncGenerator<TraceEvent> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = parseTraceLine(line);
    if (event !== undefined) yield event;
  }
}

/** The trace of a run. Throws a `UserError` where none was written. */
export async function runTrace(run: RunFolder): Promise<AsyncGenerator<TraceEvent>> {
  if (await isFile(run.trace)) return traceLines(run.trace);
  throw new UserError(
    `${run.dir} holds no trace.jsonl: nothing was traced.`,
    'Run it with a trace: hermes fuzz --trace.',
  );
}

/** What the replicas of a running cluster have written so far. Throws a `UserError` where they have not. */
export async function clusterTrace(name: string): Promise<AsyncGenerator<TraceEvent>> {
  const dir = clusterDir(name);
  const [logs, data] = await Promise.all([namesIn(FILES.logs(dir)), namesIn(join(dir, 'data'))]);
  const traced = logs.filter((file) => file.endsWith(NODE_TRACE));
  const files = traced.map((file) => join(FILES.logs(dir), file));
  for (const node of data) {
    const file = join(FILES.data(dir, node), 'trace.jsonl');
    if (await isFile(file)) files.push(file);
  }
  if (files.length > 0) return gathered(files, { beganUs: await firstAt(files), keyPrefix: '' });
  throw new UserError(
    `no replica of cluster ${name} writes a trace.`,
    'Switch it on: "trace on" in hermes repl, or hermes cluster up --trace.',
  );
}

async function firstAt(files: readonly string[]): Promise<number> {
  const firsts = await Promise.all(
    files.map(async (file) => (await traceLines(file).next()).value?.at ?? Infinity),
  );
  return Math.min(...firsts);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.toSorted();
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}
