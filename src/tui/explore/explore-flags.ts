/** The flags of `hermes explore` as a model and as options of the exploration. */
import { UserError } from '../../base/user-error.ts';
import { parseConfiguration } from '../../explore/configurations.ts';
import type { ExploreOptions } from '../../explore/explore.ts';
import { type HermesBounds, LINEARIZABLE, PLAIN, hermesModel } from '../../explore/hermes-model.ts';
import type { Model } from '../../explore/model.ts';
import type { Order } from '../../explore/search.ts';
import { tlaBounds, tlaModel } from '../../explore/tla/tla-model.ts';
import { scriptedHermes } from '../../protocols/hermes/protocol.ts';
import { reliableHermes } from '../../protocols/hermes/reliable.ts';
import type { BugInfo } from '../../protocols/machine.ts';
import { planBugs, planOptions } from '../../run/make-plan.ts';

/** What oclif parsed. */
export interface ExploreFlags {
  readonly config?: string | undefined;
  readonly nodes?: number | undefined;
  readonly keys?: number | undefined;
  readonly writes?: string | undefined;
  readonly rmws?: string | undefined;
  readonly removals?: number | undefined;
  readonly restarts?: number | undefined;
  readonly loss?: number | undefined;
  readonly dup?: number | undefined;
  readonly resends?: number | undefined;
  readonly replays?: 'any' | 'orphans' | undefined;
  readonly bug?: readonly string[] | undefined;
  readonly option?: readonly string[] | undefined;
  readonly rules?: 'ours' | 'published' | undefined;
  readonly invariant?: readonly string[] | undefined;
  readonly symmetry: boolean;
  readonly reduce: boolean;
  readonly order: Order;
  readonly seed: number;
  readonly walks?: number | undefined;
  readonly 'max-states'?: number | undefined;
  readonly 'max-depth'?: number | undefined;
}

/** What is explored, and in words. Throws a `UserError`. */
export function modelOf(flags: ExploreFlags): { readonly model: Model; readonly about: string } {
  const tla = flags.config === undefined ? undefined : tlaBounds(flags.config);
  if (tla !== undefined) {
    const about = `${flags.config}: the published TLA+ specification${tla.rmws ? ', with read-modify-writes' : ''}`;
    const bugs = bugsOf(flags).map(({ name }) => name);
    return { model: tlaModel({ ...tla, bugs }) as Model, about };
  }
  const bounds = boundsOf(flags);
  return { model: hermesModel(bounds), about: boundsText(bounds) };
}

/** The size of the exploration. A flag that is given goes before what the configuration says. */
export function boundsOf(flags: ExploreFlags): HermesBounds {
  const named = flags.config === undefined ? undefined : parseConfiguration(flags.config);
  if (flags.config !== undefined && named === undefined)
    throw new UserError(
      `There is no configuration "${flags.config}".`,
      'A name says what it is: 3-w110-r001-rem1 is 3 nodes, writes 1,1,0, read-modify-writes 0,0,1, one removal; rst1 is a restart, tla-3x2-rmw a TLA+ specification.',
    );
  const asked = flags.writes !== undefined || flags.rmws !== undefined;
  const base = named ?? (asked ? PLAIN : { ...PLAIN, writes: [1, 1] });
  const nodes = flags.nodes ?? base.nodes;
  const bugs = bugsOf(flags);
  const bag = flags.loss !== undefined || flags.dup !== undefined;
  const bounds: HermesBounds = {
    ...base,
    nodes,
    keys: flags.keys ?? base.keys,
    writes: countsOf('writes', flags.writes, nodes) ?? base.writes,
    rmws: countsOf('rmws', flags.rmws, nodes) ?? base.rmws,
    removals: flags.removals ?? base.removals,
    restarts: flags.restarts ?? base.restarts,
    network: bag ? 'bag' : base.network,
    loss: flags.loss ?? 0,
    dup: flags.dup ?? 0,
    resends: flags.resends ?? flags.loss ?? 0,
    replays: flags.replays ?? base.replays,
    bugs: bugs.map(({ name }) => name),
    options: {
      ...base.options,
      ...planOptions(flags.option ?? [], planted(flags), scriptedHermes),
    },
    invariants: invariantsOf(flags.invariant),
    symmetry: flags.symmetry,
    reduce: flags.reduce,
  };
  const updates = [...bounds.writes, ...bounds.rmws].reduce((sum, n) => sum + n, 0);
  if (updates <= 26) return bounds;
  throw new UserError('More than 26 updates are not explored.', 'Even six are many.');
}

/** How it is explored, with so much memory. */
export function exploreOptionsOf(flags: ExploreFlags, memoryMb: number): ExploreOptions {
  const limits = {
    ...(flags['max-states'] !== undefined && { states: flags['max-states'] }),
    ...(flags['max-depth'] !== undefined && { depth: flags['max-depth'] }),
    ...(flags.walks !== undefined && { walks: flags.walks }),
    bytes: memoryMb * 1024 * 1024,
  };
  return { order: flags.order, limits, seed: flags.seed };
}

function bugsOf(flags: ExploreFlags): readonly BugInfo[] {
  const published = flags.rules === 'published' ? (reliableHermes.published ?? []) : [];
  return [...new Set([...planBugs(published, reliableHermes), ...planted(flags)])];
}

/** Bugs that were asked for by name bring the options that they need; the published rules do not. */
function planted(flags: ExploreFlags): readonly BugInfo[] {
  const named = flags.bug?.flatMap((names) => names.split(',')) ?? [];
  return planBugs(named, reliableHermes);
}

/** `1,1,0`: one number for each node, none beyond the last one given. */
function countsOf(
  flag: string,
  text: string | undefined,
  nodes: number,
): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const counts = text.split(',').map((word) => word.trim());
  if (counts.every((word) => /^\d+$/.test(word)) && counts.length <= nodes)
    return counts.map(Number);
  throw new UserError(
    `--${flag} ${text} is not a number for each of ${nodes} nodes.`,
    `Write --${flag} 1,1,0`,
  );
}

function invariantsOf(names: readonly string[] | undefined): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const wanted = names.flatMap((list) => list.split(','));
  const known = [...Object.keys(scriptedHermes.machine.invariants), LINEARIZABLE];
  const strange = wanted.find((name) => !known.includes(name));
  if (strange === undefined) return wanted;
  throw new UserError(`There is no invariant "${strange}".`, `Invariants: ${known.join(', ')}.`);
}

/** `3 nodes, writes 1,1,0, 1 removal; any message may be lost or repeated`. */
export function boundsText(bounds: HermesBounds): string {
  const each = (counts: readonly number[]): string =>
    Array.from({ length: bounds.nodes }, (_, id) => counts[id] ?? 0).join();
  const any = (counts: readonly number[]): boolean => counts.some((n) => n > 0);
  const parts = [
    `${bounds.nodes} nodes`,
    ...(bounds.keys > 1 ? [`${bounds.keys} keys`] : []),
    ...(any(bounds.writes) ? [`writes ${each(bounds.writes)}`] : []),
    ...(any(bounds.rmws) ? [`read-modify-writes ${each(bounds.rmws)}`] : []),
    ...(bounds.removals > 0 ? [`removals ${bounds.removals}`] : []),
    ...(bounds.restarts > 0 ? [`restarts ${bounds.restarts}`] : []),
    ...(bounds.bugs.length > 0 ? [`bugs ${bounds.bugs.join()}`] : []),
  ];
  const network =
    bounds.network === 'set'
      ? 'any message may be lost, repeated, overtaken'
      : `${bounds.loss} lost, ${bounds.dup} repeated, any overtaken`;
  return `${parts.join(', ')}; ${network}`;
}
