/** What many runs showed, as tables: the seeds with their verdicts, and the faults by kind. Pure. */
import { count, duration } from '../src/base/figures.ts';
import type { FaultResult } from '../src/run/results.ts';

/** One run. */
export interface SoakRow {
  /** What was run: the bug that was hunted, or the shape of the run. */
  readonly name: string;
  readonly seed: number;
  /** It ended as it must. */
  readonly good: boolean;
  /** `error`: it ended without a verdict. */
  readonly valid: boolean | 'unknown' | 'error';
  /** The anomaly, the reason of doubt, or the error, with a sentence. */
  readonly why: string;
  readonly ops: number;
  readonly seconds: number;
  readonly viewChanges: number;
  readonly faults: readonly Pick<
    FaultResult,
    'kind' | 'shape' | 'startMs' | 'bitten' | 'gapMs' | 'recoveryMs'
  >[];
  readonly skipped: readonly { readonly kind: string; readonly reason: string }[];
}

/** All faults of a kind, over all runs. */
export interface SoakKind {
  readonly kind: string;
  readonly applied: number;
  readonly bitten: number;
  /** Times to recovery in ms; null: none was seen. */
  readonly recoveryMedianMs: number | null;
  readonly recoveryWorstMs: number | null;
  readonly gapMedianMs: number | null;
  readonly gapWorstMs: number | null;
  /** How often each shape was applied. */
  readonly shapes: Readonly<Record<string, number>>;
}

/** By kind, most frequent first. */
export function soakKinds(rows: readonly SoakRow[]): SoakKind[] {
  const faults = rows.flatMap((row) => row.faults).filter(({ startMs }) => startMs !== null);
  return [...new Set(faults.map(({ kind }) => kind))]
    .map((kind) => {
      const own = faults.filter((fault) => fault.kind === kind);
      const back = sorted(own.map(({ recoveryMs }) => recoveryMs));
      const gaps = sorted(own.map(({ gapMs }) => gapMs));
      return {
        kind,
        applied: own.length,
        bitten: own.filter(({ bitten }) => bitten).length,
        recoveryMedianMs: middle(back),
        recoveryWorstMs: back.at(-1) ?? null,
        gapMedianMs: middle(gaps),
        gapWorstMs: gaps.at(-1) ?? null,
        shapes: shapesOf(own),
      };
    })
    .toSorted((a, b) => b.applied - a.applied);
}

function sorted(times: readonly (number | null)[]): number[] {
  return times.filter((time) => time !== null).toSorted((a, b) => a - b);
}

function middle(times: readonly number[]): number | null {
  return times[Math.floor((times.length - 1) / 2)] ?? null;
}

function shapesOf(faults: SoakRow['faults']): Record<string, number> {
  const names = [...new Set(faults.map(({ shape }) => shape))].toSorted();
  return Object.fromEntries(
    names.map((name) => [name, faults.filter(({ shape }) => shape === name).length]),
  );
}

/** The verdict in a word. */
export function verdictWord(valid: SoakRow['valid']): string {
  return valid === true ? 'valid' : valid === false ? 'invalid' : valid;
}

/** Markdown: a sentence, the faults by kind, a line per run. */
export function soakMarkdown(title: string, rows: readonly SoakRow[]): string {
  const bad = rows.filter(({ good }) => !good);
  const ops = rows.reduce((sum, row) => sum + row.ops, 0);
  const minutes = rows.reduce((sum, row) => sum + row.seconds, 0) / 60;
  const skipped = new Map(rows.flatMap((row) => row.skipped).map((s) => [s.kind, s.reason]));
  return [
    `# ${title}`,
    '',
    `${count(rows.length)} runs, ${count(ops)} operations, ${minutes.toFixed(1)} minutes: ${bad.length === 0 ? 'all as they must be.' : `${count(bad.length)} not as they must be (${bad.map(({ seed }) => `seed ${seed}`).join(', ')}).`}`,
    '',
    ...kindTable(soakKinds(rows)),
    ...[...skipped].map(([kind, reason]) => `Not here: ${kind} (${reason}).`),
    '',
    ...runTable(rows),
    '',
  ].join('\n');
}

function kindTable(kinds: readonly SoakKind[]): string[] {
  if (kinds.length === 0) return [];
  return [
    '| fault | applied | bit | gap median | gap worst | recovery median | recovery worst | shapes |',
    '| --- | --: | --: | --: | --: | --: | --: | --- |',
    ...kinds.map((kind) =>
      rowOf(
        kind.kind,
        count(kind.applied),
        count(kind.bitten),
        time(kind.gapMedianMs),
        time(kind.gapWorstMs),
        time(kind.recoveryMedianMs),
        time(kind.recoveryWorstMs),
        Object.entries(kind.shapes)
          .map(([shape, times]) => (shape === '' ? String(times) : `${shape} ${times}`))
          .join(', '),
      ),
    ),
    '',
  ];
}

function runTable(rows: readonly SoakRow[]): string[] {
  return [
    '| run | seed | verdict | operations | faults | view changes | time | |',
    '| --- | --: | --- | --: | --: | --: | --: | --- |',
    ...rows.map((row) =>
      rowOf(
        row.name,
        String(row.seed),
        verdictWord(row.valid),
        count(row.ops),
        count(row.faults.filter(({ startMs }) => startMs !== null).length),
        count(row.viewChanges),
        `${row.seconds.toFixed(1)} s`,
        row.why.slice(0, 200),
      ),
    ),
  ];
}

function rowOf(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll('\n', ' ')).join(' | ')} |`;
}

function time(ms: number | null): string {
  return ms === null ? '–' : duration(ms);
}
