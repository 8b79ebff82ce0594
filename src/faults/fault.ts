/**
 * Faults as data. What they do to a running system is the business of `cluster` and `sim`.
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';

export const FAULT_KINDS = [
  'partition',
  'pause',
  'kill',
  'disconnect',
  'loss',
  'link',
  'messages',
  'clock',
  'disk',
  'member',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A directed pair: from the first to the second. */
export type Link = readonly [NodeName, NodeName];

export interface Fault {
  /** Unique in a schedule, from 1. */
  readonly id: number;
  readonly kind: FaultKind;
  /** Which of the kind's shapes: `halves`, `one-way`, `delay`, … ('' where the kind has one). */
  readonly shape: string;
  /** Since the first operation. */
  readonly atNs: number;
  readonly forNs: number;
  /** Nodes struck; `leader` is resolved when the fault is injected. */
  readonly nodes: readonly NodeName[] | 'leader';
  /** Links cut or disturbed, each in its direction. */
  readonly links: readonly Link[];
  /** By kind and shape: `delayMs`, `jitterMs`, `percent`, … */
  readonly params: Readonly<Record<string, number>>;
}

export interface Schedule {
  readonly faults: readonly Fault[];
  /** Kinds that were asked for by `all` and that this runtime cannot do, with the reason. */
  readonly skipped: readonly { readonly kind: FaultKind; readonly reason: string }[];
}

/** What a fault did, as measured when it was applied or undone. */
export interface FaultReport {
  readonly id: number;
  readonly links: readonly Link[];
  readonly nodes: readonly NodeName[];
  /** Packets dropped, messages lost, milliseconds stopped, … */
  readonly counters: Readonly<Record<string, number>>;
  /** Proof that it had an effect. */
  readonly bitten: boolean;
  readonly error?: string;
  /** It could not be taken back and is still on: undo it again. */
  readonly left?: true;
}

export interface NemesisOptions {
  /** How long faults may go on, since the first operation. */
  readonly durationNs: number;
  /** Mean gap between faults; undefined: the default of 0.3 to 1 s. */
  readonly intervalNs: number | undefined;
}

/** Something that plans faults: built in, or a user's module. Pure. */
export interface Nemesis {
  readonly name: string;
  schedule(random: Random, nodes: readonly NodeName[], options: NemesisOptions): readonly Fault[];
}
