/**
 * `results.json`, which is also what `hermes fuzz --json` prints: the verdict and the figures of one
 * run. Plain data; nothing in it needs the program to be read.
 */
import type { NodeName } from '../base/operation.ts';
import type { Anomaly, Unknown, Valid, Verdict } from '../checkers/verdict.ts';
import type { Fault, FaultKind, Schedule } from '../faults/fault.ts';
import { faultText } from '../faults/fault-text.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { RunFolder } from '../history/store.ts';
import type { Driven } from './drive.ts';
import type { FaultRecord } from './nemesis-run.ts';
import type { Plan } from './plan.ts';
import { type FaultService, type KindService, measureService, serviceByKind } from './service.ts';
import type { OperationFigures } from './tally.ts';

export interface FaultResult {
  readonly id: number;
  readonly kind: FaultKind;
  readonly shape: string;
  /** In words: `partition halves {n1 n2 | n3}`. */
  readonly text: string;
  readonly nodes: readonly NodeName[];
  readonly links: Fault['links'];
  /** Since the run began; null: it was never begun. */
  readonly startMs: number | null;
  readonly stopMs: number | null;
  readonly bitten: boolean;
  readonly counters: Readonly<Record<string, number>>;
  /** Longest time for which clients of running nodes got nothing while it was on; null: not begun. */
  readonly gapMs: number | null;
  /** From its end until all nodes served again; null: not seen. */
  readonly recoveryMs: number | null;
  readonly error?: string;
}

/** How late the recorder's own event loop was, in ms: what its time stamps are worth. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What every JSON document about a history says of its verdict. */
export interface VerdictDocument {
  readonly valid: Verdict['valid'];
  readonly anomalies: readonly Anomaly[];
  readonly reason?: Unknown['reason'];
  readonly why?: string;
  readonly ops: number;
  readonly keys: number;
  readonly checker: string;
  readonly checkMs: number | null;
  /** Invalid: the operations that suffice to show it, with their outcomes. */
  readonly evidence: readonly HistoryEvent[];
  readonly power?: Valid['power'];
  readonly weak?: boolean;
  /** Transactions: which consistency models were asked for, which are refuted. */
  readonly consistency?: Verdict['consistency'];
  /** What each property said (`set`, `counter`, …), with its numbers. */
  readonly properties?: Verdict['properties'];
  /** True: nothing but properties was judged. */
  readonly onlyProperties?: true;
}

/** The first violation that was seen while the run went on. */
export interface SeenResult {
  /** Since the run began. */
  readonly atMs: number;
  /** The operation at whose begin or end it could not be denied any more. */
  readonly f: string;
  readonly key: number | string | null;
  readonly event: number;
  /** The run ended for it (`--stop-on-violation`). */
  readonly stopped: boolean;
}

export interface Results extends VerdictDocument {
  readonly seed: number;
  readonly workload: string;
  readonly system: string;
  readonly protocol: string;
  readonly bugs: readonly string[];
  readonly runtime: string;
  readonly nodes: readonly NodeName[];
  readonly clients: number;
  readonly durationMs: number;
  /** Cut short on request. */
  readonly interrupted: boolean;
  readonly outcomes: Readonly<Record<'ok' | 'mismatch' | 'fail' | 'info', number>>;
  readonly operations: Readonly<Record<string, OperationFigures>>;
  /** Error texts, numbers cut out, most frequent first. */
  readonly errors: readonly { readonly error: string; readonly count: number }[];
  readonly faults: readonly FaultResult[];
  /** The same by kind. */
  readonly faultKinds: readonly KindService[];
  readonly skipped: Schedule['skipped'];
  readonly service: { readonly longestGapMs: number; readonly longestGapNode: NodeName | null };
  /** Views that nodes said to be in: the first epoch and the last; null: none said so. */
  readonly epochs: { readonly first: number; readonly last: number } | null;
  readonly recorder: { readonly loopDelay: LoopDelay };
  /** Simulated runs: a hash of everything that happened; equal for equal plans. */
  readonly traceHash?: string;
  /** What the check found that went along; null: nothing. */
  readonly seen: SeenResult | null;
  /** What only the check at the end could judge, and why: checks by their names, keys by their number. */
  readonly judgedLate: readonly string[];
  readonly notes: readonly string[];
  /** What could not be removed. */
  readonly left: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** The line that repeats the run. */
  readonly again: string;
}

/** What a run came to, in short. */
export type RunOutcome = Pick<
  Results,
  'seed' | 'system' | 'workload' | 'durationMs' | 'valid' | 'reason' | 'why' | 'anomalies' | 'again'
>;

export interface ResultParts {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly driven: Driven;
  readonly events: readonly HistoryEvent[];
  readonly loopDelay: LoopDelay;
  readonly traceHash?: string | undefined;
  readonly folder: RunFolder;
  readonly again: string;
  readonly left: readonly string[];
  /** What of the run is drawn into its folder. */
  readonly drawn: { readonly throughput: boolean; readonly report: boolean };
}

/** Puts everything together. */
export function makeResults(parts: ResultParts): Results {
  const { plan, verdict, driven, events, folder } = parts;
  const service = measureService(events, driven.faults, driven.changes);
  const { tally } = driven;
  return {
    ...verdictPart(verdict),
    evidence: verdict.valid === false ? evidenceOf(verdict.anomalies, events) : [],
    seed: plan.seed,
    workload: plan.workload.name,
    system: plan.system,
    protocol: plan.protocol,
    bugs: plan.bugs,
    runtime: plan.runtime,
    nodes: plan.nodes,
    clients: plan.clients.count,
    durationMs: Math.round(driven.durationNs / 1e6),
    interrupted: driven.interrupted,
    outcomes: {
      ok: tally.total('ok'),
      mismatch: tally.total('mismatch'),
      fail: tally.total('fail'),
      info: tally.total('info'),
    },
    operations: tally.figures(),
    errors: [...tally.errors]
      .map(([error, count]) => ({ error, count }))
      .sort((a, b) => b.count - a.count),
    faults: driven.faults.map((record) => faultResult(record, plan.nodes, service.faults)),
    faultKinds: serviceByKind(driven.faults, service),
    skipped: plan.skipped,
    service: { longestGapMs: service.longestGapMs, longestGapNode: service.longestGapNode ?? null },
    epochs: epochsOf(driven),
    recorder: { loopDelay: parts.loopDelay },
    ...(parts.traceHash !== undefined && { traceHash: parts.traceHash }),
    seen: seenOf(driven),
    judgedLate: driven.judgedLate,
    notes: driven.notes,
    left: parts.left,
    files: {
      dir: folder.dir,
      plan: folder.plan,
      history: folder.history,
      results: folder.results,
      events: folder.events,
      ...(parts.drawn.throughput && { throughput: folder.throughput }),
      ...(parts.drawn.report && { report: folder.report }),
      nodes: folder.nodes,
    },
    again: parts.again,
  };
}

/** The verdict as the document says it; the evidence needs the history, and is the caller's. */
export function verdictPart(verdict: Verdict): Omit<VerdictDocument, 'evidence'> {
  const { valid, checker, operations, keys, checkMs } = verdict;
  return {
    valid,
    anomalies: verdict.valid === false ? verdict.anomalies : [],
    ...(verdict.valid === 'unknown' && { reason: verdict.reason, why: verdict.why }),
    ...(verdict.valid === true && verdict.power !== undefined && { power: verdict.power }),
    ...(verdict.valid === true && verdict.weak !== undefined && { weak: verdict.weak }),
    ops: operations,
    keys,
    checker,
    checkMs: checkMs ?? null,
    ...(verdict.consistency !== undefined && { consistency: verdict.consistency }),
    ...(verdict.properties !== undefined && { properties: verdict.properties }),
    ...(verdict.onlyProperties === true && { onlyProperties: true }),
  };
}

/** Invocations that the anomalies name and what came back, in order. */
export function evidenceOf(
  anomalies: readonly Anomaly[],
  events: readonly HistoryEvent[],
): HistoryEvent[] {
  const wanted = new Set(
    anomalies.flatMap(({ operations, optional }) => [...operations, ...(optional ?? [])]),
  );
  const open = new Set<unknown>();
  return events.filter((event) => {
    if (event.type !== 'invoke') return open.delete(event.process);
    if (wanted.has(event.index)) open.add(event.process);
    return wanted.has(event.index);
  });
}

function seenOf({ violation }: Pick<Driven, 'violation'>): SeenResult | null {
  if (violation === undefined) return null;
  const { key = null, invoke, timeNs, stopped } = violation;
  return { atMs: Math.round(timeNs / 1e6), f: invoke.f, key, event: invoke.index, stopped };
}

function epochsOf({ changes }: Pick<Driven, 'changes'>): Results['epochs'] {
  const epochs = changes.flatMap((change) =>
    // 0: it has not been told of any view yet.
    change.type === 'view' && change.epoch > 0 ? [change.epoch] : [],
  );
  return epochs.length === 0 ? null : { first: Math.min(...epochs), last: Math.max(...epochs) };
}

function faultResult(
  record: FaultRecord,
  nodes: readonly NodeName[],
  service: Readonly<Record<number, FaultService>>,
): FaultResult {
  const { fault, startNs, stopNs, bitten, counters, links, error } = record;
  const ms = (ns: number | undefined): number | null =>
    ns === undefined ? null : Math.round(ns / 1e4) / 100;
  return {
    id: fault.id,
    kind: fault.kind,
    shape: fault.shape,
    text: faultText({ ...fault, nodes: record.nodes, links }, nodes),
    nodes: record.nodes,
    links,
    startMs: ms(startNs),
    stopMs: ms(stopNs),
    bitten,
    counters,
    gapMs: service[fault.id]?.gapMs ?? null,
    recoveryMs: service[fault.id]?.recoveryMs ?? null,
    ...(error !== undefined && { error }),
  };
}
