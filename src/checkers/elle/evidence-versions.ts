/** rw-register: versions that come before themselves, step by step with the transactions that show it. */
import { NIL } from '../../history/packed/txns.ts';
import type { Anomaly } from '../verdict.ts';
import type { Finding } from './findings.ts';
import type { Inference } from './inference.ts';
import { plain, shownTxn } from './txn-text.ts';
import { type KeyAssumption, type VersionStep, shownBefore } from './version-order.ts';

/** The anomaly of a finding that has `versions`. */
export function versionsAnomaly(
  { txns, happened, versions: order }: Inference,
  { type, key: k, versions = [] }: Finding,
): Anomaly {
  const key = txns.keyNames[k] as number | string;
  const names = new Map<number, string>();
  const nameOf = (t: number): string => {
    const known = names.get(t) ?? `T${names.size + 1}`;
    names.set(t, known);
    return known;
  };
  const steps = versions.map((u, i): VersionStep => {
    const v = versions[(i + 1) % versions.length] as number;
    const ends = { from: txns.nameOf(u), to: txns.nameOf(v) };
    if (u === NIL) return { ...ends, why: `Nothing was there before ${plain(ends.to)}.` };
    const shown = shownBefore(txns, happened, order?.assumed ?? [], { key: k, u, v });
    if (shown === undefined)
      return { ...ends, why: `${plain(ends.from)} comes before ${plain(ends.to)}.` };
    const [a, b, by] = shown;
    const why = sentence(by, ends, nameOf(a), nameOf(b));
    return { ...ends, why, by, events: [txns.invoked[a] as number, txns.invoked[b] as number] };
  });
  return {
    type,
    key,
    why: `The versions of key ${key} have no order that fits the assumption. ${steps.map(({ why }) => why).join(' ')} So each of them comes before itself.`,
    operations: [...names.keys()].map((t) => txns.invoked[t] as number),
    detail: {
      value: txns.nameOf(versions[0] as number),
      versions: steps,
      transactions: [...names].map(([t, name]) => shownTxn(txns, t, name)),
    },
  };
}

function sentence(
  by: KeyAssumption,
  { from, to }: Pick<VersionStep, 'from' | 'to'>,
  a: string,
  b: string,
): string {
  const [u, v] = [plain(from), plain(to)];
  if (by === 'wfr-keys') return `${a} read ${u} and then wrote ${v}.`;
  if (by === 'sequential-keys')
    return `${a} had ${u}, and later in the same process ${b} had ${v}.`;
  return `${a}, which had ${u}, had completed before ${b}, which had ${v}, was invoked.`;
}
