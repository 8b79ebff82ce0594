/**
 * The figures that stand below a verdict: faults and what they did, how clients were served, where
 * the files are, and lines to paste.
 */
import { relative } from 'node:path';
import { count, duration, plural } from '../base/figures.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { Results } from '../run/results.ts';
import type { FuzzResult } from '../run/fuzz-run.ts';
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
  const rows: [string, string | undefined][] = [
    ['clients', `${clients.join(', ')} in ${duration(results.durationMs)}`],
    [
      'cut short',
      results.interrupted ? 'on request: this is what was recorded until then' : undefined,
    ],
    ['slowest', slowest(results)],
    ['faults', faultsText(results)],
    ['skipped', results.skipped.map(({ kind }) => kind).join(', ') || undefined],
    ['served', servedText(results)],
    ['recorder', recorderText(results)],
    ['left over', results.left.join('; ') || undefined],
    ['files', placeText(results.files['dir'] ?? '')],
    ['again', results.again],
    ['see it fail', options.seeItFail],
  ];
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
}

/** A path below the working folder is shown from there. */
function placeText(dir: string): string {
  const below = relative('.', dir);
  return `${below.startsWith('..') ? dir : below || '.'}/`;
}

function slowest({ operations }: Results): string | undefined {
  const rows = Object.entries(operations).map(
    ([f, { p50Ms, p99Ms }]) => `${f} p50 ${duration(p50Ms)} p99 ${duration(p99Ms)}`,
  );
  return rows.length === 0 ? undefined : rows.join(', ');
}

const NAMES: Readonly<Partial<Record<FaultKind, readonly [string, string]>>> = {
  loss: ['packet loss', 'packet losses'],
  link: ['slow link', 'slow links'],
  messages: ['message fault', 'message faults'],
  clock: ['clock fault', 'clock faults'],
  disk: ['disk fault', 'disk faults'],
  member: ['change of members', 'changes of members'],
};

/** `4 partitions, 3 pauses; each bit (1,310 messages lost, 2.4 s stopped)`. */
function faultsText({ faults }: Results): string | undefined {
  const begun = faults.filter(({ startMs }) => startMs !== null);
  if (begun.length === 0) return undefined;
  const kinds = [...new Set(begun.map(({ kind }) => kind))];
  const counts = kinds.map((kind) => {
    const [one, many] = NAMES[kind] ?? [kind, `${kind}s`];
    return plural(begun.filter((fault) => fault.kind === kind).length, one, many);
  });
  const idle = begun.filter(({ bitten }) => !bitten).length;
  const bit =
    idle === 0 ? (begun.length === 1 ? 'it bit' : 'each bit') : `${count(idle)} without effect`;
  return `${counts.join(', ')}; ${bit}`;
}

function servedText({ service, faults }: Results): string | undefined {
  if (service.longestGapMs === 0) return undefined;
  const recoveries = faults.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs]));
  const back =
    recoveries.length === 0
      ? ''
      : `; back after each fault within ${duration(Math.max(...recoveries))}`;
  return `longest gap for clients of live nodes ${duration(service.longestGapMs)} (${service.longestGapNode})${back}`;
}

/** Said only when the recorder itself was slow enough to matter. */
function recorderText({ recorder }: Results): string | undefined {
  const { p99Ms, maxMs } = recorder.loopDelay;
  return p99Ms < 20
    ? undefined
    : `its own event loop was late: p99 ${duration(p99Ms)}, at most ${duration(maxMs)} (this machine is busy)`;
}
