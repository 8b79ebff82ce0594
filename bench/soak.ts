/**
 * Many runs on real replicas: `npm run soak -- --runtime process` must find nothing in the replicas as
 * they are, `npm run soak -- --bugs` must find every planted bug that real runs can show.
 *
 *   --runtime process|netns|docker   where the replicas run                 (default process)
 *   --docker-host URL                the engine of the containers
 *   --count N --first S       seeds S to S+N−1                              (default 50, from 1)
 *   --shard I/N               only every N-th of them, from the I-th on     (1/1)
 *   --nodes N --concurrency C --ops N --nemesis WORDS
 *                             of every run; what is not said is drawn from the seed
 *   --bugs                    hunt planted bugs: all that real runs can show
 *   --only NAMES              of these bugs only, by name or number, with commas
 *   --tries N                 seeds per bug                                 (default 5)
 *   --limit S                 seconds after which a run is given up         (default 600)
 *   --store DIR               folder for the runs; only those that surprise are kept
 *   --out FILE.json           figures as JSON, and FILE.md as tables, written anew after each run
 *
 * A run that ends without a verdict counts as bad, and the next one follows. Clusters are kept apart from
 * those of whoever works on the machine. Ends with 0 when everything was as it must be, else with 1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../src/base/random.ts';
import { bugList } from '../src/run/bug-list.ts';
import { runFigure } from '../src/report/run-figure.ts';
import { type FuzzRunOptions, type FuzzResult, fuzzRun } from '../src/run/fuzz-run.ts';
import type { PlanRequest } from '../src/run/plan-request.ts';
import { prepareWorld } from '../src/run/world.ts';
import { EndedBySignal, listenToSignals } from '../src/tui/fuzz/signals.ts';
import { soakKinds, soakMarkdown, type SoakRow, verdictWord } from './soak-table.ts';

const { values: flags } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'process' },
    'docker-host': { type: 'string' },
    count: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    shard: { type: 'string', default: '1/1' },
    nodes: { type: 'string' },
    concurrency: { type: 'string' },
    ops: { type: 'string' },
    nemesis: { type: 'string' },
    limit: { type: 'string', default: '600' },
    bugs: { type: 'boolean', default: false },
    only: { type: 'string' },
    tries: { type: 'string', default: '5' },
    store: { type: 'string' },
    out: { type: 'string' },
  },
});

const store = flags.store ?? (await mkdtemp(join(tmpdir(), 'hermes-soak-')));
const signals = listenToSignals(() => console.error('finishing this run, then ending'));
const fuzzOptions: Omit<FuzzRunOptions, 'abort'> = {
  store,
  keep: 'never',
  allowMissingFaults: false,
  check: { timeLimitS: 300, memoryMb: undefined },
  draw: runFigure,
  interrupt: signals.interrupt,
};
const state = await mkdtemp(join(tmpdir(), 'hermes-soak-'));
process.env['HERMES_STATE'] = state;

const where = { runtime: flags.runtime, dockerHost: flags['docker-host'] } satisfies PlanRequest;

/** What a seed of the soak draws, where flags do not say it. */
function drawRequest(seed: number): PlanRequest {
  const own = random(seed).split('soak');
  const nodes = own.pick([3, 5]);
  const concurrency = own.pick(['5', '30']);
  const ops = own.chance(1, 10) ? 50_000 : 2000;
  return {
    ...where,
    nodes: flags.nodes === undefined ? nodes : Number(flags.nodes),
    concurrency: flags.concurrency ?? concurrency,
    ops: flags.ops === undefined ? ops : Number(flags.ops),
    nemesis: [flags.nemesis ?? 'swarm'],
  };
}

/** Seeds of this shard. */
function seeds(): number[] {
  const [shard = 1, shards = 1] = flags.shard.split('/').map(Number);
  const all = Array.from({ length: Number(flags.count) }, (_, i) => Number(flags.first) + i);
  return all.filter((_, i) => i % shards === shard - 1);
}

/** A run that is given up, or cannot begin, is a row too; only a signal ends the soak. */
async function one(
  name: string,
  request: PlanRequest,
  seed: number,
  wanted: boolean,
): Promise<SoakRow> {
  const began = performance.now();
  const late = AbortSignal.timeout(Number(flags.limit) * 1000);
  const abort = AbortSignal.any([signals.abort, late]);
  try {
    const world = await prepareWorld(request);
    const result = await fuzzRun(world, seed, { ...fuzzOptions, abort }, {});
    const row = rowOf(name, result, wanted, (performance.now() - began) / 1000);
    await tell(row, result);
    return row;
  } catch (error) {
    if (error instanceof EndedBySignal) throw error;
    const why = late.aborted ? `given up after ${flags.limit} s` : (error as Error).message;
    const seconds = (performance.now() - began) / 1000;
    const nothing = { ops: 0, viewChanges: 0, faults: [], skipped: [] };
    const row: SoakRow = { name, seed, good: false, valid: 'error', why, seconds, ...nothing };
    await tell(row, undefined);
    return row;
  }
}

function rowOf(name: string, { results }: FuzzResult, wanted: boolean, seconds: number): SoakRow {
  const { seed, valid, ops, faults, skipped, epochs, anomalies } = results;
  const [first] = anomalies;
  const doubt = valid === 'unknown' ? `${results.reason}: ${results.why}` : '';
  const why = first === undefined ? doubt : `${first.type} ${first.key ?? ''}: ${first.why}`;
  const viewChanges = epochs === null ? 0 : epochs.last - epochs.first;
  const good = valid === wanted;
  return { name, seed, good, valid, why, ops, seconds, viewChanges, faults, skipped };
}

async function tell(row: SoakRow, result: FuzzResult | undefined): Promise<void> {
  const mark = row.good ? '✔' : '✘';
  console.log(
    `${mark} ${row.name.padEnd(34)} seed ${String(row.seed).padEnd(4)} ${verdictWord(row.valid).padEnd(8)} ${String(row.ops).padStart(6)} ops ${row.seconds.toFixed(1).padStart(6)} s  ${row.why.slice(0, 110)}`,
  );
  if (result === undefined) return;
  if (row.good) await rm(result.folder.dir, { recursive: true, force: true });
  else console.log(`  kept: ${result.folder.dir}\n  again: ${result.results.again}`);
}

/** After each run, so that a soak that is cut short has its tables too. */
async function write(rows: readonly SoakRow[]): Promise<void> {
  if (flags.out === undefined) return;
  const title = flags.bugs ? 'Planted bugs on real replicas' : `Soak, ${flags.runtime}`;
  const { platform, arch, version } = process;
  await writeFile(
    flags.out,
    `${JSON.stringify({ title, platform, arch, node: version, kinds: soakKinds(rows), rows }, null, 2)}\n`,
  );
  await writeFile(`${flags.out.replace(/\.json$/, '')}.md`, soakMarkdown(title, rows));
}

/** Replicas as they are: every run is valid. */
async function soak(): Promise<SoakRow[]> {
  const rows: SoakRow[] = [];
  for (const seed of seeds()) {
    if (signals.interrupt.aborted) break;
    const request = drawRequest(seed);
    const { nodes, concurrency, ops, nemesis } = request;
    const name = `${nodes as number} nodes ${concurrency} clients ${ops} ops ${nemesis?.join()}`;
    rows.push(await one(name, request, seed, true));
    await write(rows);
  }
  return rows;
}

/** Each planted bug is found within so many seeds. */
async function hunt(): Promise<SoakRow[]> {
  const only = flags.only?.split(',');
  const bugs = bugList().filter((bug) =>
    only === undefined
      ? bug.cannot.real === undefined
      : only.includes(bug.name) || only.includes(bug.zoo),
  );
  const [shard = 1, shards = 1] = flags.shard.split('/').map(Number);
  const first = Number(flags.first);
  const rows: SoakRow[] = [];
  for (const bug of bugs.filter((_, i) => i % shards === shard - 1)) {
    for (let seed = first; seed < first + Number(flags.tries); seed++) {
      if (signals.interrupt.aborted) return rows;
      const request = { ...asked(), ...where, bugs: [bug.name] };
      const row = await one(`${bug.zoo} ${bug.name}`, request, seed, false);
      rows.push(row);
      await write(rows);
      if (row.good) break;
    }
  }
  return rows;
}

/** What flags say of a run; planted bugs know the rest themselves. */
function asked(): PlanRequest {
  return {
    nodes: flags.nodes === undefined ? undefined : Number(flags.nodes),
    concurrency: flags.concurrency,
    ops: flags.ops === undefined ? undefined : Number(flags.ops),
    nemesis: flags.nemesis === undefined ? undefined : [flags.nemesis],
  };
}

/** Names that nothing found. */
function missed(rows: readonly SoakRow[]): string[] {
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
  process.exitCode = bad.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof EndedBySignal)) throw error;
  process.exitCode = error.exitCode;
} finally {
  signals.release();
  await rm(state, { recursive: true, force: true });
}
