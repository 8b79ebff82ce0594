/** An anomaly: why, the window on a true time axis, the evidence as a table, states, transactions. Pure. */
import { count, plural } from '../../base/figures.ts';
import type { Value } from '../../base/operation.ts';
import type { Call } from '../../checkers/calls.ts';
import type { Anomaly } from '../../checkers/verdict.ts';
import { type AnomalyWalk, type Judgement, walkAnomaly } from '../../checkers/walk-anomaly.ts';
import { cycleFigure } from '../figure/cycle-figure.ts';
import type { FaultSpan } from '../figure/run-series.ts';
import { headline, suffices } from '../verdict-text.ts';
import { type Html, html, trusted } from './html.ts';
import { answered, asked, shownValue } from './operations.ts';
import { outlook, walkSection } from './walk-section.ts';
import { type Window, windowFigure, windowOf, windowScale } from './window-figure.ts';

/** Anomalies in full on a page; of the rest a line each. */
const MOST_SHOWN = 8;
const MOST_NAMED = 200;

/** Undefined where there is none. `operations`: all of the history. */
export function anomaliesSection(
  anomalies: readonly Anomaly[],
  operations: readonly Call[],
  faults: readonly FaultSpan[],
  judgement: Judgement,
): Html | undefined {
  if (anomalies.length === 0) return undefined;
  const rest = anomalies.slice(MOST_SHOWN);
  const shown = anomalies.slice(0, MOST_SHOWN);
  return html`${shown.some(isCycle) && HOW_TO_READ_CYCLES}
  ${shown.map((anomaly) => one(anomaly, operations, faults, judgement))}
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

function one(
  anomaly: Anomaly,
  operations: readonly Call[],
  faults: readonly FaultSpan[],
  judgement: Judgement,
): Html {
  const { detail = {} } = anomaly;
  const walk = walkAnomaly(anomaly, operations, judgement);
  const named = [...anomaly.operations, ...(anomaly.optional ?? [])];
  const together = walk !== undefined && named.includes(walk.stuck);
  const window = windowOf(anomaly, operations, together ? walk.stuck : undefined);
  const of = detail['of'];
  return html`<section>
    <h2><span class="bad">✘</span> ${headline(anomaly)}</h2>
    <p>${anomaly.why}</p>
    ${typeof of === 'number' && html`<p class="soft">${suffices(anomaly, of)}</p>`}
    ${cycle(anomaly)} ${transactions(detail)}
    ${window !== undefined && !isCycle(anomaly) && drawing(window, operations, faults, together ? walk : undefined)}
    ${walk !== undefined && !together && prefixEnd(walk, operations, faults)}
    ${walk === undefined && states(detail)} ${window !== undefined && evidence(window)}
    ${logged(detail)}
  </section>`;
}

/** Answers before the one that has no place that are drawn with it, where the evidence is about others. */
const ANSWERS_DRAWN = 6;

/** Where the longest prefix that has an order ends. */
function prefixEnd(
  walk: AnomalyWalk,
  operations: readonly Call[],
  faults: readonly FaultSpan[],
): Html | undefined {
  const last = walk.steps.slice(-ANSWERS_DRAWN);
  const before = last.flatMap(({ event }) => event ?? []);
  const open = last.at(-1)?.next.map(({ event }) => event) ?? [];
  const running = open.filter((event) => event !== walk.stuck);
  const window = windowOf({ operations: [...before, ...running, walk.stuck] }, operations);
  return (
    window &&
    html`<h3>Where the last order ends</h3>
      ${drawing(window, operations, faults, walk)}`
  );
}

function drawing(
  window: Window,
  operations: readonly Call[],
  faults: readonly FaultSpan[],
  walk: AnomalyWalk | undefined,
): Html {
  const hidden =
    window.hidden > 0
      ? ` ${plural(window.hidden, 'more operation')} of this key in the window ${window.hidden === 1 ? 'is' : 'are'} not drawn.`
      : '';
  return html`<div class="case">
    <figure>
      <div class="wide">
        ${windowFigure(window, faults, (event) => walk && outlook(event, walk))}
      </div>
      <p class="detail" aria-live="polite"></p>
      <figcaption>
        A row per process, a bar per operation on a true time axis. ✘ cannot be placed; blue: the
        rest of the evidence; amber: asked for the value that was seen; grey: what else went on on
        this key; dashed: nobody knows whether it happened. Point at a bar, or move to it with Tab,
        to read it in full.${hidden}
      </figcaption>
    </figure>
    ${walk !== undefined && walkSection(walk, operations, windowScale(window))}
  </div>`;
}

/** The evidence in the order of calls. */
function evidence({ operations }: Window): Html {
  const rows = operations.filter(({ role }) => role !== 'near');
  return html`<details>
    <summary>The evidence as a table</summary>
    <div class="wide" tabindex="0">
      <table>
        <thead>
          <tr>
            <th class="n">event</th>
            <th>operation</th>
            <th>process</th>
            <th class="n">from, ms</th>
            <th class="n">to, ms</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(({ invoke, end, marked, role, ...o }) => {
            const operation = { ...o, invoke, end };
            return html`<tr>
              <td class="n">${invoke.index}</td>
              <td>${asked(operation)} → ${answered(operation)}</td>
              <td>${invoke.process}${invoke.node === undefined ? '' : ` on ${invoke.node}`}</td>
              <td class="n">${(invoke.time / 1e6).toFixed(3)}</td>
              <td class="n">${end === undefined ? '' : (end.time / 1e6).toFixed(3)}</td>
              <td>
                ${marked ? '✘ cannot be placed' : role === 'optional' ? 'may or may not have happened' : role === 'related' ? 'asked for the value that was seen' : ''}
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

function cycle(anomaly: Anomaly): Html | undefined {
  const figure = cycleFigure(anomaly);
  if (figure === undefined) return undefined;
  return html`<figure><div class="wide" tabindex="0">${trusted(figure)}</div></figure>`;
}

function transactions({
  transactions: shown,
  cycle,
}: Readonly<Record<string, unknown>>): Html | undefined {
  if (!Array.isArray(shown)) return undefined;
  const named = shown as readonly { name: string; event: number; text: string }[];
  const steps = Array.isArray(cycle) ? (cycle as readonly { why: string }[]) : [];
  return html`<div class="wide" tabindex="0">
      <table>
        <tbody>
          ${named.map(
            ({ name, event, text }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${text}</td>
                <td class="soft">event ${event}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      steps.length > 0 &&
      html`<ol>
        ${steps.map(({ why }) => html`<li>${why}</li>`)}
      </ol>`
    }`;
}

function logged({ log }: Readonly<Record<string, unknown>>): Html | undefined {
  return Array.isArray(log) ? html`<pre>${log.slice(-20).map(String).join('\n')}</pre>` : undefined;
}
