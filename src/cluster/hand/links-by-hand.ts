/**
 * `hermes cluster partition|fault|heal`: what each does, and what it says.
 */
import { UserError } from '../../base/user-error.ts';
import { faultText } from '../../faults/fault-text.ts';
import type { FaultReport } from '../../faults/fault.ts';
import {
  chosenNodes,
  effectText,
  inflict,
  lastingFault,
  resolved,
  wishedFault,
} from './by-hand.ts';
import { partitionLinks } from './partition-groups.ts';
import { nameFlag } from './status-text.ts';
import { nodesOf, withHolder } from './with-holder.ts';

export interface Told {
  readonly report: FaultReport;
  readonly lines: readonly string[];
}

/** Cuts groups from each other. */
export async function partitionByHand(cluster: string, words: readonly string[]): Promise<Told> {
  return withHolder(cluster, async (holder) => {
    const names = await nodesOf(holder);
    const fault = lastingFault({
      kind: 'partition',
      shape: 'links',
      links: partitionLinks(words, names),
    });
    const report = await inflict(holder, fault);
    const lines = [
      `#${report.id} ${faultText(fault, names)}`,
      `  end it: hermes cluster heal${nameFlag(cluster)}`,
    ];
    return { report, lines };
  });
}

export interface FaultFlags {
  /** `name=number` each. */
  readonly set: readonly string[];
  /** How long, in seconds; undefined: until it is healed. */
  readonly seconds: string | undefined;
  /** Undefined: drawn anew. */
  readonly seed: string | undefined;
}

/** Applies a fault; with `seconds` waits, ends it, and reports what it did. */
export async function faultByHand(
  cluster: string,
  words: readonly string[],
  flags: FaultFlags,
  print: (line: string) => void,
): Promise<{ report: FaultReport }> {
  const [text, ...rest] = words;
  if (text === undefined)
    throw new UserError('name the fault.', 'For example: hermes cluster fault messages:lose');
  const seconds = secondsOf(flags.seconds);
  return withHolder(cluster, async (holder) => {
    const names = await nodesOf(holder);
    const wish = {
      text,
      nodes: chosenNodes(rest, names),
      params: paramsOf(flags.set),
      seed: flags.seed ?? Date.now(),
    };
    const fault = await resolved(holder, wishedFault(wish, names));
    const { capabilities } = await holder.call('describe', {});
    const shape = `${fault.kind}:${fault.shape}` as const;
    const what = capabilities[shape] === undefined ? fault.kind : shape;
    const able = capabilities[what];
    if (able !== true) throw new UserError(`${what} cannot be done to this cluster: ${able}.`);
    const report = await inflict(holder, fault);
    print(`#${report.id} ${faultText(fault, names)}`);
    if (seconds === undefined) {
      const { connectionsReset } = report.counters;
      if (fault.kind === 'member')
        print(`  ${report.nodes.join(' ') || 'nobody'}: ${effectText(report)}`);
      if (connectionsReset !== undefined) print(`  ${effectText(report)}`);
      else print(`  end it: hermes cluster heal${nameFlag(cluster)}`);
      return { report };
    }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const last = await holder.call('undo', { id: report.id });
    print(`#${last.id} is over: ${effectText(last)}`);
    return { report: last };
  });
}

/** Ends the faults with these numbers, or all but kills. */
export async function healByHand(
  cluster: string,
  words: readonly string[],
): Promise<{ healed: readonly FaultReport[]; lines: readonly string[] }> {
  return withHolder(cluster, async (holder) => {
    const { faults } = await holder.call('describe', {});
    const ids = words.map((word) => Number(word.replace(/^#/, '')));
    for (const [i, id] of ids.entries())
      if (!faults.some((fault) => fault.id === id))
        throw new UserError(`no fault ${words[i]} is on.`, 'hermes cluster status lists them.');
    const chosen = faults.filter(({ id, kind }) =>
      ids.length > 0 ? ids.includes(id) : kind !== 'kill',
    );
    const healed = await Promise.all(chosen.map(({ id }) => holder.call('undo', { id })));
    const lines = healed.map((report) =>
      report.left === true
        ? `#${report.id} could not be undone, ${report.error} (again: hermes cluster heal ${report.id}${nameFlag(cluster)})`
        : `#${report.id} is over: ${report.error ?? effectText(report)}`,
    );
    const dead = faults.filter((fault) => fault.kind === 'kill' && !chosen.includes(fault));
    if (healed.length === 0) lines.push('no fault is on');
    if (dead.length > 0) {
      const names = dead.flatMap(({ nodes }) => (nodes === 'leader' ? [] : nodes)).join(' ');
      lines.push(`  still down: ${names} (hermes cluster restart ${names}${nameFlag(cluster)})`);
    }
    return { healed, lines };
  });
}

function paramsOf(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^(\w+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
      if (name === undefined)
        throw new UserError(`--set ${text}: not a parameter.`, 'For example: --set percent=30');
      return [name, Number(value)];
    }),
  );
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0) || seconds > 86_400)
    throw new UserError(`--for ${text}: not a number of seconds.`);
  return seconds;
}
