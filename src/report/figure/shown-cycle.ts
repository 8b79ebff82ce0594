/**
 * What an anomaly of transactions shows: boxes (its transactions, or versions of a key) and what leads from
 * one to another, as its evidence names them.
 */
import type { Anomaly } from '../../checkers/verdict.ts';
import { cut } from '../text.ts';

export type ArrowKind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime' | 'version';

export interface Box {
  readonly name: string;
  /** What it did, a line each. */
  readonly lines: readonly string[];
  /** Name of its row: its process. */
  readonly row: string;
  /** Event numbers; null: it never ended. */
  readonly from: number;
  readonly to: number | null;
  readonly fate: 'ok' | 'fail' | 'info';
}

/** From one box (by its place) to another one. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly kind: ArrowKind;
  /** What stands beside it: `rw 3`. */
  readonly label: string;
  /** The sentence why it holds. */
  readonly why: string;
}

export interface ShownCycle {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

interface Transaction {
  readonly name: string;
  readonly event: number;
  readonly completed: number | null;
  readonly end: Box['fate'];
  readonly process: number | string;
  readonly micros: readonly string[];
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: ArrowKind;
  readonly key?: number | string;
  readonly why: string;
}

interface VersionStep {
  readonly from: unknown;
  readonly to: unknown;
  readonly by?: string;
  readonly why: string;
}

/** Undefined: it is not an anomaly of transactions, or of an older version's document. */
export function shownCycle({ type, key, why, detail }: Anomaly): ShownCycle | undefined {
  const versions = detail?.['versions'] as readonly VersionStep[] | undefined;
  if (versions !== undefined) return versionCycle(versions, key);
  const transactions = (detail?.['transactions'] ?? []) as readonly Transaction[];
  if (transactions.length === 0 || transactions[0]?.micros === undefined) return undefined;
  const steps = (detail?.['cycle'] ?? detail?.['steps']) as readonly Step[] | undefined;
  const place = (event: number): number => transactions.findIndex((t) => t.event === event);
  const arrows =
    steps?.map((step): Arrow => ({
      from: place(step.from),
      to: place(step.to),
      kind: step.kind,
      label: labelOf(step.kind, step.key),
      why: step.why,
    })) ?? between(type, transactions.length - 1, { key: key ?? '', why });
  return {
    boxes: transactions.map(boxOf),
    arrows: arrows.filter(({ from, to }) => from >= 0 && to >= 0 && from !== to),
  };
}

/** Names of keys may be long. */
function labelOf(kind: string, key: number | string | undefined): string {
  return key === undefined ? kind : `${kind} ${cut(String(key), 20)}`;
}

function boxOf({ name, micros, process, event, completed, end }: Transaction): Box {
  return { name, lines: micros, row: `process ${process}`, from: event, to: completed, fate: end };
}

/** Of anomalies that are no cycles: what the first transaction did to the last one, and back. */
const BETWEEN: Readonly<Record<string, readonly [there: ArrowKind, back?: ArrowKind]>> = {
  G1a: ['wr'],
  G1b: ['wr'],
  'dirty-update': ['ww'],
  'lost-update': ['rw', 'rw'],
};

function between(
  type: string,
  last: number,
  { key, why }: { key: number | string; why: string },
): Arrow[] {
  const [there, back] = BETWEEN[type] ?? [];
  const arrows: Arrow[] = [];
  if (there !== undefined)
    arrows.push({ from: 0, to: last, kind: there, label: labelOf(there, key), why });
  if (back !== undefined)
    arrows.push({ from: last, to: 0, kind: back, label: labelOf(back, key), why });
  return arrows;
}

/** A box per version, one behind the other. */
function versionCycle(steps: readonly VersionStep[], key: number | string | undefined): ShownCycle {
  return {
    boxes: steps.map(({ from }, i) => ({
      name: from === null ? 'nil' : JSON.stringify(from),
      lines: [],
      row: `key ${key}`,
      from: 2 * i,
      to: 2 * i + 1,
      fate: 'ok',
    })),
    arrows: steps.map(({ by, why }, i) => ({
      from: i,
      to: (i + 1) % steps.length,
      kind: 'version',
      label: by?.replace('-keys', '') ?? 'initial',
      why,
    })),
  };
}
