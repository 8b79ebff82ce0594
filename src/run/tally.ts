/** What a run's clients did so far: counts by outcome, latencies by operation, errors by text. */
import type { NodeName } from '../base/operation.ts';
import type { HistoryEvent } from '../history/event.ts';
import { Histogram } from './histogram.ts';

export interface OperationTally {
  ok: number;
  /** Compare-and-sets that met another value: reads of it. */
  mismatch: number;
  fail: number;
  info: number;
  /** Nanoseconds from invocation to answer, of those that ended `ok` or `mismatch`. */
  readonly latency: Histogram;
}

/** Figures of one operation, as `results.json` holds them. */
export interface OperationFigures {
  readonly ok: number;
  readonly mismatch: number;
  readonly fail: number;
  readonly info: number;
  /** Of those that ended ok or mismatch; null: none did. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export class Tally {
  invoked = 0;
  readonly byOperation = new Map<string, OperationTally>();
  readonly okByNode = new Map<NodeName, number>();
  readonly errors = new Map<string, number>();

  take(event: HistoryEvent, invocation: HistoryEvent | undefined): void {
    if (event.type === 'invoke' || invocation === undefined) {
      this.invoked += 1;
      return;
    }
    const tally = this.#operation(event.f);
    const kind = event.type === 'fail' && event.error === 'mismatch' ? 'mismatch' : event.type;
    tally[kind] += 1;
    if (kind === 'ok' || kind === 'mismatch') tally.latency.add(event.time - invocation.time);
    else if (event.error !== undefined) this.#error(event.error);
    if (kind === 'ok' && event.node !== undefined) {
      this.okByNode.set(event.node, (this.okByNode.get(event.node) ?? 0) + 1);
    }
  }

  /** Sum over all operations. */
  total(kind: 'ok' | 'mismatch' | 'fail' | 'info'): number {
    let sum = 0;
    for (const tally of this.byOperation.values()) sum += tally[kind];
    return sum;
  }

  /** Figures by operation, in the order in which operations were first seen. */
  figures(): Record<string, OperationFigures> {
    return Object.fromEntries(
      [...this.byOperation].map(([f, { ok, mismatch, fail, info, latency }]) => {
        const ms = (ns: number): number | null =>
          latency.count === 0 ? null : Math.round(ns / 1e3) / 1e3;
        const p50Ms = ms(latency.percentile(50));
        const p99Ms = ms(latency.percentile(99));
        return [f, { ok, mismatch, fail, info, p50Ms, p99Ms, maxMs: ms(latency.max) }];
      }),
    );
  }

  #operation(f: string): OperationTally {
    let tally = this.byOperation.get(f);
    if (tally === undefined) {
      tally = { ok: 0, mismatch: 0, fail: 0, info: 0, latency: new Histogram() };
      this.byOperation.set(f, tally);
    }
    return tally;
  }

  /** Numbers are cut out, so that texts that differ in them count as one. */
  #error(text: string): void {
    const kind = text.replaceAll(/\d+(\.\d+)*/g, '#');
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }
}
