/**
 * How fast the explorer is, and the table of configurations.
 *
 *     node bench/explore.ts                rates: states per second, bytes per state
 *     node bench/explore.ts table [N]      every row of up to N states (default a million), checked
 *     node bench/explore.ts table 3-w111   the rows of these names
 *
 * Rates are per second of processor time of this process, one core, since a busy machine says nothing
 * about the explorer; wall-clock time is printed beside it.
 */
import { count } from '../src/base/figures.ts';
import { ROWS, parseConfiguration } from '../src/explore/configurations.ts';
import { explore } from '../src/explore/explore.ts';
import { type HermesBounds, hermesModel } from '../src/explore/hermes-model.ts';

interface Measured {
  readonly valid: boolean | 'unknown';
  readonly distinct: number;
  readonly line: string;
}

async function measure(name: string, more: Partial<HermesBounds> = {}): Promise<Measured> {
  const bounds = { ...(parseConfiguration(name) as HermesBounds), ...more };
  const before = process.cpuUsage();
  const { valid, search, seconds } = await explore(hermesModel(bounds), {
    onProgress: ({ distinct }, s) =>
      process.stderr.write(`\r${name} ${count(distinct)} ${Math.round(s)} s `),
  });
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1e6;
  const cells = [
    String(valid).padStart(7),
    count(search.generated).padStart(13),
    count(search.distinct).padStart(11),
    String(search.depth).padStart(4),
    `${cpu.toFixed(1)} s`.padStart(9),
    `${seconds.toFixed(1)} s`.padStart(9),
    count(Math.round(search.generated / cpu)).padStart(11),
    count(Math.round(search.bytes / search.distinct)).padStart(6),
  ];
  return { valid, distinct: search.distinct, line: cells.join('  ') };
}

const HEAD =
  'configuration                      valid         states     distinct  depth   cpu       wall     states/s  bytes';

async function rates(): Promise<void> {
  console.log(HEAD);
  const rows: readonly (readonly [string, Partial<HermesBounds>])[] = [
    ['3-w110', { reduce: false }],
    ['3-w110', {}],
    ['3-r110', { reduce: false }],
    ['3-r111', {}],
    ['3-r110-rem1', {}],
  ];
  for (const [name, more] of rows) {
    const title = more.reduce === false ? `${name}, no state left out` : name;
    console.log(`${title.padEnd(32)}  ${(await measure(name, more)).line}`);
  }
}

/** False: a count is not the pinned one, or something is wrong. */
async function table(words: readonly string[]): Promise<boolean> {
  const most = words.length === 0 ? 1_000_000 : Number(words[0]);
  const rows = ROWS.filter(({ name, states = Infinity }) =>
    Number.isNaN(most) ? words.includes(name) : states <= most,
  );
  console.log(`${HEAD}  model of the rules`);
  let good = true;
  for (const { name, rules, states } of rows) {
    const { valid, distinct, line } = await measure(name);
    const as = states === undefined || states === distinct ? '' : `  expected ${count(states)}`;
    good &&= valid === true && as === '';
    console.log(`${name.padEnd(32)}  ${line}  ${count(rules).padStart(13)}${as}`);
  }
  return good;
}

const [what, ...words] = process.argv.slice(2);
if (what === 'table') process.exitCode = (await table(words)) ? 0 : 1;
else await rates();
