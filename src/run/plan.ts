/**
 * Everything needed to run something again: every default resolved, JSON-able, no optional meaning.
 */
import type { NodeName } from '../base/operation.ts';
import type { PlannedOperation } from '../clients/crew.ts';
import type { Fault, Schedule } from '../faults/fault.ts';
import type { SimConditions } from '../sim/conditions.ts';

export interface Plan {
  readonly format: 'hermes-plan/1';
  readonly version: string;
  readonly commit: string;
  readonly seed: number;
  readonly protocol: string;
  readonly bugs: readonly string[];
  readonly system: string;
  readonly runtime: string;
  readonly nodes: readonly NodeName[];
  readonly options: Readonly<Record<string, boolean | number>>;
  readonly timing: { readonly scale: number };
  readonly workload: {
    readonly name: string;
    readonly module?: string;
    readonly sha256?: string;
    readonly keys: number;
    readonly opsPerKey: number;
    readonly distribution: 'uniform' | { readonly zipf: number };
    readonly mix: Readonly<Record<string, number>>;
    readonly valueBytes: number;
    /** Micro-operations that a transaction has at most; absent: none are joined. */
    readonly txnLength?: number;
  };
  readonly clients: {
    readonly count: number;
    readonly timeoutMs: number;
    readonly pacing: 'bursts' | 'max' | { readonly opsPerSecond: number };
  };
  readonly ops: number;
  readonly timeLimitMs: number;
  /** As asked for, in the grammar of `--nemesis`. */
  readonly nemesis: readonly string[];
  readonly faults: readonly Fault[];
  readonly skipped: Schedule['skipped'];
  /** The ground that a simulated run stands on; absent: it is no simulated one. */
  readonly sim?: SimConditions;
  /** Explicit steps of a shrunk plan: then no generator is asked. */
  readonly operations?: readonly PlannedOperation[];
  readonly final: {
    /** How long nodes may take to serve again after everything was healed. */
    readonly rejoinMs: number;
    /** How long every key may take to be read on every node. */
    readonly timeoutMs: number;
  };
}
