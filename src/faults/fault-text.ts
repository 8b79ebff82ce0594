/** A fault and a schedule in words: `partition halves {n1 n2 | n3}, 0.8 s`. */
import type { NodeName } from '../base/operation.ts';
import { distributionOf } from './distribution.ts';
import type { Fault, Link, Schedule } from './fault.ts';

/** `partition one-way n1→n2`, `pause one {n3}`, `messages lose 30 % on all links`. */
export function faultText(
  fault: Pick<Fault, 'kind' | 'shape' | 'nodes' | 'links' | 'params'>,
  nodes: readonly NodeName[],
): string {
  const name = fault.shape === '' ? fault.kind : `${fault.kind} ${fault.shape}`;
  return [name, paramsText(fault.params), whereText(fault, nodes)]
    .filter((part) => part !== '')
    .join(' ');
}

/** One line per fault, and one per kind that was skipped. */
export function scheduleText(schedule: Schedule, nodes: readonly NodeName[]): string[] {
  const lines = schedule.faults.map((fault) => {
    const from = (fault.atNs / 1e9).toFixed(3).padStart(8);
    const to = ((fault.atNs + fault.forNs) / 1e9).toFixed(3).padStart(8);
    return `${from} s to ${to} s  ${faultText(fault, nodes)}`;
  });
  return [...lines, ...schedule.skipped.map(({ kind, reason }) => `skipped  ${kind}: ${reason}`)];
}

function paramsText(params: Fault['params']): string {
  const units: Readonly<Record<string, (x: number) => string>> = {
    percent: (x) => `${x} %`,
    delayMs: (x) => `${x} ms`,
    jitterMs: (x) => (x === 0 ? '' : `± ${x} ms`),
    burst: (x) => `in runs of ${x}`,
    seed: () => '',
    kbit: (x) => `${x} kbit/s`,
    distribution: (x) => (x === 0 ? '' : distributionOf(x)),
    survivors: () => '',
    atOnce: (x) => (x === 1 ? 'at once' : ''),
    offsetMs: (x) => `${x > 0 ? '+' : ''}${x} ms`,
    periodMs: (x) => `every ${x} ms`,
    ratePpm: (x) => `${x > 0 ? '+' : ''}${x} ppm`,
    onSync: (x) => (x === 1 ? 'on fsync' : 'on write'),
  };
  return Object.entries(params)
    .map(([name, x]) => units[name]?.(x) ?? `${name} ${x}`)
    .filter((part) => part !== '')
    .join(' ');
}

function whereText(
  fault: Pick<Fault, 'kind' | 'nodes' | 'links'>,
  nodes: readonly NodeName[],
): string {
  if (fault.nodes === 'leader') return 'the leader';
  if (fault.links.length === 0) return fault.nodes.length === 0 ? '' : `{${fault.nodes.join(' ')}}`;
  if (fault.links.length === nodes.length * (nodes.length - 1)) return 'on all links';
  const groups = fault.kind === 'partition' ? sides(fault.links, nodes) : undefined;
  return groups ?? linksText(fault.links);
}

/** `{n1 n2 | n3}` where the links cut the nodes into two sides and nothing else; else undefined. */
function sides(links: readonly Link[], nodes: readonly NodeName[]): string | undefined {
  const has = new Set(links.map(([a, b]) => `${a} ${b}`));
  const [first] = nodes;
  if (first === undefined) return undefined;
  const right = nodes.filter((node) => has.has(`${first} ${node}`));
  const left = nodes.filter((node) => !right.includes(node));
  const whole = left.every((a) => right.every((b) => has.has(`${a} ${b}`) && has.has(`${b} ${a}`)));
  if (right.length === 0 || !whole || links.length !== 2 * left.length * right.length)
    return undefined;
  return `{${left.join(' ')} | ${right.join(' ')}}`;
}

/** `n1–n2` both ways, `n1→n3` one way. */
function linksText(links: readonly Link[]): string {
  const has = new Set(links.map(([a, b]) => `${a} ${b}`));
  return links
    .flatMap(([a, b]) => {
      if (!has.has(`${b} ${a}`)) return [`${a}→${b}`];
      return a < b ? [`${a}–${b}`] : [];
    })
    .join(' ');
}
