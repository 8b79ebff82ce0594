/** An exploration as people read it: the verdict, figures, and how a wrong state is reached. */
import { count, duration, plural } from '../base/figures.ts';
import { drawText } from '../diagram/draw-text.ts';
import type { Counterexample, Explored } from '../explore/explore.ts';
import type { Search } from '../explore/search.ts';
import { type Line, labelled, painter } from './text.ts';

export interface ExploreTextOptions {
  readonly color: boolean;
  /** What was explored, in words. */
  readonly about: string;
  /** The command that does it again. */
  readonly again: string;
}

/** The whole text, with a line break at the end. */
export function exploreText(explored: Explored, options: ExploreTextOptions): string {
  const { counterexample, search } = explored;
  const lines: Line[] = [
    ['explored', options.about],
    ['states', statesText(search)],
    ['rate', rateText(explored)],
  ];
  const drawn = counterexample === undefined ? [] : ['', diagram(counterexample)];
  if (counterexample !== undefined) {
    lines.push(['steps', `${counterexample.steps.length}; walk through them by hand: --step`]);
    lines.push(['again', options.again]);
  } else if (explored.valid === 'unknown') lines.push(['try', advice(explored)]);
  return [verdictLine(explored, options.color), ...lines.flatMap(labelled), ...drawn, ''].join(
    '\n',
  );
}

function verdictLine({ valid, end, search, counterexample }: Explored, color: boolean): string {
  const paint = painter(color);
  if (counterexample !== undefined) {
    const { name, message } = counterexample.violation;
    return `${paint('red', '✘ invalid')}   ${name}: ${message}`;
  }
  if (valid === true) {
    const kept = 'all states keep all that was asked for';
    return `${paint('green', '✔ valid')}   ${kept} (${count(search.distinct)})`;
  }
  const why = end.type === 'limit' ? LIMITS[end.limit] : 'it was interrupted';
  return `${paint('yellow', '? unknown')}   nothing wrong was seen, but ${why}`;
}

const LIMITS = {
  states: 'the limit of states was hit',
  depth: 'there are longer paths than were followed',
  bytes: 'the memory was full',
  walks: 'random walks do not see everything',
} as const;

function advice({ end }: Explored): string {
  if (end.type !== 'limit') return 'let it run to its end';
  if (end.limit === 'walks') return '--order bfs, which sees every state';
  if (end.limit === 'bytes') return 'a larger --memory, or a smaller configuration';
  return `a larger --max-${end.limit}, or a smaller configuration`;
}

function statesText(search: Search): string {
  const walks = search.order === 'random' ? ` in ${plural(search.walks, 'walk')}` : '';
  return `${count(search.distinct)} distinct of ${count(search.generated)} seen${walks}, up to ${plural(search.depth, 'step')} from the start`;
}

function rateText({ search, seconds }: Explored): string {
  const rate = count(Math.round(search.generated / Math.max(seconds, 1e-3)));
  const bytes = Math.round(search.bytes / search.distinct);
  return `${duration(seconds * 1000)}, ${rate} states/s, ${bytes} bytes a distinct state`;
}

/** One line for each second. */
export function exploreProgress(search: Search, seconds: number): string {
  const rate = count(Math.round(search.generated / seconds));
  return `${duration(seconds * 1000)}   ${count(search.generated)} states, ${count(search.distinct)} distinct, depth ${search.depth}, ${rate} states/s`;
}

function diagram({ events, violation }: Counterexample): string {
  const notes = [`${violation.name}: ${violation.message}`];
  return drawText(events, { clock: 'steps', notes });
}

/** What `--json` prints. */
export function exploreDocument(explored: Explored, about: string, again: string): object {
  const { search, seconds, valid, end, counterexample } = explored;
  return {
    valid,
    end: end.type === 'limit' ? end.limit : end.type,
    explored: about,
    order: search.order,
    states: search.generated,
    distinct: search.distinct,
    depth: search.depth,
    seconds,
    statesPerSecond: Math.round(search.generated / Math.max(seconds, 1e-3)),
    bytesPerState: Math.round(search.bytes / search.distinct),
    again,
    ...(counterexample !== undefined && {
      violation: counterexample.violation,
      steps: counterexample.lines,
      trace: counterexample.events,
    }),
  };
}
