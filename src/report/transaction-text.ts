/** Anomalies of transactions as people read them: each transaction in a line, each edge in a sentence. */
import { plural } from '../base/figures.ts';
import { wrap } from '../base/wrap.ts';
import { mainName, strongestKept } from '../checkers/elle/models.ts';
import type { Anomaly, Consistency } from '../checkers/verdict.ts';
import { cycleText } from './cycle-text.ts';
import { COLUMNS, type Line } from './text.ts';

interface ShownTransaction {
  readonly name: string;
  readonly event: number;
  readonly text: string;
}

/** What a pass says: refuted models are not among those asked for. */
export function transactionsPraise(
  { asked }: Consistency,
  operations: number,
  keys: number,
): string {
  return `${plural(operations, 'transaction')} on ${plural(keys, 'key')}: nothing that ${asked.join(', ')} ${asked.length === 1 ? 'forbids' : 'forbid'}`;
}

/** What is said of the models. */
export function modelLines(consistency: Consistency | undefined): Line[] {
  if (consistency === undefined) return [];
  const { asked, refuted, not, alsoNot, incomplete } = consistency;
  const lines: Line[] = [];
  const kept = asked.filter((name) => !refuted.includes(name));
  if (refuted.length > 0) lines.push(['refuted', refuted.join(', ')]);
  if (kept.length > 0 && refuted.length > 0) lines.push(['not refuted', kept.join(', ')]);
  if (not.length > 0) {
    const told = new Set(refuted.map(mainName));
    const rest = (names: readonly string[]): string[] => names.filter((name) => !told.has(name));
    const [weakest, between] = [rest(not), rest(alsoNot)];
    if (weakest.length > 0) lines.push(['down to', weakest.join(', ')]);
    if (between.length > 0) lines.push(['with them', between.join(', ')]);
    const holding = strongestKept(new Set([...not, ...alsoNot]), asked);
    if (holding.length > 0) lines.push(['not refuted', holding.join(', ')]);
  }
  const doubtful = incomplete.filter((name) => !refuted.includes(name));
  if (doubtful.length > 0)
    lines.push([
      'incomplete',
      `${doubtful.join(', ')}: not refuted, but the rules do not see every violation`,
    ]);
  return lines;
}

/** The transactions of an anomaly and why; nothing for anomalies of other checkers. */
export function transactionLines(anomaly: Anomaly): string[] {
  const { why, detail } = anomaly;
  const shown = detail?.['transactions'] as readonly ShownTransaction[] | undefined;
  if (shown === undefined) return [];
  const steps = detail?.['cycle'] as readonly { readonly why: string }[] | undefined;
  const width = Math.max(...shown.map(({ name }) => name.length));
  const transactions = shown.flatMap(({ name, event, text }) =>
    hanging(`${name.padEnd(width)}  event ${event}: ${text}`, width + 4),
  );
  const drawn = cycleText(anomaly);
  const drawing = drawn.length === 0 ? [] : ['', ...drawn];
  if (steps === undefined) return [...transactions, ...drawing, '', ...hanging(why, 2)];
  return [
    ...transactions,
    ...drawing,
    '',
    ...steps.flatMap((step, i) =>
      hanging(i > 0 && i === steps.length - 1 ? `But ${step.why}` : step.why, 4),
    ),
  ];
}

function hanging(text: string, indent: number): string[] {
  return wrap(text, COLUMNS - indent).map((line, i) =>
    i === 0 ? `  ${line}` : `${' '.repeat(indent)}${line}`,
  );
}
