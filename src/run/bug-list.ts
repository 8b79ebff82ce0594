/** The planted bugs of all protocols, as `hermes bugs` shows them. */
import type { BugInfo } from '../protocols/machine.ts';
import { loadProtocol, PROTOCOL_NAMES } from '../protocols/protocols.ts';

export interface ListedBug {
  readonly name: string;
  readonly protocol: string;
  readonly zoo: string;
  readonly breaks: string;
  readonly anomaly: string;
  /** The smallest configuration known to show it. */
  readonly smallest: string;
  /** Flags that a run on real processes needs to show it; '': none. */
  readonly needs: string;
  /** Why runs on real processes cannot show it; absent: they can. */
  readonly cannot?: string;
}

/** In the order of the protocols and of their tables. */
export function bugList(): ListedBug[] {
  return PROTOCOL_NAMES.flatMap((protocol) =>
    (loadProtocol(protocol)?.bugs ?? []).map(({ name, zoo, breaks, anomaly, smallest, run }) => ({
      name,
      protocol,
      zoo,
      breaks,
      anomaly,
      smallest,
      needs: flagsOf(run),
      ...(run?.cannot !== undefined && { cannot: run.cannot }),
    })),
  );
}

/** As they would be typed. */
function flagsOf(run: BugInfo['run']): string {
  const flags: readonly (readonly [string, string | number | undefined])[] = [
    ['--nemesis', run?.nemesis],
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

/** A paragraph per bug, and a line to try. */
export function bugLines(bugs: readonly ListedBug[]): string[] {
  const [first] = bugs.filter(({ cannot }) => cannot === undefined);
  const paragraphs = bugs.flatMap(({ name, zoo, protocol, breaks, anomaly, smallest, cannot }) => [
    `${zoo.padEnd(4)} ${name}  (${protocol})`,
    `     ${breaks}`,
    `     must cause: ${anomaly}`,
    `     smallest known: ${smallest}`,
    ...(cannot === undefined ? [] : [`     not on real processes: ${cannot}`]),
  ]);
  return first === undefined
    ? paragraphs
    : [...paragraphs, '', `try  hermes fuzz --bug ${first.name}`];
}
