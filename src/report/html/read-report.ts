/** From a run's folder, or a history by itself, to its page on disk. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shellWord } from '../../base/shell-word.ts';
import type { CheckRequest } from '../../checkers/check.ts';
import type { Verdict } from '../../checkers/verdict.ts';
import { readHistory } from '../../history/read.ts';
import { type Located, locate } from '../../history/store.ts';
import type { Plan } from '../../run/plan.ts';
import { readToJudge } from '../../run/check-events.ts';
import { readSamples } from '../../run/read-samples.ts';
import type { Results } from '../../run/results.ts';
import { checkArgument, type FileReport } from '../check-report.ts';
import { writeWhole } from '../write-whole.ts';
import type { ReportInput } from './report-input.ts';
import { runPage } from './run-page.ts';

export interface ReportOptions {
  readonly store: string;
  /** File to write; default: `report.html` in the run's folder, else `NAME.report.html` beside the history. */
  readonly out: string | undefined;
}

/** What `hermes report --json` prints. */
export interface ReportDocument {
  readonly file: string;
  readonly bytes: number;
  readonly valid: Verdict['valid'];
  readonly history: string;
}

/** Throws a `UserError` for what a person can mend. A run without results is judged first. */
export async function writeReport(
  argument: string | undefined,
  { store, out }: ReportOptions,
): Promise<ReportDocument> {
  const located = await locate(argument, store);
  const input = await readReport(located);
  const file = out ?? defaultFile(located);
  const text = runPage(input);
  await writeWhole(file, [text]);
  const { valid } = input.verdict;
  return { file, bytes: Buffer.byteLength(text), valid, history: located.history };
}

function defaultFile({ history, run }: Located): string {
  return run === undefined ? besideHistory(history, 'report') : join(run.dir, 'report.html');
}

/** `mine.jsonl.gz` → `mine.report.html`, in the same folder. */
export function besideHistory(history: string, what: string, ending = '.html'): string {
  const stem = basename(history)
    .replace(/\.gz$/, '')
    .replace(/\.(jsonl|json|edn|log|csv|tsv)$/, '');
  return join(dirname(history), `${stem}.${what}${ending}`);
}

/** Larger files are not read again for a page: it then shows the evidence alone. */
const READ_AGAIN_BYTES = 300e6;

/**
 * The page of a history that a check found invalid, written beside it. The path; undefined: the verdict is
 * another. Throws a `UserError` if nothing can be written there.
 */
export async function writeCheckPage({
  located,
  job,
  checked,
  again,
  document: judged,
}: FileReport): Promise<string | undefined> {
  if (judged.valid !== false) return undefined;
  const { history: path, run } = located;
  const { size } = await stat(path);
  const whole = size <= READ_AGAIN_BYTES;
  const note = 'the history is large: this page shows the evidence alone';
  const file = besideHistory(path, 'check');
  const { history, judgement } = whole
    ? await readToJudge(job)
    : { history: checked.shown, judgement: undefined };
  const text = runPage({
    name: run === undefined ? basename(path) : basename(run.dir),
    history,
    judgement,
    samples: run === undefined ? [] : await readSamples(run.events).catch(() => []),
    verdict: judged,
    again,
    notes: whole ? judged.notes : [...judged.notes, note],
  });
  await writeWhole(file, [text]);
  return file;
}

async function readReport(located: Located): Promise<ReportInput> {
  const { history: path, run } = located;
  const [results, plan] =
    run === undefined
      ? [undefined, undefined]
      : await Promise.all([document<Results>(run.results), document<Plan>(run.plan)]);
  const { history, notes } = await readHistory(path);
  const judged = results ?? (await judge(path));
  return {
    name: run === undefined ? basename(path) : basename(run.dir),
    history,
    samples: run === undefined ? [] : await readSamples(run.events).catch(() => []),
    verdict: judged,
    results,
    plan,
    again: results?.again ?? `hermes check ${shellWord(path)}`,
    notes: [
      ...new Set([...notes, ...('notes' in judged && results === undefined ? judged.notes : [])]),
    ],
  };
}

async function judge(path: string) {
  const request: CheckRequest = {};
  const limits = { timeLimitS: 60, memoryMb: undefined };
  const { document: judged } = await checkArgument(path, {
    store: '',
    model: undefined,
    request,
    limits,
  });
  return judged;
}

/** Undefined: it is not there, or torn. */
async function document<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
