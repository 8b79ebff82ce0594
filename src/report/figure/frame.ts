/** Where the parts of a drawing over the time of a run lie, and how its numbers are written. */
import { FAULT_KINDS } from '../../faults/fault.ts';
import type { RunSeries } from './run-series.ts';

/** Width of the drawing, and of the time axis in it, in its units. */
export const WIDTH = 960;
export const LEFT = 68;
export const RIGHT = 20;
export const PLOT = WIDTH - LEFT - RIGHT;
/** Height of the large plot, of a lane of faults, of the row of a node. */
export const TOTAL_HEIGHT = 170;
export const LANE = 19;
export const ROW = 34;
/** Mean width of a letter. */
export const LETTER = 5.9;

/** Where the parts of the drawing lie. */
export interface Frame {
  readonly series: RunSeries;
  x(ns: number): number;
  readonly top: number;
  /** Below the large plot: lanes of faults, then rows of nodes, then the time axis. */
  readonly lanesTop: number;
  readonly rowsTop: number;
  readonly bottom: number;
}

/** The time axis of a run. */
export function timeScale({ endNs }: Pick<RunSeries, 'endNs'>): (ns: number) => number {
  return (ns) => LEFT + (PLOT * Math.min(ns, endNs)) / endNs;
}

/** What the time axis counts in: seconds, or less where a run is short. */
export function timeUnit({ endNs }: Pick<RunSeries, 'endNs'>): { name: string; ns: number } {
  if (endNs >= 1e9) return { name: 'seconds', ns: 1e9 };
  return endNs >= 1e6 ? { name: 'milliseconds', ns: 1e6 } : { name: 'microseconds', ns: 1e3 };
}

/** Class of a fault. Only known kinds have a colour of their own. */
export function classOf(kind: string): string {
  return FAULT_KINDS.some((known) => known === kind) ? kind : 'other';
}

/** A tenth of a unit is fine enough. */
export function round(x: number): number {
  return Math.round(x * 10) / 10;
}
