/**
 * What a run as a whole shows: the verdict on its history, together with what else went wrong. A
 * replica that ended by itself makes it invalid; a group that lost its data, a node that did not come
 * back, a key that was not served at the end, or a fault that was asked for and never had an effect,
 * makes it unknown. Invalid outranks unknown outranks valid; only where the system itself went away in
 * mid-run nothing that was seen is a verdict.
 */
import type { Anomaly, Unknown, Verdict } from '../checkers/verdict.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { Broken, Crash, Driven, Gone } from './drive.ts';

export interface JudgeOptions {
  /** Faults that never bit do not matter (`--allow-missing-faults`). */
  readonly allowMissingFaults: boolean;
  /**
   * True: nothing but the replicas themselves can keep them from serving once all is healed, since time
   * is virtual: then that is a fault of theirs, not a doubt.
   */
  readonly mustServe?: boolean;
}

/** The verdict on a run, from that on its history. */
export function judge(
  checked: Verdict,
  driven: Pick<
    Driven,
    | 'broken'
    | 'crashes'
    | 'notRecovered'
    | 'notServed'
    | 'faults'
    | 'interrupted'
    | 'gone'
    | 'violation'
  >,
  options: JudgeOptions,
): Verdict {
  const { checker, operations, keys, checkMs, consistency, properties, onlyProperties } = checked;
  const judged = {
    checker,
    operations,
    keys,
    ...(checkMs !== undefined && { checkMs }),
    ...(consistency !== undefined && { consistency }),
    ...(properties !== undefined && { properties }),
    ...(onlyProperties !== undefined && { onlyProperties }),
  };
  if (driven.gone !== undefined) return { ...judged, valid: 'unknown', ...holderGone(driven.gone) };
  const ended = driven.crashes.map(crashAnomaly);
  const broken = driven.broken === undefined ? [] : [brokenAnomaly(driven.broken)];
  const crashes = [...ended, ...broken];
  const anomalies = [...anomaliesOf(checked, driven), ...crashes];
  if (anomalies.length > 0) return { ...judged, valid: false, anomalies };
  const lost = allLost(driven);
  const stuck = lost === undefined && options.mustServe === true ? whoIsStuck(driven) : undefined;
  if (stuck !== undefined) return { ...judged, valid: false, anomalies: [stuck] };
  if (lost !== undefined) return { ...judged, valid: 'unknown', ...lost };
  if (checked.valid === 'unknown') return checked;
  if (driven.violation !== undefined)
    return { ...judged, valid: 'unknown', ...contradicted(driven) };
  const doubt =
    notRecovered(driven) ??
    notServed(driven) ??
    (options.allowMissingFaults ? undefined : notApplied(driven));
  return doubt === undefined ? checked : { ...judged, valid: 'unknown', ...doubt };
}

/** What the check of the whole found; where it could not decide, what was found while recording. */
function anomaliesOf(
  checked: Verdict,
  { violation }: Pick<Driven, 'violation'>,
): readonly Anomaly[] {
  if (checked.valid === false) return checked.anomalies;
  if (checked.valid !== 'unknown' || violation === undefined) return [];
  const { key, invoke } = violation;
  return [
    {
      type: 'nonlinearizable',
      ...(key !== undefined && { key }),
      why: `While the run went on no order was left that explains ${key === undefined ? 'the history' : `key ${key}`} up to the operation of event ${invoke.index}. The check of the whole did not come to a shorter reason: ${checked.why}`,
      operations: [invoke.index],
    },
  ];
}

function contradicted({ violation }: Pick<Driven, 'violation'>): Doubt {
  return {
    reason: 'crashed-check',
    why: `While the run went on no order was left for the operation of event ${violation?.invoke.index}, yet the check of the whole found one. This is a bug in the checker.`,
  };
}

function crashAnomaly(crash: Crash): Anomaly {
  const how = crash.signal === null ? `with code ${crash.code}` : `by ${crash.signal}`;
  const last = crash.log.at(-1);
  return {
    type: 'crash',
    why: `${crash.node} ended by itself ${how}, ${(crash.timeNs / 1e9).toFixed(1)} s into the run${last === undefined ? '.' : `; its last words: ${last}`}`,
    operations: [],
    detail: { node: crash.node, code: crash.code, signal: crash.signal, log: crash.log },
  };
}

function brokenAnomaly({ kind, name, text, timeNs }: Broken): Anomaly {
  const when = `${(timeNs / 1e9).toFixed(3)} s into the run`;
  return {
    type: kind === 'invariant' ? 'invariant' : 'crash',
    why:
      kind === 'invariant'
        ? `The invariant ${name} of the replicas does not hold, ${when}: ${text}.`
        : `A replica's machine failed, ${when}: ${text}`,
    operations: [],
    detail: { name },
  };
}

/** After everything was healed something waits for ever. */
function whoIsStuck(driven: Pick<Driven, 'notRecovered' | 'notServed'>): Anomaly | undefined {
  const doubt = notRecovered(driven) ?? notServed(driven);
  if (doubt === undefined) return undefined;
  return { type: 'stuck', why: doubt.why, operations: [], detail: { reason: doubt.reason } };
}

/** What came after may be anybody's answer, and nobody saw what the replicas held. */
function holderGone({ text, log, timeNs }: Gone): Doubt {
  const last = log.at(-1);
  return {
    reason: 'holder-gone',
    why: `${text}, ${(timeNs / 1e9).toFixed(1)} s into the run${last === undefined ? '' : `; the last line of its log: ${last}`}. The replicas end with it, so this says nothing of them. Was it killed, or the machine out of memory? Run the seed again.`,
    detail: { log },
  };
}

type Doubt = Pick<Unknown, 'reason' | 'why' | 'detail'>;

/** Every replica of the last view forgot what it held: no verdict on the history can matter more. */
function allLost({ notRecovered: nodes }: Pick<Driven, 'notRecovered'>): Doubt | undefined {
  const lost = nodes.filter(({ state }) => state === 'lost').map(({ node }) => node);
  if (lost.length === 0) return undefined;
  return {
    reason: 'lost',
    why: `${list(lost)} ${lost.length === 1 ? 'says' : 'say'} that the data is lost: every member that held it was down at one time, and the protocol keeps data in memory. What was written is gone, and the replicas refuse every operation rather than answer from nothing. On a running cluster, hermes cluster reset starts again with an empty store.`,
    detail: { nodes: lost },
  };
}

function notRecovered({ notRecovered: nodes }: Pick<Driven, 'notRecovered'>): Doubt | undefined {
  if (nodes.length === 0) return undefined;
  const said = nodes.map(({ node, state }) => `${node} (${state})`);
  return {
    reason: 'not-recovered',
    why: `${list(said)} did not serve again after everything was healed. Keys were read on the other nodes only. The nodes' logs and events.jsonl may say why.`,
    detail: { nodes: nodes.map(({ node, state }) => [node, state]) },
  };
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function notServed({ notServed: missing }: Pick<Driven, 'notServed'>): Doubt | undefined {
  const [first] = missing;
  if (first === undefined) return undefined;
  const more = missing.length === 1 ? '' : `, and ${missing.length - 1} more like it`;
  return {
    reason: 'not-served',
    why: `key ${first.key} was not served by ${first.node} after everything was healed (${first.error})${more}. What these replicas hold nobody saw. The nodes' logs may say why.`,
    detail: { missing: missing.map(({ node, key, error }) => [node, key, error]) },
  };
}

/** Kinds of which not one fault had an effect. A run that was cut short may not have come to them. */
export function missingKinds({
  faults,
  interrupted,
}: Pick<Driven, 'faults' | 'interrupted'>): FaultKind[] {
  const begun = interrupted ? faults.filter(({ startNs }) => startNs !== undefined) : faults;
  const kinds = [...new Set(begun.map(({ fault }) => fault.kind))];
  return kinds.filter((kind) => !begun.some(({ fault, bitten }) => fault.kind === kind && bitten));
}

function notApplied(driven: Pick<Driven, 'faults' | 'interrupted'>): Doubt | undefined {
  const missing = missingKinds(driven);
  if (missing.length === 0) return undefined;
  const error = driven.faults.find(
    (record) => missing.includes(record.fault.kind) && record.error !== undefined,
  )?.error;
  return {
    reason: 'fault-not-applied',
    why: `${missing.join(' and ')} ${missing.length === 1 ? 'was' : 'were'} asked for and never had an effect${error === undefined ? '' : ` (${error})`}: the run does not show what it was meant to show. Try another seed, more time (--time-limit), or --allow-missing-faults.`,
    detail: { missing },
  };
}
