/**
 * How far an order of the operations comes, as steps to go through: the states that are possible after
 * each answer, the orders that lead there, what each running operation would give if it came next; last
 * the answer that no order explains. A script of the page shows one step at a time and marks in the
 * drawing what it is about; without it all steps are there to be read. Pure.
 */
import { plural } from '../../base/figures.ts';
import type { AnomalyWalk } from '../../checkers/walk-anomaly.ts';
import type { Next, Step, Walk, Way } from '../../checkers/walk.ts';
import { type Html, html } from './html.ts';
import { answered, asked, type Operation } from './operations.ts';

/** Operations by the event of their invocation. */
type ByEvent = ReadonlyMap<number, Operation>;

/** `all`: the operations of the history; `x`: where a moment of the run (in ns) lies in the drawing. */
export function walkSection(
  walk: AnomalyWalk,
  all: readonly Operation[],
  x: (ns: number) => number,
): Html {
  const { steps, skipped } = walk;
  const by = operationsIn(walk, all);
  const begin = steps[0]?.event;
  return html`<div class="walk">
    <h3>As far as an order goes</h3>
    <p class="soft">
      ${walk.through === 'key' ? 'Answers in the order in which they came' : 'The evidence, answer by answer'},
      and after each all that is possible.
      ${walk.through === 'evidence' && 'The other operations of the key write nothing that these see.'}
      ${skipped > 0 && `The ${plural(skipped, 'answer')} before these ${skipped === 1 ? 'has' : 'have'} an order too.`}
      Point at a bar of the drawing to read what its operation would give at the step that is shown.
    </p>
    <div class="tools">
      <button type="button" data-by="-1">← back</button
      ><input
        type="range"
        min="0"
        max="${steps.length}"
        value="${steps.length}"
        aria-label="Step through the longest prefix that has an order"
      /><button type="button" data-by="1">next →</button><span class="soft step-count"></span>
    </div>
    <ol class="steps" start="${begin === undefined ? 0 : skipped}">
      ${steps.map((step, i) => stepItem(step, steps[i + 1]?.event ?? walk.stuck, by, x))}
      ${lastItem(walk, by, x)}
    </ol>
  </div>`;
}

function operationsIn({ steps, stuck, tried }: Walk, all: readonly Operation[]): ByEvent {
  const ways = [...steps.flatMap((step) => step.ways), ...tried];
  const events = new Set([
    stuck,
    ...steps.flatMap(({ event, next }) => [
      ...(event === undefined ? [] : [event]),
      ...next.map((n) => n.event),
    ]),
    ...ways.flatMap(({ last, early }) => [...last.map((placed) => placed.event), ...early]),
  ]);
  return new Map(
    all.filter(({ invoke }) => events.has(invoke.index)).map((o) => [o.invoke.index, o]),
  );
}

function stepItem(step: Step, soon: number, by: ByEvent, x: (ns: number) => number): Html {
  const { event, states, ways, next } = step;
  const at = (event === undefined ? by.get(soon)?.invoke : by.get(event)?.end)?.time;
  return html`<li
    data-x="${at === undefined ? '' : Math.round(10 * x(at)) / 10}"
    data-answered="${event ?? ''}"
    data-running="${next.map((n) => n.event).join(' ')}"
  >
    <p>
      ${event === undefined ? 'Nothing has been answered yet.' : html`${operationText(event, by)} was answered.`}
      The key ${states.length === 1 ? 'holds' : 'can hold'} ${choice(states)}.
    </p>
    ${event !== undefined && orders(ways, by)}
    <ul class="running">
      ${next.map((one) => html`<li data-op="${one.event}">${operationText(one.event, by)} ${prospects(one)}</li>`)}
    </ul>
  </li>`;
}

function lastItem({ steps, stuck, tried }: Walk, by: ByEvent, x: (ns: number) => number): Html {
  const at = by.get(stuck)?.end?.time;
  const states = [...new Set(tried.map(({ state }) => state))];
  return html`<li
    class="stuck"
    data-x="${at === undefined ? '' : Math.round(10 * x(at)) / 10}"
    data-answered="${stuck}"
    data-running="${(steps.at(-1)?.next ?? []).flatMap(({ event }) => (event === stuck ? [] : [event])).join(' ')}"
  >
    <p>
      <span class="bad">✘</span> ${operationText(stuck, by)} has no place: every order that explains
      the answers before it leaves ${choice(states)}.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">order of what can come before it</th>
          <th scope="col">the key holds</th>
          <th scope="col">then</th>
        </tr>
      </thead>
      <tbody>
        ${tried.map(
          (way) =>
            html`<tr data-op="${stuck}">
              <td>${trail(way, by)}</td>
              <td><code>${way.state}</code></td>
              <td>${operationText(stuck, by)} <span class="bad">✘ impossible</span></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </li>`;
}

function orders(ways: readonly Way[], by: ByEvent): Html {
  return html`<ul class="orders">
    ${ways.map((way) => {
      const early = way.early.map((event) => operationText(event, by));
      return html`<li>
        ${trail(way, by)} →
        <code>${way.state}</code
        >${early.length > 0 && html`<span class="soft"> (unanswered as yet: ${listed(early)})</span>`}
      </li>`;
    })}
  </ul>`;
}

/** The end of an order. */
function trail({ last, longer }: Way, by: ByEvent): Html {
  if (last.length === 0) return html`<span class="soft">nothing yet</span>`;
  return html`${longer && '… '}${last.map(({ event }) => briefly(event, by)).join(', ')}`;
}

/** `would make 4 into 5; cannot come while it holds 9`. */
function prospects({ gives, never, done }: Next): Html {
  const changes = gives.filter(([from, to]) => from !== to);
  const fits = gives.filter(([from, to]) => from === to).map(([from]) => from);
  const parts: Html[] = [
    ...changes.map(([from, to]) => html`would make <code>${from}</code> into <code>${to}</code>`),
    ...(fits.length > 0 ? [html`<span class="good">fits</span> ${choice(fits)}`] : []),
    ...(never.length > 0
      ? [html`<span class="bad">cannot come</span> while the key holds ${choice(never)}`]
      : []),
    ...(done ? [html`has taken effect in some of the orders`] : []),
  ];
  return html`<span class="soft">${parts.map((part, i) => html`${i > 0 && '; '}${part}`)}</span>`;
}

/** What it would give at the step before its answer, for the text of its bar; undefined: it is in no step. */
export function outlook(event: number, { steps, stuck, tried }: Walk): string | undefined {
  if (event === stuck) {
    const states = [...new Set(tried.map(({ state }) => state))];
    return `Every order of the others leaves ${states.join(' or ')}: there it cannot be answered so`;
  }
  const at = steps.findIndex((step) => step.event === event);
  const [before, after] = [steps[at - 1], steps[at]];
  if (before === undefined || after === undefined) return undefined;
  return `Before its answer the key could hold ${before.states.join(' or ')}, after it ${after.states.join(' or ')}`;
}

function choice(states: readonly string[]): Html {
  const shown = states.slice(0, 12);
  const more = states.length - shown.length;
  return html`${shown.map((state, i) => html`${i > 0 && (i === shown.length - 1 && more === 0 ? ' or ' : ', ')}<code>${state}</code>`)}${more > 0 && ` or one of ${more} more`}`;
}

function listed(parts: readonly Html[]): Html {
  return html`${parts.map((part, i) => html`${i > 0 && ', '}${part}`)}`;
}

function operationText(event: number, by: ByEvent): Html {
  const operation = by.get(event);
  if (operation === undefined) return html`event ${event}`;
  const { process } = operation.invoke;
  return html`<b>${asked(operation)} → ${answered(operation)}</b>
    <span class="soft">(process ${process}, event ${event})</span>`;
}

function briefly(event: number, by: ByEvent): string {
  const operation = by.get(event);
  if (operation === undefined) return `event ${event}`;
  const { end } = operation;
  return end?.type === 'ok' && operation.invoke.f !== 'write'
    ? `${asked(operation)} → ${answered(operation)}`
    : asked(operation);
}
