/**
 * The figures that stand below a verdict: faults and what they did, how clients were served, where
 * the files are, and lines to paste.
 */
import { basename, relative } from 'node:path';
import { count, duration, plural } from '../base/figures.ts';
import type { Results } from '../run/results.ts';
import type { FuzzResult } from '../run/fuzz-run.ts';
import type { KindService } from '../run/service.ts';
import { judgedLateText, seenText } from './seen-text.ts';
import { type Line, wantsColor } from './text.ts';
import { verdictLine, verdictText } from './verdict-text.ts';

export interface RunLinesOptions {
  /** Shown after the first valid run: the line that shows a failure. */
  readonly seeItFail: string | undefined;
}

/** A run in words: in full, or in one line of a batch. `seeItFail`: the line that shows a failure. */
export function runText(
  { verdict, history, results }: FuzzResult,
  full: boolean,
  seeItFail: string | undefined,
): string {
  if (!full) return `seed ${results.seed}   ${verdictLine(verdict)}`;
  return verdictText({
    verdict,
    history,
    more: runLines(results, { seeItFail }),
    color: wantsColor(process.stdout, process.env),
  });
}

/** Lines that stand below the verdict. */
export function runLines(results: Results, options: RunLinesOptions): Line[] {
  const { outcomes } = results;
  const clients = (['ok', 'mismatch', 'fail', 'info'] as const).map(
    (kind) => `${kind} ${count(outcomes[kind])}`,
  );
  const rows: (readonly [string, string | undefined])[] = [
    ['clients', `${clients.join(', ')} in ${duration(results.durationMs)}`],
    [
      'cut short',
      results.interrupted ? 'on request: this is what was recorded until then' : undefined,
    ],
    ['seen', seenText(results)],
    ['at the end', judgedLateText(results)],
    ['slowest', slowest(results)],
    ...faultRows(results),
    ...results.skipped.map(
      ({ kind, reason }, i) => [i === 0 ? 'skipped' : '', `${kind}: ${reason}`] as const,
    ),
    ['served', servedText(results)],
    ['views', viewsText(results)],
    ['recorder', recorderText(results)],
    ['noted', results.notes.join('; ') || undefined],
    ['left over', results.left.join('; ') || undefined],
    ['files', filesText(results)],
    ['again', results.again],
    ['smaller', results.valid === false ? `hermes shrink ${placeOf(results)}` : undefined],
    ['see it fail', options.seeItFail],
  ];
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
}

/** Its folder: below the working folder as it is seen from there. */
function placeOf({ files }: Results): string {
  const dir = files['dir'] ?? '';
  const below = relative('.', dir);
  return `${below.startsWith('..') ? dir : below || '.'}/`;
}

function filesText(results: Results): string {
  const place = placeOf(results);
  const seen = ['report', 'throughput']
    .flatMap((name) => results.files[name] ?? [])
    .map((path) => basename(path));
  return seen.length === 0 ? place : `${place} (${seen.join(', ')})`;
}

function slowest({ operations }: Results): string | undefined {
  const rows = Object.entries(operations).flatMap(([f, { p50Ms, p99Ms }]) =>
    p50Ms === null || p99Ms === null ? [] : `${f} p50 ${duration(p50Ms)} p99 ${duration(p99Ms)}`,
  );
  return rows.length === 0 ? undefined : rows.join(', ');
}

/** A line per kind: `kill       3/3 bit  gap 610 ms  back 1.02 s, worst 1.40 s`. */
function faultRows({ faultKinds }: Results): Line[] {
  return faultKinds.map((kind, i) => {
    const { begun, bitten, gapMs } = kind;
    const cells = [
      kind.kind.padEnd(10),
      `${count(bitten)}/${count(begun)} bit`.padEnd(8),
      `gap ${duration(gapMs)}`.padEnd(11),
      backText(kind),
    ];
    return [i === 0 ? 'faults' : '', cells.join(' ')];
  });
}

function backText(kind: KindService): string {
  const { recoveryMedianMs: median, recoveryWorstMs: worst, unrecovered } = kind;
  const missing = unrecovered === 0 ? '' : `${count(unrecovered)} never`;
  if (median === null || worst === null) return `back: ${missing}`;
  const back = worst === 0 ? 'back at once' : `back ${duration(median)}`;
  const slowest = worst === median ? '' : `worst ${duration(worst)}`;
  return [back, slowest, missing].filter((part) => part !== '').join(', ');
}

function servedText({ service }: Results): string | undefined {
  const { longestGapMs, longestGapNode } = service;
  return longestGapMs === 0
    ? undefined
    : `longest gap for clients of live nodes ${duration(longestGapMs)} (${longestGapNode})`;
}

function viewsText({ epochs }: Results): string | undefined {
  if (epochs === null || epochs.first === epochs.last) return undefined;
  return `${plural(epochs.last - epochs.first, 'view change')}, epoch ${epochs.first} to ${epochs.last}`;
}

/** Said only when the recorder itself was slow enough to matter. */
function recorderText({ recorder }: Results): string | undefined {
  const { p99Ms, maxMs } = recorder.loopDelay;
  return p99Ms < 20
    ? undefined
    : `its own event loop was late: p99 ${duration(p99Ms)}, at most ${duration(maxMs)} (this machine is busy)`;
}
