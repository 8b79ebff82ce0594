/** What text and picture have in common: titles, and how times are written. */
import type { Arrow, Row } from './rows.ts';

export interface DrawOptions {
  /** Above the diagram. */
  readonly title?: string;
  /** Below it: what is wrong, how to see it again. */
  readonly notes?: readonly string[];
  /** `steps`: the events' `at` counts steps (an explored path). Default: it is µs, printed as ms. */
  readonly clock?: 'time' | 'steps';
}

/** What stands below the diagram, line by line. */
export function notesOf(remarks: readonly string[], { notes = [] }: DrawOptions): string[] {
  return [...remarks, ...notes].flatMap((note) => note.split('\n'));
}

/** How times are written. */
export interface Clock {
  readonly unit: string;
  /** Characters of the widest time. */
  readonly width: number;
  text(at: number): string;
}

export function clockOf(rows: readonly Row[], { clock }: DrawOptions): Clock {
  const steps = clock === 'steps';
  const text = (at: number): string => (steps ? String(at) : (at / 1000).toFixed(3));
  const last = text(rows.at(-1)?.at ?? 0).length;
  return { unit: steps ? 'step' : 'ms', width: Math.max(8, last), text };
}

/** What is said of a message that had not arrived when the trace ended. */
export function openNote({ to, others }: Arrow): string {
  return others.length === 0 ? 'on its way' : `on its way to ${[to, ...others].join(' ')}`;
}

/** When a message left, if anything that has nothing to do with its sending came in between. */
export function sentNote(rows: readonly Row[], index: number, clock: Clock): string {
  const row = rows[index] as Row;
  if (row.kind !== 'message') return '';
  if (row.fate === 'open') return openNote(row);
  if (row.fate === 'lost') return 'lost';
  const { sentRow, sentAt } = row;
  const between = rows.slice(sentRow + 1, index);
  const siblings = new Set<string>();
  const foreign = between.some((other) => {
    if (other.kind === 'gap') return true;
    if (other.kind === 'mark') return !siblings.has(other.node) && other.node !== row.from;
    siblings.add(other.to);
    return other.sentRow !== sentRow || other.from !== row.from;
  });
  return foreign ? `sent ${clock.text(sentAt)}` : '';
}
