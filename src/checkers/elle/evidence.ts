/** Anomalies as a verdict shows them: the transactions, the cycle edge by edge, and why, in plain words. */
import { capital } from '../../base/figures.ts';
import type { Anomaly } from '../verdict.ts';
import type { Cycle } from './cycles.ts';
import type { Finding } from './findings.ts';
import type { Inference } from './inference.ts';
import { type ShownStep, explainStep } from './steps.ts';
import { NIL, OK, READ, type Txns, longestOf } from '../../history/packed/txns.ts';
import { listText, plain, readText, shownTxn, valueText } from './txn-text.ts';
import { versionsAnomaly } from './evidence-versions.ts';

/** Name of a cycle as it is reported: where real time was asked for, what processes show is its business too. */
export function cycleType({ cycleClass, extension }: Cycle, processAsRealtime: boolean): string {
  const shown = extension === '-process' && processAsRealtime ? '-realtime' : extension;
  return `${cycleClass}${shown}`;
}

/** A cycle: each transaction of it, each edge with its sentence. */
export function cycleAnomaly(inference: Inference, cycle: Cycle, type: string): Anomaly {
  const { txns } = inference;
  const name = new Map<number, string>();
  for (const { from } of cycle.steps) if (!name.has(from)) name.set(from, `T${name.size + 1}`);
  const steps = cycle.steps.map((step): ShownStep =>
    explainStep(inference, step, name.get(step.from) as string, name.get(step.to) as string),
  );
  const operations = [...name.keys()].map((t) => txns.invoked[t] as number);
  return {
    type,
    why: `${MEANS[cycle.cycleClass] ?? ''}${steps.map(({ why }) => why).join(' ')} So each of them comes before itself.`,
    operations,
    detail: {
      cycle: steps,
      transactions: [...name].map(([t, label]) => shownTxn(txns, t, label)),
    },
  };
}

const MEANS: Readonly<Record<string, string>> = {
  G0: 'A cycle of writes. ',
  G1c: 'A cycle of writes and reads of what was written. ',
  'G-single-item': 'A cycle with one transaction that saw an old version (read skew). ',
  'G-nonadjacent-item': 'A cycle in which no two transactions in a row saw old versions. ',
  'G2-item': 'A cycle in which transactions saw versions that others overwrote (write skew). ',
};

/** What is wrong without a cycle. */
export function findingAnomaly(inference: Inference, finding: Finding): Anomaly {
  if (finding.versions !== undefined) return versionsAnomaly(inference, finding);
  const { txns } = inference;
  const key = txns.keyNames[finding.key] as number | string;
  const shown = shownBy(txns, finding);
  const events = shown.map((t) => txns.invoked[t] as number);
  const value = finding.value === NIL ? null : txns.nameOf(finding.value);
  return {
    type: finding.type,
    key,
    why: findingText(txns, { ...finding, txns: shown }, key, plain(value)),
    operations: events,
    detail: {
      value,
      transactions: shown.map((t, i) => shownTxn(txns, t, `T${i + 1}`)),
    },
  };
}

/** The transactions that show it; where one contradicts the longest list that was read, who read that as well. */
function shownBy(txns: Txns, { type, key, txns: those }: Finding): readonly number[] {
  if (type !== 'incompatible-order') return those;
  const { f, v, of, type: end } = txns;
  const { length } = longestOf(txns, key);
  const reader = of.find(
    (t, m) => f[m] === READ && txns.key[m] === key && v[m] === length && end[t] === OK,
  );
  return reader === undefined || those.includes(reader) ? those : [reader, ...those];
}

function findingText(
  txns: Txns,
  { type, key: k, txns: ts, micro, other }: Finding,
  key: number | string,
  value: string,
): string {
  const of = (t: number | undefined): string =>
    t === undefined ? 'a transaction' : `the transaction of event ${txns.invoked[t]}`;
  const [first, last] = [of(ts[0]), of(ts.at(-1))];
  const lists = txns.kind === 'list-append';
  switch (type) {
    case 'internal':
      return `${capital(last)} contradicts itself on key ${key}: ${microText(txns, other)}, then ${microText(txns, micro)}.`;
    case 'G1a':
      return `${capital(last)} saw ${value} in key ${key}, which ${first} had ${lists ? 'appended' : 'written'}; but that one failed: it did not happen.`;
    case 'G1b':
      return `${capital(last)} saw key ${key} in the middle of ${first}: ${value} was not the last thing that this one ${lists ? 'appended' : 'wrote'} there.`;
    case 'dirty-update':
      return `${capital(last)} appended ${value} to key ${key} on top of an element of ${first}, which failed: it did not happen.`;
    case 'lost-update':
      return `${capital(first)} and ${last} read the same version of key ${key}, and both wrote it: the update of one of them is lost.`;
    case 'duplicate-elements':
      return `${capital(last)} saw ${value} twice in key ${key}: ${microText(txns, micro)}.`;
    case 'incompatible-order': {
      const longest = `${listText(txns, longestOf(txns, k))}, as ${first === last ? 'it' : first} read it`;
      if (txns.f[micro] !== READ)
        return `${capital(last)} appended ${valueText(txns, other)} to key ${key} before ${value}; the longest list that was read of it shows ${value} without the other before it: ${longest}.`;
      return `${capital(last)} saw key ${key} as ${readText(txns, micro)}, which is no beginning of the longest list that was read of it: ${longest}.`;
    }
    case 'garbage-read':
      return `${capital(last)} saw ${value} in key ${key}, which nobody ever tried to write.`;
    case 'future-read':
      return `${capital(last)} saw ${value} in key ${key} before it wrote that itself.`;
    default:
      return `${capital(last)} shows ${type} on key ${key}.`;
  }
}

function microText(txns: Txns, m: number): string {
  if (m < 0) return 'nothing';
  const key = txns.keyNames[txns.key[m] as number];
  return txns.f[m] === READ
    ? `it read ${key} as ${readText(txns, m)}`
    : `it ${txns.kind === 'list-append' ? 'appended' : 'wrote'} ${valueText(txns, m)} to ${key}`;
}
