/**
 * The page of a run, or of a history by itself: verdict and evidence, everything over one time axis,
 * tables. From what was recorded alone; the same run gives the same bytes.
 */
import { count } from '../../base/figures.ts';
import type { PagedRun } from '../../run/fuzz-run.ts';
import { type RunSeries, type Sample, runSeries } from '../figure/run-series.ts';
import { isTimed } from '../told.ts';
import { anomaliesSection } from './anomaly-section.ts';
import { axisFigure } from './axis-figure.ts';
import { type Html, html } from './html.ts';
import { type Sign, keyOf } from './key.ts';
import type { Latencies } from './latencies.ts';
import { type Operation, type OutcomeName, operationsOf } from './operations.ts';
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
  const { samples, verdict, results, name } = input;
  const timed = isTimed(input.history.events);
  const history = timed ? input.history : byOrder(input.history);
  const series = runSeries(history, samples);
  const operations = operationsOf(history);
  const { faults } = series;
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
      ${anomaliesSection(verdict.anomalies, { operations, faults, timed, judgement: judged })}
      ${propertiesTable(verdict.properties)} ${timed && axisSection(series, operations, input)}
      ${faultsTable(results?.faults ?? [])} ${operationsTable(operations, timed)}
      ${errorsTable(operations)} ${timed && nodesTable(series, samples)}
      <footer>
        <p class="soft">
          Made by hermes report from
          ${results === undefined ? 'the history' : 'history.jsonl, events.jsonl, plan.json and results.json'};
          this file needs nothing else.
        </p>
      </footer>`,
  );
}

/** A history without times, its moments the numbers of its events, a millisecond each. */
function byOrder(history: ReportInput['history']): ReportInput['history'] {
  const events = history.events.map((event) => ({ ...event, time: event.index * 1e6 }));
  return { ...history, events };
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
      ${keyOf(signsOf(latencies, series, samples))}
      <figcaption>
        ${count(drawn)} operations, drawn as ${count(dots)} dots: those of one outcome that fall
        into one place of 2 × 2 units share a dot.
      </figcaption>
    </figure>
  </section>`;
}

const dot = (outcome: OutcomeName, mark: string): string =>
  `<path class="dots ${outcome}" style="opacity:1" d="M6 8${mark}M13 8${mark}M20 8${mark}"/>`;

/** Of what there is in the drawing. */
function signsOf(
  { cells }: Latencies,
  { outages, views }: RunSeries,
  samples: readonly Sample[],
): Sign[] {
  const leased = samples.some(({ type, held }) => type === 'lease' && held === true);
  const signs: (Sign | false)[] = [
    ...DOTS.filter(([outcome]) => cells.has(outcome)).map(([outcome, mark, text]): Sign => [
      dot(outcome, mark),
      text,
    ]),
    outages.length > 0 && ['<rect class="out" width="26" height="12"/>', 'the node does not serve'],
    leased && ['<rect class="lease" y="5" width="26" height="2.5"/>', 'the node holds a lease'],
    views.length > 1 && [
      '<line class="view" x1="13" y1="0" x2="13" y2="12"/>',
      'the view changed (number above)',
    ],
  ];
  return signs.filter((sign) => sign !== false);
}

const DOTS: readonly (readonly [outcome: OutcomeName, mark: string, text: string])[] = [
  ['ok', 'h0', 'ok'],
  ['mismatch', 'h0', 'mismatch: a compare-and-set met another value'],
  ['fail', 'v-4', 'fail: it did not happen'],
  ['info', 'v-8', 'info: nobody knows'],
];
