/** The part of a plan that says what clients do: weights of operations, distribution of keys. */
import type { OpName } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import type { Workload } from '../clients/workload.ts';
import type { PlanContext } from './plan-context.ts';
import type { Plan } from './plan.ts';
import { whole } from './plan-numbers.ts';

/** Throws a `UserError` where the system lacks an operation that cannot be left out of the mix. */
export function checkNeeds(workload: Workload, { operations, system }: PlanContext): void {
  // What has a weight can be left out of the mix.
  const missing = workload.needs.filter((f) => !(f in workload.mix) && !operations.includes(f));
  if (missing.length === 0) return;
  throw new UserError(
    `the workload ${workload.name} needs ${missing.join(', ')}, which ${system} does not have.`,
    `${system} has: ${operations.join(', ')}. Choose another workload with --workload.`,
  );
}

/** Weights as asked for; by default the workload's own, without operations the system does not have. */
export function planMix(
  text: string | undefined,
  workload: Workload,
  context: PlanContext,
): Readonly<Record<string, number>> {
  const { system } = context;
  // Inside transactions an operation is whatever the workload makes of it.
  const operations = joins(workload, context)
    ? (Object.keys(workload.mix) as OpName[])
    : context.operations;
  const mix = text === undefined ? ownMix(workload, operations) : askedMix(text, workload);
  // A workload without weights has a mind of its own.
  if (Object.keys(workload.mix).length === 0) return mix;
  const used = Object.keys(mix).filter((f) => mix[f] !== 0);
  const missing = used.filter((f) => !operations.includes(f));
  if (used.length > 0 && missing.length === 0) return mix;
  throw new UserError(
    missing.length > 0
      ? `--mix asks for ${missing.join(', ')}, which ${system} does not have.`
      : `the workload ${workload.name} does nothing that ${system} has.`,
    `${system} has: ${operations.join(', ')}. Choose another workload with --workload.`,
  );
}

/** Micro-operations of a transaction where nothing is said, as in Elle's own workloads. */
const DEFAULT_TXN_LENGTH = 4;
const TXN_LENGTH_MAX = 1000;

/** Does the workload make transactions, and does the system have them? */
function joins({ transactions }: Workload, { operations }: PlanContext): boolean {
  return transactions === true && operations.includes('txn');
}

/** Throws a `UserError` where several micro-operations are asked for and there are no transactions. */
export function planTxnLength(
  asked: number | undefined,
  workload: Workload,
  context: PlanContext,
): Pick<Plan['workload'], 'txnLength'> {
  if (joins(workload, context)) {
    const longest = asked ?? DEFAULT_TXN_LENGTH;
    return { txnLength: whole('--max-txn-length', longest, 1, TXN_LENGTH_MAX) };
  }
  if (asked === undefined || asked === 1) return {};
  if (workload.transactions !== true)
    throw new UserError(
      `--max-txn-length ${asked}: the workload ${workload.name} has no transactions.`,
      'Choose one that has: --workload list-append, or rw-register.',
    );
  const why =
    context.protocol === undefined
      ? `${context.system} does not name txn among its operations`
      : `${context.protocol.name} orders the operations of each key by itself, so that nothing makes several of them one`;
  throw new UserError(
    `--max-txn-length ${asked}: ${why}.`,
    'Leave it at 1 (an append, a write or a read each), or test a system with transactions: --system ./target.ts, with txn among its operations.',
  );
}

function ownMix({ mix }: Workload, operations: readonly OpName[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(mix).map(([f, weight]) => [f, operations.includes(f) ? weight : 0]),
  );
}

function askedMix(text: string, workload: Workload): Record<string, number> {
  const known = Object.keys(workload.mix);
  const mix: Record<string, number> = Object.fromEntries(known.map((f) => [f, 0]));
  for (const part of text.split(',')) {
    const [, f = '', weight] = /^\s*([\w-]+)=(\d+)\s*$/.exec(part) ?? [];
    if (weight === undefined || !known.includes(f)) {
      throw new UserError(
        `--mix ${part.trim()}: the workload ${workload.name} has no such weight.`,
        `Its operations with their defaults: ${mixText(workload.mix)}.`,
      );
    }
    mix[f] = Number(weight);
  }
  if (Object.values(mix).every((weight) => weight === 0))
    throw new UserError(
      '--mix leaves no operation to do.',
      `Give one of them a weight: ${mixText(workload.mix)}.`,
    );
  return mix;
}

function mixText(mix: Readonly<Record<string, number>>): string {
  return Object.entries(mix)
    .map(([f, weight]) => `${f}=${weight}`)
    .join(',');
}

/** `uniform`, or `zipf:` and an exponent above 0. */
export function planDistribution(text: string): Plan['workload']['distribution'] {
  if (text === 'uniform') return text;
  const exponent = /^zipf:(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (exponent !== undefined && Number(exponent) > 0) return { zipf: Number(exponent) };
  throw new UserError(
    `--key-dist ${text} is not known.`,
    'Choose uniform, or zipf with an exponent: zipf:0.99.',
  );
}
