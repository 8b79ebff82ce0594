/** What a simulated world is made from: with a list of steps, all of a run. */
import type { Wire } from '../base/translate.ts';
import type { Timing } from '../protocols/machine.ts';

/** What a key holds. Operations of one kind only, so that every answer can be read and judged. */
export type KeyKind = 'register' | 'counter' | 'list';

/** How a node's clock stands to true time when the run begins. */
export interface ClockLaw {
  /** What it shows then, µs. */
  readonly offsetUs: number;
  /** How much it gains, in parts per million; negative: it loses. */
  readonly ppm: number;
}

/** Everything that a world is made from; with the steps, all of a run. */
export interface WorldConfig {
  /** How many machines: ids 0 … nodes − 1. */
  readonly nodes: number;
  /** How many of them, from id 0, are the nodes of the start; absent: all. */
  readonly acceptors?: number;
  readonly timing: Timing;
  readonly options: Readonly<Record<string, boolean | number>>;
  readonly bugs: readonly string[];
  /** Seed of the machines' own chance; null: they have none. */
  readonly seed: number | null;
  /** One kind per key. */
  readonly keys: readonly KeyKind[];
  /** One form for all keys, of which there may then be any number; absent: by the kind of each of `keys`. */
  readonly wire?: Wire;
  /** One clock per node; absent: all true. */
  readonly clocks?: readonly ClockLaw[];
  /** Wall clock at the beginning, ms since 1970: later lives get their incarnation from it; absent: 1, 2, 3. */
  readonly wallMs?: number;
}

/** Width of the elements of list keys, in bytes. */
export const ELEMENT_BYTES = 6;
