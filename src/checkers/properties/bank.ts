/**
 * Accounts between which money moves (Jepsen's `bank`): every read of all accounts shows the same total,
 * and no account below zero. A read is a list of balances, or of `[account, balance]`.
 *
 * The header may say `total`, `accounts` and `negativeBalances`; what it does not say is taken from the
 * first read, and zero is the least.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import { type Calls, type Property, answering, idOf, isOk, named, said } from './property.ts';

type Balances = ReadonlyMap<number | string, number>;

export const bank: Property = {
  name: 'bank',
  demands: 'every read of all accounts shows the same total, and none below zero',
  wants:
    'It wants reads of all accounts: a list of balances, or of [account, balance]; and transfers.',

  judge(calls) {
    const reads = calls.all.filter((call) => call.invoke.f === 'read' && isOk(call));
    const odd = reads.find((call) => balancesOf(call) === undefined);
    if (odd !== undefined) {
      const unfit = `${said(odd)} did not answer with balances.`;
      return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit };
    }
    const anomalies = reads.flatMap((read) => wrongIn(calls, read, reads[0] as Call));
    const count = (type: string): number => anomalies.filter((a) => a.type === type).length;
    const transfers = calls.all.filter(
      (call) => call.invoke.f === 'transfer' && !(call.end?.type === 'fail'),
    );
    const figures = {
      reads: reads.length,
      transfers: transfers.length,
      wrongTotals: count('wrong-total'),
      negative: count('negative-balance'),
      wrongAccounts: count('wrong-accounts'),
    };
    // Reads of accounts between which nothing moved would be equal in any system.
    const observed = transfers.length === 0 && anomalies.length === 0 ? 0 : reads.length;
    return { observed, keys: 1, anomalies, figures };
  },

  verify(calls, anomaly) {
    const ops = named(calls, anomaly);
    const read = ops?.at(-1);
    if (ops === undefined || read === undefined) return 'the read is not in the history';
    const held = [...(balancesOf(read)?.values() ?? [])];
    if (anomaly.type === 'negative-balance')
      return held.some((b) => b < 0) ? undefined : 'no balance is below zero';
    const { header } = calls;
    const first = [...(balancesOf(ops[0] as Call) ?? [])];
    if (anomaly.type === 'wrong-total') {
      const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
      const total = header['total'] ?? sum(first.map(([, b]) => b));
      return sum(held) === total ? 'the total is right' : undefined;
    }
    const accounts =
      (header['accounts'] as readonly Value[] | undefined)?.map(idOf) ?? first.map(([a]) => a);
    const own = [...(balancesOf(read)?.keys() ?? [])];
    const equal = own.length === accounts.length && own.every((a) => accounts.includes(a));
    return equal ? 'the accounts are the same' : undefined;
  },

  plants(calls) {
    const reads = calls.all.filter((call) => call.invoke.f === 'read' && isOk(call));
    const read = reads[1] ?? (calls.header['total'] === undefined ? undefined : reads[0]);
    const value = read?.end?.value;
    if (read === undefined || !Array.isArray(value) || value.length === 0) return [];
    const [one, ...rest] = value as readonly Value[];
    const more = Array.isArray(one)
      ? [one[0] as Value, (one[1] as number) + 1]
      : (one as number) + 1;
    return [answering(calls, read, { value: [more, ...rest] })];
  },
};

function wrongIn({ header }: Calls, read: Call, first: Call): Anomaly[] {
  const [held, began] = [balancesOf(read) as Balances, balancesOf(first) as Balances];
  const total = typeof header['total'] === 'number' ? header['total'] : sumOf(began);
  const own = header['accounts'];
  const accounts = Array.isArray(own) ? own.map((a) => idOf(a as Value)) : [...began.keys()];
  const at = (type: string, why: string, ...more: Call[]): Anomaly => ({
    type,
    why: `${said(read)} ${why}`,
    operations: [...more, read].map(({ invoke }) => invoke.index),
    detail: { total: sumOf(held) },
  });
  const odd = held.size !== accounts.length || accounts.some((account) => !held.has(account));
  if (odd)
    return [
      at(
        'wrong-accounts',
        `shows the accounts ${[...held.keys()].join(', ')}, not ${accounts.join(', ')}.`,
        first,
      ),
    ];
  const found: Anomaly[] = [];
  if (sumOf(held) !== total)
    found.push(at('wrong-total', `shows a total of ${sumOf(held)} instead of ${total}.`, first));
  const negative = [...held].find(([, balance]) => balance < 0);
  if (negative !== undefined && header['negativeBalances'] !== true)
    found.push(at('negative-balance', `shows account ${negative[0]} with ${negative[1]}.`));
  return found;
}

function sumOf(balances: Balances): number {
  let sum = 0;
  for (const balance of balances.values()) sum += balance;
  return sum;
}

/** By account; undefined: it shows something else. */
function balancesOf(call: Call): Balances | undefined {
  const value = call.end?.value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const list = value as readonly Value[];
  const pairs = list.map(
    (e, i) => (Array.isArray(e) && e.length === 2 ? e : [i, e]) as [Value, Value],
  );
  if (pairs.some(([, balance]) => !Number.isSafeInteger(balance))) return undefined;
  const balances = new Map(pairs.map(([account, balance]) => [idOf(account), balance as number]));
  return balances.size === pairs.length ? balances : undefined;
}
