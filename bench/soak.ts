/**
 * Many runs on real replicas: `npm run soak -- --runtime process` must find nothing in the replicas as
 * they are, `npm run soak -- --bugs` must find every planted bug that real runs can show.
 *
 *   --runtime process|netns   where the replicas run                        (default process)
 *   --count N --first S       seeds S to S+N−1                              (default 50, from 1)
 *   --shard I/N               only every N-th of them, from the I-th on     (1/1)
 *   --bugs                    hunt planted bugs: all that real runs can show
 *   --only NAMES              of these bugs only, by name or number, with commas
 *   --tries N                 seeds per bug                                 (default 5)
 *   --store DIR               folder for the runs; only those that surprise are kept
 *   --out FILE                figures as JSON
 *
 * Ends with 0 when everything was as it must be, else with 1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../src/base/random.ts';
import { bugList } from '../src/run/bug-list.ts';
import { type FuzzRunOptions, type FuzzResult, fuzzRun } from '../src/run/fuzz-run.ts';
import type { PlanRequest } from '../src/run/plan-request.ts';
import { prepareWorld } from '../src/run/world.ts';
import { EndedBySignal, listenToSignals } from '../src/tui/fuzz/signals.ts';

const { values: flags } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'process' },
    count: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    shard: { type: 'string', default: '1/1' },
    bugs: { type: 'boolean', default: false },
    only: { type: 'string' },
    tries: { type: 'string', default: '5' },
    store: { type: 'string' },
    out: { type: 'string' },
  },
});

/** One line of the result. */
interface Row {
  readonly name: string;
  readonly seed: number;
  readonly good: boolean;
  readonly valid: boolean | 'unknown';
  readonly anomaly: string;
  readonly ops: number;
  readonly seconds: number;
}

const store = flags.store ?? (await mkdtemp(join(tmpdir(), 'hermes-soak-')));
const signals = listenToSignals(() => console.error('finishing this run, then ending'));
const fuzzOptions: FuzzRunOptions = {
  store,
  keep: 'never',
  allowMissingFaults: false,
  check: { timeLimitS: 300, memoryMb: undefined },
  interrupt: signals.interrupt,
  abort: signals.abort,
};

/** What a seed of the soak draws. */
function drawRequest(seed: number): PlanRequest {
  const own = random(seed).split('soak');
  const nodes = own.pick([3, 5]);
  const concurrency = own.pick(['5', '30']);
  const ops = own.chance(1, 10) ? 50_000 : 2000;
  const kinds = ['partition', 'pause', 'disconnect', 'messages'];
  if (flags.runtime === 'netns') kinds.push('loss');
  return { runtime: flags.runtime, nodes, concurrency, ops, nemesis: kinds };
}

/** Seeds of this shard. */
function seeds(): number[] {
  const [shard = 1, shards = 1] = flags.shard.split('/').map(Number);
  const all = Array.from({ length: Number(flags.count) }, (_, i) => Number(flags.first) + i);
  return all.filter((_, i) => i % shards === shard - 1);
}

async function one(
  request: PlanRequest,
  seed: number,
): Promise<{ result: FuzzResult; seconds: number }> {
  const began = performance.now();
  const result = await fuzzRun(await prepareWorld(request), seed, fuzzOptions, {});
  return { result, seconds: (performance.now() - began) / 1000 };
}

function rowOf(
  name: string,
  seed: number,
  good: boolean,
  { results }: FuzzResult,
  seconds: number,
): Row {
  const first = results.anomalies[0];
  const anomaly =
    first === undefined ? (results.why ?? '') : `${first.type} ${first.key ?? ''}: ${first.why}`;
  return { name, seed, good, valid: results.valid, anomaly, ops: results.ops, seconds };
}

async function tell(row: Row, result: FuzzResult): Promise<void> {
  const mark = row.good ? '✔' : '✘';
  const what = row.valid === true ? 'valid' : row.valid === false ? 'invalid' : 'unknown';
  console.log(
    `${mark} ${row.name.padEnd(34)} seed ${String(row.seed).padEnd(4)} ${what.padEnd(8)} ${String(row.ops).padStart(6)} ops ${row.seconds.toFixed(1).padStart(6)} s  ${row.anomaly.slice(0, 110)}`,
  );
  if (row.good) await rm(result.folder.dir, { recursive: true, force: true });
  else console.log(`  kept: ${result.folder.dir}\n  again: ${result.results.again}`);
}

/** Replicas as they are: every run is valid. */
async function soak(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const seed of seeds()) {
    if (signals.interrupt.aborted) break;
    const request = drawRequest(seed);
    const { result, seconds } = await one(request, seed);
    const name = `${request.nodes as number} nodes ${request.concurrency} clients ${request.ops} ops`;
    const row = rowOf(name, seed, result.verdict.valid === true, result, seconds);
    rows.push(row);
    await tell(row, result);
  }
  return rows;
}

/** Each planted bug is found within so many seeds. */
async function hunt(): Promise<Row[]> {
  const only = flags.only?.split(',');
  const bugs = bugList().filter((bug) =>
    only === undefined
      ? bug.cannot === undefined
      : only.includes(bug.name) || only.includes(bug.zoo),
  );
  const [shard = 1, shards = 1] = flags.shard.split('/').map(Number);
  const rows: Row[] = [];
  for (const bug of bugs.filter((_, i) => i % shards === shard - 1)) {
    for (let seed = Number(flags.first); seed < Number(flags.first) + Number(flags.tries); seed++) {
      if (signals.interrupt.aborted) return rows;
      const { result, seconds } = await one({ runtime: flags.runtime, bugs: [bug.name] }, seed);
      const row = rowOf(
        `${bug.zoo} ${bug.name}`,
        seed,
        result.verdict.valid === false,
        result,
        seconds,
      );
      rows.push(row);
      await tell(row, result);
      if (row.good) break;
    }
  }
  return rows;
}

/** Names that nothing found. */
function missed(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.filter((name) => !rows.some((row) => row.name === name && row.good));
}

try {
  const rows = flags.bugs ? await hunt() : await soak();
  const bad = flags.bugs
    ? missed(rows)
    : rows.filter(({ good }) => !good).map(({ seed }) => `seed ${seed}`);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  console.log(
    `${rows.length} runs, ${(seconds / 60).toFixed(1)} min; ${bad.length === 0 ? 'all as they must be' : `not as they must be: ${bad.join(', ')}`}`,
  );
  if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof EndedBySignal)) throw error;
  process.exitCode = error.exitCode;
} finally {
  signals.release();
}
