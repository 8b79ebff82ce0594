/** An anomaly: why, the window on a true time axis, the evidence as a table, states, transactions. Pure. */
import { count, plural } from '../../base/figures.ts';
import type { Value } from '../../base/operation.ts';
import type { Call } from '../../checkers/calls.ts';
import type { Anomaly } from '../../checkers/verdict.ts';
import { type AnomalyWalk, type Judgement, walkAnomaly } from '../../checkers/walk-anomaly.ts';
import { cycleFigure } from '../figure/cycle-figure.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { headline, suffices } from '../verdict-text.ts';
import { type Html, html, trusted } from './html.ts';
import { answered, asked, shownValue } from './operations.ts';
import { outlook, walkSection } from './walk-section.ts';
import {
  type Around,
  type Window,
  windowFigure,
  windowKey,
  windowOf,
  windowScale,
} from './window-figure.ts';

/** Anomalies in full on a page; of the rest a line each. */
const MOST_SHOWN = 8;
const MOST_NAMED = 200;

/** What the anomalies of a history are shown in. */
export interface Scene extends Pick<Around, 'faults' | 'timed'> {
  /** All of the history. */
  readonly operations: readonly Call[];
  readonly judgement: Judgement;
}

/** Undefined where there is none. */
export function anomaliesSection(anomalies: readonly Anomaly[], scene: Scene): Html | undefined {
  if (anomalies.length === 0) return undefined;
  const rest = anomalies.slice(MOST_SHOWN);
  const shown = anomalies.slice(0, MOST_SHOWN);
  return html`${shown.some(isCycle) && HOW_TO_READ_CYCLES}
  ${shown.map((anomaly) => one(anomaly, scene, anomalies.length === 1))}
  ${
    rest.length > 0 &&
    html`<section>
      <h2>${plural(rest.length, 'more anomaly', 'more anomalies')}</h2>
      <ul>
        ${rest.slice(0, MOST_NAMED).map((anomaly) => html`<li>${headline(anomaly)}: ${anomaly.why}</li>`)}
      </ul>
      ${rest.length > MOST_NAMED && html`<p class="soft">and ${count(rest.length - MOST_NAMED)} more</p>`}
    </section>`
  }`;
}

/** `only`: the page already has its name. */
function one(anomaly: Anomaly, scene: Scene, only: boolean): Html {
  const { detail = {} } = anomaly;
  const walk = walkAnomaly(anomaly, scene.operations, scene.judgement);
  const named = [...anomaly.operations, ...(anomaly.optional ?? [])];
  const together = walk !== undefined && named.includes(walk.stuck);
  const window = windowOf(anomaly, scene.operations, together ? walk.stuck : undefined);
  const of = detail['of'];
  const figure = cycleFigure(anomaly);
  return html`<section>
    <h2><span class="bad">✘</span> ${only ? 'Why' : headline(anomaly)}</h2>
    <p>${figure === undefined ? anomaly.why : meaningOf(anomaly)}</p>
    ${typeof of === 'number' && html`<p class="soft">${suffices(anomaly, of)}</p>`}
    ${figure !== undefined && html`<figure><div class="wide" tabindex="0">${trusted(figure)}</div></figure>`}
    ${figure === undefined && transactions(detail)} ${steps(detail)}
    ${window !== undefined && figure === undefined && drawing(window, scene, together ? walk : undefined)}
    ${walk !== undefined && !together && prefixEnd(walk, scene)}
    ${walk === undefined && states(detail)}
    ${window !== undefined && evidence(window, scene.timed, transactionsOf(detail))}
    ${logged(detail)}
  </section>`;
}

/** What a cycle is, without the sentences on its edges, which stand below its drawing. */
function meaningOf({ why, detail = {} }: Anomaly): string {
  const [first] = cycleOf(detail);
  const at = first === undefined ? -1 : why.indexOf(first.why);
  return at <= 0 ? why : why.slice(0, at).trim();
}

/** Answers before the one that has no place that are drawn with it, where the evidence is about others. */
const ANSWERS_DRAWN = 6;

/** Where the longest prefix that has an order ends. */
function prefixEnd(walk: AnomalyWalk, scene: Scene): Html | undefined {
  const last = walk.steps.slice(-ANSWERS_DRAWN);
  const before = last.flatMap(({ event }) => event ?? []);
  const open = last.at(-1)?.next.map(({ event }) => event) ?? [];
  const running = open.filter((event) => event !== walk.stuck);
  const window = windowOf({ operations: [...before, ...running, walk.stuck] }, scene.operations);
  return (
    window &&
    html`<h3>Where the last order ends</h3>
      ${drawing(window, scene, walk)}`
  );
}

function drawing(window: Window, scene: Scene, walk: AnomalyWalk | undefined): Html {
  const hidden =
    window.hidden > 0
      ? ` ${plural(window.hidden, 'more operation')} of this key in the window ${window.hidden === 1 ? 'is' : 'are'} not drawn.`
      : '';
  const remark = (event: number): string | undefined => walk && outlook(event, walk);
  return html`<div class="case">
    <figure>
      <div class="wide">${windowFigure(window, { ...scene, remark })}</div>
      <p class="detail" aria-live="polite"></p>
      ${windowKey(window, walk !== undefined)}
      <figcaption>
        A row per process, a bar per operation from its call to its answer. Point at a bar, or move
        to it with Tab, to read it in full.${hidden}
      </figcaption>
    </figure>
    ${walk !== undefined && walkSection(walk, scene.operations, windowScale(window))}
  </div>`;
}

/** The evidence in the order of calls. */
function evidence(
  { operations }: Window,
  timed: boolean,
  txns: ReadonlyMap<number, ShownTransaction>,
): Html {
  const rows = operations.filter(({ role }) => role !== 'near');
  const at = ({ time, index }: HistoryEvent): string =>
    timed ? (time / 1e6).toFixed(3) : String(index);
  const unit = timed ? ', ms' : ' event';
  return html`<details>
    <summary>The evidence as a table</summary>
    <div class="wide" tabindex="0">
      <table>
        <thead>
          <tr>
            <th class="n">event</th>
            <th>operation</th>
            <th>process</th>
            <th class="n">from${unit}</th>
            <th class="n">to${unit}</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(({ invoke, end, marked, role, ...o }) => {
            const operation = { ...o, invoke, end };
            const txn = txns.get(invoke.index);
            return html`<tr>
              <td class="n">${invoke.index}</td>
              <td>
                ${txn === undefined ? `${asked(operation)} → ${answered(operation)}` : html`<b>${txn.name}</b> ${txn.text}`}
              </td>
              <td>${invoke.process}${invoke.node === undefined ? '' : ` on ${invoke.node}`}</td>
              <td class="n">${at(invoke)}</td>
              <td class="n">${end === undefined ? '' : at(end)}</td>
              <td>
                ${marked && txn === undefined ? '✘ cannot be placed' : role === 'optional' ? 'may or may not have happened' : role === 'related' ? 'asked for the value that was seen' : ''}
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** States that the search still held possible when it met the operation. */
function states({ states: possible }: Readonly<Record<string, unknown>>): Html | undefined {
  if (!Array.isArray(possible) || possible.length === 0) return undefined;
  const shown = possible.map((state) => shownValue(state as Value)).join(', ');
  return html`<p>
    Before its answer the key could hold: <code>${shown}</code>. After it: nothing fits.
  </p>`;
}

/** Transactions are drawn as such, not as operations on a key. */
function isCycle(anomaly: Anomaly): boolean {
  return cycleFigure(anomaly) !== undefined;
}

const HOW_TO_READ_CYCLES = html`<p class="soft">
  In the drawings: a row per process, a box per transaction from its invocation to its completion,
  in the order of events (not to scale); dashed: its outcome is not known, or it failed. ww:
  overwrote; wr: read what the other wrote; rw: saw a version that the other replaced. Point at an
  arrow to read why it holds.
</p>`;

interface ShownTransaction {
  readonly name: string;
  readonly event: number;
  readonly text: string;
}

/** By the event of their invocation. */
function transactionsOf({
  transactions: shown,
}: Readonly<Record<string, unknown>>): Map<number, ShownTransaction> {
  const named = Array.isArray(shown) ? (shown as readonly ShownTransaction[]) : [];
  return new Map(named.map((txn) => [txn.event, txn]));
}

/** In words, where they are not drawn. */
function transactions(detail: Readonly<Record<string, unknown>>): Html {
  return html`${[...transactionsOf(detail).values()].map(({ name, text }) => html`<p><b>${name}</b> ${text}</p>`)}`;
}

function cycleOf({
  cycle,
}: Readonly<Record<string, unknown>>): readonly { readonly why: string }[] {
  return Array.isArray(cycle) ? (cycle as readonly { why: string }[]) : [];
}

/** Why each edge holds. */
function steps(detail: Readonly<Record<string, unknown>>): Html | undefined {
  const sentences = cycleOf(detail);
  if (sentences.length === 0) return undefined;
  return html`<ol>
      ${sentences.map(({ why }) => html`<li>${why}</li>`)}
    </ol>
    <p>So each of them comes before itself.</p>`;
}

function logged({ log }: Readonly<Record<string, unknown>>): Html | undefined {
  return Array.isArray(log) ? html`<pre>${log.slice(-20).map(String).join('\n')}</pre>` : undefined;
}
