/** The planted bugs of all protocols, as `hermes bugs` shows them. */
import type { BugInfo, BugNeeds } from '../protocols/machine.ts';
import { loadProtocol, PROTOCOL_NAMES } from '../protocols/protocols.ts';

export interface ListedBug {
  readonly name: string;
  readonly protocol: string;
  readonly zoo: string;
  readonly breaks: string;
  readonly anomaly: string;
  /** The smallest configuration known to show it. */
  readonly smallest: string;
  /** Configuration of `hermes explore` that shows it; absent: none does. */
  readonly explore?: string;
  /** Flags that a run on real processes needs to show it; '': none. */
  readonly needs: string;
  /** Why a world cannot show it; a world that is not named can. */
  readonly cannot: Readonly<Partial<Record<'explore' | 'sim' | 'real', string>>>;
}

/** In the order of the protocols and of their tables. */
export function bugList(): ListedBug[] {
  return PROTOCOL_NAMES.flatMap((protocol) =>
    (loadProtocol(protocol)?.bugs ?? []).map((bug) => {
      const { name, zoo, breaks, anomaly, smallest, explore } = bug;
      return {
        name,
        protocol,
        zoo,
        breaks,
        anomaly,
        smallest,
        ...(typeof explore === 'string' && { explore }),
        needs: flagsOf(bug.run),
        cannot: reasons(bug),
      };
    }),
  );
}

function reasons({ explore, sim, run }: BugInfo): ListedBug['cannot'] {
  return {
    ...(typeof explore === 'object' && { explore: explore.cannot }),
    ...(sim?.cannot !== undefined && { sim: sim.cannot }),
    ...(run?.cannot !== undefined && { real: run.cannot }),
  };
}

/** As they would be typed. */
function flagsOf(run: BugNeeds | undefined): string {
  const flags: readonly (readonly [string, string | number | undefined])[] = [
    ['--nemesis', run?.nemesis],
    ['--nemesis-interval', run?.nemesisIntervalS],
    ['--workload', run?.workload],
    ['--mix', run?.mix],
    ['--nodes', run?.nodes],
    ['--keys', run?.keys],
    ['--ops-per-key', run?.opsPerKey],
    ['--concurrency', run?.concurrency],
    ['--ops', run?.ops],
    ['--time-limit', run?.timeLimitS],
    ['--time-scale', run?.timeScale],
  ];
  return flags
    .flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]))
    .join(' ');
}

/** What the worlds are called, for people. */
export const WORLD_NAMES = {
  explore: 'by exploring',
  sim: 'in simulation',
  real: 'on real replicas',
} as const;

/** A paragraph per bug, and a line to try. */
export function bugLines(bugs: readonly ListedBug[]): string[] {
  const [first] = bugs.filter(({ cannot }) => cannot.real === undefined);
  const paragraphs = bugs.flatMap(({ name, zoo, protocol, breaks, anomaly, ...bug }) => [
    `${zoo.padEnd(4)} ${name}  (${protocol})`,
    `     ${breaks}`,
    `     must cause: ${anomaly}`,
    `     smallest known: ${bug.smallest}`,
    ...(bug.explore === undefined
      ? []
      : [`     hermes explore --config ${bug.explore} --bug ${zoo}`]),
    ...worlds(bug.cannot).map(([world, why]) => `     not ${WORLD_NAMES[world]}: ${why}`),
  ]);
  return first === undefined
    ? paragraphs
    : [...paragraphs, '', `try  hermes fuzz --bug ${first.name}`];
}

/** Worlds that cannot show it, and why. */
export function worlds(cannot: ListedBug['cannot']): [keyof ListedBug['cannot'], string][] {
  return Object.entries(cannot) as [keyof ListedBug['cannot'], string][];
}
