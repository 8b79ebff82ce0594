/**
 * A verdict as people read it: what was found, why it may be believed, and for a failure the few
 * operations that show it. 80 columns, plain text with colour as an extra.
 */
import { count, duration, plural } from '../base/figures.ts';
import { wordOf } from '../base/words.ts';
import { wrap } from '../base/wrap.ts';
import { callsByKey } from '../checkers/calls.ts';
import type { Anomaly, Invalid, Judged, Unknown, Valid, Verdict } from '../checkers/verdict.ts';
import type { History } from '../history/event.ts';
import { faultsNear } from './faults-near.ts';
import { propertiesPraise, propertyLines } from './property-text.ts';
import { modelLines, transactionLines, transactionsPraise } from './transaction-text.ts';
import { COLUMNS, type Line, type Style, labelled, painter } from './text.ts';
import { type Drawn, timeline } from './timeline.ts';

export interface VerdictTextInput {
  readonly verdict: Verdict;
  /** What was judged: for the drawing and for the faults near it. */
  readonly history: History;
  /** More lines, after those of the verdict: files, the line that repeats the run, … */
  readonly more?: readonly Line[];
  /** Default: false. */
  readonly color?: boolean;
}

type Paint = (style: Style, text: string) => string;

/** Several lines, without a line break at the end. */
export function verdictText(input: VerdictTextInput): string {
  const paint = painter(input.color === true);
  const { verdict, history, more = [] } = input;
  const lines =
    verdict.valid === true
      ? validLines(verdict, paint)
      : verdict.valid === false
        ? invalidLines(verdict, history, paint)
        : unknownLines(verdict, paint);
  const rest = [...more, ...helpLine(verdict)].flatMap(labelled);
  return [...lines, ...rest].join('\n');
}

/** One line: for batches, and for `--verdict-only`. */
export function verdictLine(verdict: Verdict): string {
  switch (verdict.valid) {
    case true:
      return `✔ valid   ${verdict.weak === true ? `${praise(verdict)} (weak)` : praise(verdict)}`;
    case false: {
      const first = verdict.anomalies[0];
      const rest = verdict.anomalies.length - 1;
      const more = rest > 0 ? `, and ${count(rest)} more` : '';
      return `✘ invalid   ${first === undefined ? 'an anomaly' : headline(first)}${more}`;
    }
    case 'unknown':
      return `? unknown   ${verdict.reason}: ${verdict.why}`;
  }
}

type Praised = Pick<Judged, 'operations' | 'keys'> & {
  readonly [K in 'consistency' | 'properties' | 'onlyProperties']?: Judged[K] | undefined;
};

/** What a pass says. */
export function praise({
  operations,
  keys,
  consistency,
  properties = [],
  onlyProperties,
}: Praised): string {
  if (consistency !== undefined) return transactionsPraise(consistency, operations, keys);
  if (onlyProperties === true) return propertiesPraise(properties, operations, keys);
  return operations === 0
    ? `the replicas agree on ${plural(keys, 'key')}`
    : `${plural(operations, 'operation')} on ${plural(keys, 'key')} are linearizable`;
}

function validLines(verdict: Valid, paint: Paint): string[] {
  const { checker, checkMs, power, weak } = verdict;
  const proof =
    verdict.operations === 0 || verdict.consistency !== undefined || verdict.onlyProperties
      ? ''
      : '; linearization found and verified';
  const lines: Line[] = [
    ['checked', `${took(checkMs)}${checker}${proof}`],
    ...modelLines(verdict.consistency),
    ...propertyLines(verdict.properties),
  ];
  if (power !== undefined)
    lines.push([
      'power',
      `${count(power.found)} of ${count(power.planted)} planted violations would have been found`,
    ]);
  if (weak === true)
    lines.push(['weak', 'no violation could even be planted: little was seen that could be wrong']);
  return [`${paint('green', '✔ valid')}   ${praise(verdict)}`, ...lines.flatMap(labelled)];
}

function unknownLines(
  { why, detail, keys, operations, checker, checkMs, properties }: Unknown,
  paint: Paint,
): string[] {
  const head = wrap(why, COLUMNS - 12);
  const lines: Line[] = [];
  const decided = detail?.['decided'];
  const judged = checker === 'none' ? '' : checker;
  if (typeof decided === 'number' && keys > 1)
    lines.push([
      'decided',
      `${count(decided)} of ${plural(keys, 'key')}${judged === '' ? '' : ` (${judged})`}`,
    ]);
  else if (judged !== '' && operations > 0) lines.push(['checked', `${took(checkMs)}${judged}`]);
  lines.push(...propertyLines(properties));
  return [
    ...head.map(
      (line, i) => `${i === 0 ? `${paint('yellow', '? unknown')}   ` : ' '.repeat(12)}${line}`,
    ),
    ...lines.flatMap(labelled),
  ];
}

function took(checkMs: number | undefined): string {
  return checkMs === undefined ? '' : `${duration(checkMs)}, `;
}

/** Anomalies shown in full; of the others the number. */
const SHOWN = 2;

function invalidLines(
  { anomalies, checker, checkMs, consistency, properties }: Invalid,
  history: History,
  paint: Paint,
): string[] {
  const shown = anomalies
    .slice(0, SHOWN)
    .flatMap((anomaly) => anomalyLines(anomaly, history, paint));
  const hidden = anomalies.length - SHOWN;
  const lines: Line[] = [];
  if (hidden > 0)
    lines.push([
      'and',
      `${plural(hidden, 'more anomaly', 'more anomalies')} (--json names them all)`,
    ]);
  lines.push(['checked', `${took(checkMs)}${checker}`], ...modelLines(consistency));
  lines.push(...propertyLines(properties));
  return [...shown, ...lines.flatMap(labelled)];
}

/** What an anomaly is, in a line. */
export function headline({ type, key, detail }: Anomaly): string {
  const of = key === undefined ? '' : `key ${key}: `;
  switch (type) {
    case 'nonlinearizable':
      return `${of}no order of its operations explains what clients saw`;
    case 'divergent':
      return `${of}the replicas differ after all faults were healed`;
    case 'crash':
      return `${typeof detail?.['node'] === 'string' ? detail['node'] : 'a replica'} crashed`;
    default:
      return `${of}${type}`;
  }
}

function anomalyLines(anomaly: Anomaly, history: History, paint: Paint): string[] {
  const lines = [`${paint('red', '✘ invalid')}   ${headline(anomaly)}`, ''];
  const txns = transactionLines(anomaly);
  if (txns.length > 0) return [...lines, ...txns, ''];
  const operations = operationsOf(anomaly, history);
  if (operations.length > 0 && operations.length <= DRAWN_MAX)
    lines.push(...timeline(operations), '');
  if (operations.some((o) => o.optional) && operations.length <= DRAWN_MAX)
    lines.push(...indented('┄ it may or may not have happened: there is no order either way.'), '');
  lines.push(...indented(anomaly.why));
  const logged = anomaly.detail?.['log'];
  if (Array.isArray(logged)) lines.push(...logged.slice(-5).map((line) => `    ${String(line)}`));
  const of = anomaly.detail?.['of'];
  if (typeof of === 'number') lines.push(...indented(suffices(anomaly, of)));
  const times = operations.flatMap(({ call }) => [
    call.invoke.time,
    call.end?.time ?? call.invoke.time,
  ]);
  const near = faultsNear(history, times);
  lines.push(...near.flatMap((text, i) => labelled([i === 0 ? 'near it' : '', text])));
  return [...lines, ''];
}

/** More operations than this are not drawn. */
const DRAWN_MAX = 12;

/** How little suffices to show it; `of`: operations on the key. */
export function suffices({ operations, optional = [], detail }: Anomaly, of: number): string {
  const n = operations.length;
  const agrees = detail?.['confirmed'] === true ? ' (a second checker agrees)' : '';
  const open =
    optional.length === 0
      ? ''
      : `, with ${count(optional.length)} that may or may not have happened`;
  return `${count(n)} of ${plural(of, 'operation')} on this key ${n === 1 ? 'suffices' : 'suffice'} to show it${open}${agrees}.`;
}

function operationsOf(anomaly: Anomaly, history: History): Drawn[] {
  if (anomaly.operations.length === 0) return [];
  const strong = new Set(anomaly.operations);
  const optional = new Set(anomaly.optional);
  const last = anomaly.operations.at(-1);
  const part = history.events.filter((e) => anomaly.key === undefined || e.key === anomaly.key);
  return callsByKey(part)
    .flatMap(({ calls }) => calls)
    .filter(({ invoke: { index } }) => strong.has(index) || optional.has(index))
    .map((call) => ({
      call,
      optional: optional.has(call.invoke.index),
      marked: call.invoke.index === last,
    }));
}

function indented(text: string): string[] {
  return wrap(text, COLUMNS - 2).map((line) => `  ${line}`);
}

/** Words of the field that stand in the verdict, as lines that can be pasted. */
function helpLine(verdict: Verdict): Line[] {
  const said =
    verdict.valid === false
      ? verdict.anomalies.map(({ type }) => (type === 'nonlinearizable' ? 'linearizable' : type))
      : verdict.valid === true &&
          verdict.operations > 0 &&
          verdict.consistency === undefined &&
          verdict.onlyProperties !== true
        ? ['linearizable']
        : verdict.valid === 'unknown'
          ? ['unknown', verdict.reason]
          : [];
  const known = [...new Set(said)].filter((word) => wordOf(word) !== undefined);
  return known.length === 0
    ? []
    : [['words', known.map((word) => `hermes help ${word}`).join(' · ')]];
}
