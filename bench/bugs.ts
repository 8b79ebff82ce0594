/**
 * How every planted bug is caught, in every world that can show it: `npm run bugs` writes `docs/bugs.json`
 * and from it the tables of `docs/bugs.md`.
 *
 *   --worlds explore,sim,clients,real   where to hunt                          (default all)
 *   --only M1,abort-at-once             these bugs only
 *   --states N                          explored states at most                (default 3 million)
 *   --seeds N                           simulated seeds of a bug at most       (default 2000)
 *   --runs N                            runs on real replicas at most          (default 3)
 *   --seconds S                         no further seed or run after that      (default 30)
 *   --minutes M                         no further hunt after that             (default 60)
 *
 * What is not hunted keeps its figures. Rows are written as they come. All of it takes some 40 minutes on two
 * quiet cores: nearly all are the bugs that a world does not show, for which it hunts as long as it may.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BugInfo } from '../src/protocols/machine.ts';
import { loadProtocol, PROTOCOL_NAMES } from '../src/protocols/protocols.ts';
import { bugExamples } from '../src/run/bug-examples.ts';
import { bugList } from '../src/run/bug-list.ts';
import { bugsPage, type HuntedBugs } from '../src/run/bug-page.ts';
import { fuzzRun } from '../src/run/fuzz-run.ts';
import {
  type Caught,
  type HuntingGround,
  WORLDS,
  huntExplored,
  huntSimulated,
} from '../src/run/hunt-bug.ts';
import { prepareWorld } from '../src/run/world.ts';

const FIGURES = new URL('../docs/bugs.json', import.meta.url);
const PAGE = new URL('../docs/bugs.md', import.meta.url);

const { values: flags } = parseArgs({
  options: {
    worlds: { type: 'string', default: WORLDS.join(',') },
    only: { type: 'string' },
    states: { type: 'string', default: '3000000' },
    seeds: { type: 'string', default: '2000' },
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '60' },
  },
});

type Hunt = (bug: BugInfo) => Promise<Caught[HuntingGround]>;

const HUNTS: Readonly<Record<HuntingGround, Hunt>> = {
  explore: (bug) => huntExplored(bug, { states: Number(flags.states) }),
  sim: (bug) => simulated(bug, true),
  clients: (bug) => simulated(bug, false),
  real,
};

async function simulated(bug: BugInfo, invariants: boolean): Promise<Caught[HuntingGround]> {
  if (bug.sim?.cannot !== undefined) return undefined;
  const limits = { seeds: Number(flags.seeds), seconds: Number(flags.seconds) };
  return huntSimulated(bug, { ...limits, invariants });
}

/** Runs on replicas in processes, their clusters apart from those of whoever works here. */
async function real({ name }: BugInfo): Promise<Caught[HuntingGround]> {
  const scratch = await mkdtemp(join(tmpdir(), 'hermes-bugs-'));
  process.env['HERMES_STATE'] = join(scratch, 'state');
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  const never = new AbortController().signal;
  try {
    const world = await prepareWorld({ runtime: 'process', bugs: [name] });
    for (let seed = 1; seed <= Number(flags.runs); seed++) {
      if (passed() > Number(flags.seconds)) return { tried: seed - 1, seconds: passed() };
      const { results } = await fuzzRun(
        world,
        seed,
        {
          store: scratch,
          keep: 'never',
          allowMissingFaults: true,
          check: { timeLimitS: 120, memoryMb: undefined },
          interrupt: never,
          abort: AbortSignal.timeout(180_000),
        },
        {},
      );
      const broke = results.anomalies[0]?.type ?? 'invalid';
      if (results.valid === false) return { effort: seed, seconds: passed(), broke };
    }
    return { tried: Number(flags.runs), seconds: passed() };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const only = flags.only?.toLowerCase().split(',');
const wanted = PROTOCOL_NAMES.flatMap((name) => loadProtocol(name)?.bugs ?? []).filter(
  ({ name, zoo }) => only?.some((asked) => asked === name || asked === zoo.toLowerCase()) ?? true,
);
const grounds = flags.worlds.split(',') as HuntingGround[];
const before = JSON.parse(readFileSync(FIGURES, 'utf8')) as HuntedBugs;
const bugs: Record<string, Caught> = { ...before.bugs };
const machine = `${platform()} ${arch()}, ${cpus().length} cores, Node ${process.versions.node}`;

const isOver = (): boolean => performance.now() > Number(flags.minutes) * 60_000;

for (const bug of wanted)
  for (const ground of grounds) {
    if (isOver()) break;
    const found = await HUNTS[ground](bug).catch((error: unknown) => {
      console.log(`${bug.zoo} ${ground}: ${String(error)}`);
      return undefined;
    });
    if (found === undefined) continue;
    bugs[bug.zoo] = { ...bugs[bug.zoo], [ground]: found };
    console.log(`${bug.zoo.padEnd(5)} ${ground.padEnd(8)} ${JSON.stringify(found)}`);
    const figures: HuntedBugs = { machine, bugs };
    writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
    const listed = bugList();
    writeFileSync(PAGE, bugsPage(listed, figures, await bugExamples(listed)));
  }
if (isOver()) console.log(`${flags.minutes} minutes are over: the rest keeps its figures.`);
