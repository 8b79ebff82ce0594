/**
 * The check of a whole history: total, whatever the history and whatever a user's model does.
 *
 * All checks that apply are made; the worst verdict wins. An exception inside one is `unknown`,
 * never a pass.
 */
import type { History } from '../history/event.ts';
import { MalformedHistory } from './calls.ts';
import { CHECKER_NAMES, USUAL_CHECKS, checksOf } from './check-names.ts';
import { judgeDivergence } from './divergence.ts';
import { type TransactionsRequest, judgeTransactions } from './elle/judge-transactions.ts';
import { isTxnKind } from '../history/packed/txns.ts';
import { type LinearizableRequest, judgeLinearizable } from './linearizable.ts';
import { judgeProperty } from './properties/judge-property.ts';
import { propertyNamed } from './properties/properties.ts';
import type { Invalid, Judged, Unknown, Valid, Verdict } from './verdict.ts';

export interface CheckRequest extends LinearizableRequest, Omit<TransactionsRequest, 'kind'> {
  /** Which checks; default: what the header asks for, else all that the history has something for. */
  readonly checkers?: readonly string[] | undefined;
}

/** Pure and total. `checkMs` is set by whoever has a clock. */
export function checkHistory(history: History, request: CheckRequest = {}): Verdict {
  const wanted: readonly string[] = request.checkers ?? checksOf(history.header) ?? USUAL_CHECKS;
  const odd = wanted.find((name) => !CHECKER_NAMES.includes(name));
  if (odd !== undefined) return unknown('not-applicable', `There is no checker "${odd}".`);
  try {
    const verdicts: Verdict[] = [];
    const model = request.model ?? history.header.model;
    // Transactions are judged as such; whatever else is asked for by name is judged too.
    const txns = isTxnKind(model);
    if (wanted.includes('elle') && (txns || request.checkers !== undefined))
      verdicts.push(judgeTransactions(history, { ...request, ...(txns && { kind: model }) }));
    if (wanted.includes('linearizable') && !(txns && wanted.includes('elle')))
      verdicts.push(judgeLinearizable(history, request));
    for (const property of wanted.map(propertyNamed))
      if (property !== undefined) verdicts.push(judgeProperty(history, property, request));
    const replicas = wanted.includes('divergent') ? divergence(history) : undefined;
    if (replicas !== undefined) verdicts.push(replicas);
    return verdicts.length === 0
      ? unknown('nothing-to-check', 'No final samples of the replicas were recorded.')
      : joinVerdicts(verdicts);
  } catch (error) {
    if (error instanceof MalformedHistory)
      return unknown('not-applicable', `This is no history: ${error.message}`);
    return unknown(
      'crashed-check',
      `The check itself failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The worst of several verdicts on one history, with all anomalies. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  const first = verdicts[0];
  if (first === undefined) return unknown('nothing-to-check', 'Nothing was checked.');
  const judged = {
    checker: verdicts.map((v) => v.checker).join('; '),
    operations: Math.max(...verdicts.map((v) => v.operations)),
    keys: Math.max(...verdicts.map((v) => v.keys)),
    ...(first.checkMs !== undefined && { checkMs: first.checkMs }),
    ...verdicts
      .filter(({ consistency }) => consistency !== undefined)
      .map(({ consistency }) => ({ consistency }))
      .at(0),
    ...joinProperties(verdicts),
  };
  const invalid = verdicts.filter((v): v is Invalid => v.valid === false);
  if (invalid.length > 0)
    return { ...judged, valid: false, anomalies: invalid.flatMap((v) => v.anomalies) };
  const undecided = verdicts.find((v): v is Unknown => v.valid === 'unknown');
  if (undecided !== undefined) return { ...undecided, ...judged };
  const { onlyProperties: _, ...rest } = first;
  return { ...rest, ...judged, ...joinPower(verdicts as readonly Valid[]) };
}

function joinProperties(
  verdicts: readonly Verdict[],
): Pick<Judged, 'properties' | 'onlyProperties'> {
  const properties = verdicts.flatMap((v) => v.properties ?? []);
  if (properties.length === 0) return {};
  const judging = verdicts.filter(({ operations }) => operations > 0);
  const only = judging.every((v) => v.onlyProperties === true);
  return { properties, ...(only && { onlyProperties: true }) };
}

/** All violations that were planted; weak where one of the verdicts is. */
function joinPower(verdicts: readonly Valid[]): Pick<Valid, 'power' | 'weak'> {
  const powers = verdicts.flatMap(({ power }) => power ?? []);
  const sum = (of: 'planted' | 'found'): number => powers.reduce((n, power) => n + power[of], 0);
  return {
    ...(powers.length > 0 && { power: { planted: sum('planted'), found: sum('found') } }),
    ...(verdicts.some(({ weak }) => weak === true) && { weak: true }),
  };
}

function divergence(history: History): Verdict | undefined {
  if (history.final === undefined || history.final.length === 0) return undefined;
  const { anomalies, notServed } = judgeDivergence(history.final);
  const keys = new Set(history.final.map((sample) => sample.key)).size;
  const judged = {
    checker: `divergent ${keys} ${keys === 1 ? 'key' : 'keys'}`,
    operations: 0,
    keys,
  };
  if (anomalies.length > 0) return { ...judged, valid: false, anomalies };
  const [missing] = notServed;
  if (missing === undefined) return { ...judged, valid: true };
  const more = notServed.length > 1 ? ` (and ${notServed.length - 1} more)` : '';
  return {
    ...judged,
    valid: 'unknown',
    reason: 'not-served',
    why: `After all faults were healed ${missing.node} did not serve key ${missing.key}${more}: ${missing.why}`,
    detail: { key: missing.key, node: missing.node, notServed: notServed.length },
  };
}

function unknown(reason: Unknown['reason'], why: string): Unknown {
  return { valid: 'unknown', checker: 'none', operations: 0, keys: 0, reason, why };
}
