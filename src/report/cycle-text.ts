/**
 * An anomaly of transactions drawn with letters: a line per process with its transactions from invocation
 * to completion, in the order of events, and the cycle as one chain.
 */
import { type Arrow, type Box, type ShownCycle, shownCycle } from './figure/shown-cycle.ts';
import type { Anomaly } from '../checkers/verdict.ts';
import { COLUMNS, cut } from './text.ts';

const NAME = 14;

/** Lines for a terminal of 80 columns, without indentation at the end; none: nothing to draw. */
export function cycleText(anomaly: Anomaly): string[] {
  const shown = shownCycle(anomaly);
  if (shown === undefined || shown.arrows.length === 0) return [];
  const rows = shown.boxes.every(({ lines }) => lines.length === 0) ? [] : rowLines(shown);
  return [...rows, ...(rows.length > 0 ? [''] : []), ...chain(shown)];
}

/** Undefined: too many events for a line. */
function rowLines({ boxes }: ShownCycle): string[] {
  const events = [...new Set(boxes.flatMap(({ from, to }) => [from, to ?? Infinity]))].toSorted(
    (a, b) => a - b,
  );
  const step = Math.min(10, Math.floor((COLUMNS - NAME - 4) / Math.max(1, events.length - 1)));
  const longest = Math.max(...boxes.map(({ name }) => name.length));
  if (step < longest + 2) return [];
  const column = (event: number): number => step * events.indexOf(event);
  const first = new Map<string, number>();
  for (const { row, from } of boxes) first.set(row, Math.min(from, first.get(row) ?? Infinity));
  return [...first]
    .toSorted((a, b) => a[1] - b[1])
    .map(([row]) => {
      const own = boxes.filter((box) => box.row === row).toSorted((a, b) => a.from - b.from);
      let line = `  ${cut(row, NAME - 2).padEnd(NAME)}`;
      for (const box of own) line = line.padEnd(NAME + 2 + column(box.from)) + bar(box, column);
      return line;
    });
}

function bar({ name, from, to, fate }: Box, column: (event: number) => number): string {
  const width = column(to ?? Infinity) - column(from);
  const [fill, last] = fate === 'ok' ? ['─', '┤'] : ['┄', fate === 'fail' ? '✘' : '┄'];
  return `├${fill}${name}${fill.repeat(Math.max(0, width - name.length - 3))}${last}`;
}

/** `T1 ──rw 3──▶ T2 ──wr 5──▶ T1`, in as many lines as it needs. */
function chain({ boxes, arrows }: ShownCycle): string[] {
  const lines: string[] = [];
  let line = '';
  let at = -1;
  for (const { from, to, label } of arrows satisfies readonly Arrow[]) {
    const head = from === at ? '' : `${line === '' ? '' : '   '}${boxes[from]?.name}`;
    const next = `${head} ──${label}──▶ ${boxes[to]?.name}`;
    if (line !== '' && line.length + next.length > COLUMNS - 4) {
      lines.push(`  ${line}`);
      line = boxes[from]?.name ?? '';
      line += ` ──${label}──▶ ${boxes[to]?.name}`;
    } else line += next;
    at = to;
  }
  return [...lines, `  ${line}`];
}
