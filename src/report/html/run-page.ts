/**
 * The page of a run, or of a history by itself: verdict and evidence, everything over one time axis,
 * tables. From what was recorded alone; the same run gives the same bytes.
 */
import { count } from '../../base/figures.ts';
import type { PagedRun } from '../../run/fuzz-run.ts';
import { type RunSeries, runSeries } from '../figure/run-series.ts';
import { anomaliesSection } from './anomaly-section.ts';
import { axisFigure } from './axis-figure.ts';
import { type Html, html, trusted } from './html.ts';
import { type Operation, operationsOf } from './operations.ts';
import { page } from './page.ts';
import type { ReportInput } from './report-input.ts';
import {
  errorsTable,
  faultsTable,
  nodesTable,
  operationsTable,
  propertiesTable,
} from './tables.ts';
import { verdictSection, verdictWords } from './verdict-section.ts';

/** The text of an HTML file. Its size is bounded, whatever the number of operations. */
export function runPage(input: ReportInput): string {
  const { history, samples, verdict, results, name } = input;
  const series = runSeries(history, samples);
  const operations = operationsOf(history);
  const { model, initial } = history.header;
  const { judgement } = input;
  const judged = {
    ...judgement,
    model: judgement?.model ?? model,
    initial: judgement?.initial ?? initial,
  };
  return page(
    `${verdictWords(verdict)} · ${name}`,
    html`${verdictSection(input)}
      ${anomaliesSection(verdict.anomalies, operations, series.faults, judged)}
      ${propertiesTable(verdict.properties)} ${axisSection(series, operations, input)}
      ${faultsTable(results?.faults ?? [])} ${operationsTable(operations)}
      ${errorsTable(operations)} ${nodesTable(series, samples)}
      <footer>
        <p class="soft">
          Made by hermes report from
          ${results === undefined ? 'the history' : 'history.jsonl, events.jsonl, plan.json and results.json'};
          this file needs nothing else.
        </p>
      </footer>`,
  );
}

/** The page of a run that has just ended. */
export function pageOfRun({ plan, history, samples, results }: PagedRun): string {
  const name = (results.files['dir'] ?? '').split(/[\\/]/).at(-1) ?? '';
  return runPage({ name, history, samples, verdict: results, results, plan, again: results.again });
}

const BUTTONS = [
  ['+', 'closer'],
  ['-', 'farther'],
  ['ArrowLeft', '← earlier'],
  ['ArrowRight', 'later →'],
  ['0', 'whole run'],
] as const;

function axisSection(
  series: RunSeries,
  operations: readonly Operation[],
  { samples }: ReportInput,
): Html {
  const { svg, latencies } = axisFigure(series, operations, samples);
  const { dots, operations: drawn } = latencies;
  return html`<section>
    <h2>The run over time</h2>
    <div class="tools">
      ${BUTTONS.map(([key, text]) => html`<button type="button" data-key="${key}">${text}</button>`)}<span
        class="soft"
        >or drag across the drawing; double-click shows all</span
      >
    </div>
    <figure>
      <div class="wide">${svg}</div>
      <p class="detail" aria-live="polite"></p>
      <ul class="key">
        ${LEGEND.map(([drawing, text]) => html`<li>${trusted(`<svg viewBox="0 0 26 12" aria-hidden="true">${drawing}</svg>`)}${text}</li>`)}
      </ul>
      <figcaption>
        ${count(drawn)} operations, drawn as ${count(dots)} dots: those of one outcome that fall
        into one place of 2 × 2 units share a dot.
      </figcaption>
    </figure>
  </section>`;
}

const dot = (outcome: string, mark: string): string =>
  `<path class="dots ${outcome}" style="opacity:1" d="M6 8${mark}M13 8${mark}M20 8${mark}"/>`;

/** Drawings of our own beside their meaning. */
const LEGEND = [
  [dot('ok', 'h0'), 'ok'],
  [dot('mismatch', 'h0'), 'mismatch: a compare-and-set met another value'],
  [dot('fail', 'v-4'), 'fail: it did not happen'],
  [dot('info', 'v-8'), 'info: nobody knows'],
  ['<rect class="out" width="26" height="12"/>', 'the node does not serve'],
  ['<rect class="lease" y="5" width="26" height="2.5"/>', 'the node holds a lease'],
  ['<line class="view" x1="13" y1="0" x2="13" y2="12"/>', 'the view changed (number above)'],
] as const;
