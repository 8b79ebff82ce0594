/**
 * Every planted bug of views, leases and rejoin is found: by the property test within a bounded
 * number of seeds, or where chance is not enough by a script that goes straight to it. Each does no
 * harm to the real machine on the same schedule.
 *
 * Prints a table: where, what broke, and whether the history alone shows it among the first seeds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { MEMBERSHIP_BUGS } from '../protocols/hermes/membership-bugs.ts';
import {
  drawMembership,
  type MembershipLimits,
  RELIABLE,
  RELIABLE_OPTIONS,
} from './membership.case.ts';
import type { Scenario } from './scenario.ts';
import { type RunOptions, simulate } from './simulate.ts';

/** What a bug needs to be reached by chance. */
interface Hunt extends MembershipLimits {
  readonly seeds: number;
  /** It makes something wait for ever, and nothing else. */
  readonly stuck?: boolean;
}

const SMALL: MembershipLimits = { nodes: [3], keys: [1, 2], requests: [20, 60] };

const HUNTS: Readonly<Record<string, Hunt>> = {
  M3a: { ...SMALL, seeds: 100 },
  M3b: { ...SMALL, seeds: 200, troubles: ['stall', 'cut'] },
  M5: { ...SMALL, seeds: 300, troubles: ['leave'], stuck: true },
  M18: { ...SMALL, seeds: 200, troubles: ['crash'] },
  M19: { ...SMALL, seeds: 300, troubles: ['crash', 'cut'] },
  M21: { ...SMALL, seeds: 300 },
  M31: { ...SMALL, seeds: 100, troubles: ['stall', 'cut'] },
  M33: { ...SMALL, seeds: 400, troubles: ['stall', 'cut'] },
  M38: { ...SMALL, seeds: 200, troubles: ['leave', 'cut'] },
};

const folder = new URL('../protocols/hermes/scripts/', import.meta.url);
/** Blocks of all scripts: a world and what happens in it. */
const blocks = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split(/\n{2,}/));

const FAST: RunOptions = { ...RELIABLE_OPTIONS, settle: false };
const STUCK: RunOptions = { rejoins: true, maxSettleSteps: 50_000, checkEvery: 0 };

function hunt(bug: string, limits: Hunt, options: RunOptions): Scenario | undefined {
  for (let seed = 1; seed <= limits.seeds; seed++) {
    const scenario = drawMembership(seed, { ...limits, bugs: [bug] });
    const { failure } = simulate(RELIABLE, scenario, options);
    if (failure && (failure.kind === 'progress') === (limits.stuck === true)) return scenario;
  }
  return undefined;
}

const rows: string[][] = [['bug', 'name', 'found by', 'broke', 'by history alone']];

afterAll(() => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) console.log(row.map((cell, i) => cell.padEnd(widths[i]!)).join('  '));
});

const hunted = MEMBERSHIP_BUGS.filter(({ zoo }) => zoo in HUNTS);
/** A bug of the host's clock: it shows in real processes alone (`node/leases.cluster.test.ts`). */
const OF_THE_HOST = 'M34';
const scripted = MEMBERSHIP_BUGS.filter(({ zoo }) => !(zoo in HUNTS) && zoo !== OF_THE_HOST);

describe.each(hunted)('$zoo $name', ({ zoo, name }) => {
  const limits = HUNTS[zoo] as Hunt;
  const options = limits.stuck ? STUCK : FAST;

  test('is found by chance, and its schedule does no harm', { timeout: 120_000 }, () => {
    const scenario = hunt(name, limits, options);
    expect(scenario, `not found in ${limits.seeds} seeds`).toBeDefined();
    const { failure } = simulate(RELIABLE, scenario!, options);
    const sound = { ...scenario!, world: { ...scenario!.world, bugs: [] } };
    expect(simulate(RELIABLE, sound, options).failure).toBeUndefined();
    const few = { ...limits, seeds: Math.min(60, limits.seeds) };
    const alone = limits.stuck ? undefined : hunt(name, few, { ...FAST, checkEvery: 0 });
    const byHistory = alone === undefined ? '–' : `seed ${alone.seed}`;
    rows.push([zoo, name, `seed ${scenario!.seed}`, failure!.name, byHistory]);
  });
});

describe.each(scripted)('$zoo $name', ({ zoo, name }) => {
  test('has a script in which it shows', () => {
    const block = blocks.find((text) => text.includes(` bug=${name}`));
    expect(block, `no script with bug=${name}`).toBeDefined();
    const broken = [...block!.matchAll(/^!! (\w+):/gm)].map(([, id]) => id);
    rows.push([zoo, name, 'script', broken.join(' ') || 'progress', '–']);
    // M40 breaks nothing: its reader replays for ever.
    expect(broken.length > 0 || zoo === 'M40').toBe(true);
  });
});
