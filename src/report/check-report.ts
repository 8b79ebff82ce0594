/**
 * What `hermes check` says of each history: as a document for programs, as text for people.
 */
import { availableParallelism } from 'node:os';
import { inOrder } from '../base/in-order.ts';
import { type Located, locate } from '../history/store.ts';
import {
  type CheckJob,
  type CheckLimits,
  type Checked,
  FileChecker,
  checkFile,
} from '../run/check-in-worker.ts';
import { type VerdictDocument, verdictPart } from '../run/results.ts';
import { type Unknown, type Verdict, worst } from '../checkers/verdict.ts';
import type { Line } from './text.ts';
import { verdictText } from './verdict-text.ts';

/** The JSON document of one history. */
export interface CheckDocument extends VerdictDocument {
  readonly file: string;
  /** Threads that judged. */
  readonly workers: number;
  readonly notes: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** Several histories: the worst verdict, and each, in the order given. */
export interface CheckDocuments {
  readonly valid: Verdict['valid'];
  readonly results: readonly CheckDocument[];
}

export interface CheckOptions {
  readonly store: string;
  readonly request: CheckJob['request'];
  readonly model: string | undefined;
  readonly verdictOnly?: boolean;
  readonly ownCheckers?: CheckJob['ownCheckers'];
  readonly independent?: CheckJob['independent'];
  readonly map?: CheckJob['map'];
  readonly limits: CheckLimits;
}

export interface FileReport {
  readonly located: Located;
  /** What was asked of the check. */
  readonly job: CheckJob;
  readonly checked: Checked;
  /** A line to paste that gives an undecided check more room. */
  readonly tryLine: string | undefined;
  readonly document: CheckDocument;
  /** Path of the page that shows what is wrong. */
  readonly page?: string | undefined;
  /** Folder with drawings of the anomalies. */
  readonly drawings?: string | undefined;
}

/** Finds and checks one history, in a worker at hand or one of its own. Throws a `UserError` for what the user can mend. */
export async function checkArgument(
  argument: string | undefined,
  options: CheckOptions,
  checker?: FileChecker,
): Promise<FileReport> {
  const { store, request, model, independent, map, verdictOnly, ownCheckers, limits } = options;
  const located = await locate(argument, store);
  const path = located.history;
  const job = { path, request, model, independent, map, verdictOnly, ownCheckers };
  const checked = await (checker === undefined ? checkFile(job, limits) : checker.check(job));
  const { verdict } = checked;
  const more = verdict.valid === 'unknown' ? moreRoom(verdict.reason, request, limits) : undefined;
  const tryLine = more && `hermes check ${argument ?? located.history} ${more}`;
  return { located, job, checked, tryLine, document: documentOf(located, checked) };
}

/** More histories than this are checked several at a time. */
const FEW = 4;

/** Finds and checks several, and hands them over in the order given. Throws as `checkArgument` does. */
export async function* checkArguments(
  wanted: readonly (string | undefined)[],
  options: CheckOptions,
): AsyncGenerator<FileReport, void> {
  const several = wanted.length > FEW;
  const { limits } = options;
  const { workers = availableParallelism() } = limits;
  // Either several histories at a time, or the keys of one.
  const each = several ? { ...limits, workers: 1 } : limits;
  const checkers = Array.from(
    { length: several ? workers : 1 },
    () => new FileChecker(each, { soon: !several }),
  );
  const check = (argument: string | undefined, lane: number): Promise<FileReport> =>
    checkArgument(argument, options, checkers[lane]);
  try {
    yield* inOrder(wanted, checkers.length, check);
  } finally {
    await Promise.all(checkers.map((checker) => checker.close()));
  }
}

/** The flag that raises the limit that was reached, ten times as high. */
function moreRoom(
  reason: Unknown['reason'],
  { limits = {} }: CheckJob['request'],
  { timeLimitS = 60, memoryMb }: CheckLimits,
): string | undefined {
  switch (reason) {
    case 'budget':
      return `--steps ${10 * (limits.steps ?? 1_000_000)}`;
    case 'time':
      return `--time-limit ${10 * timeLimitS}`;
    case 'memory':
      return memoryMb === undefined ? '--memory 8g' : `--memory ${2 * memoryMb}m`;
    default:
      return undefined;
  }
}

/** The report with the page and the drawings that were written of it. */
export function withFiles(
  report: FileReport,
  written: Pick<FileReport, 'page' | 'drawings'>,
): FileReport {
  const { document } = report;
  const paths = Object.entries(written).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  const files = { ...document.files, ...Object.fromEntries(paths) };
  return { ...report, ...written, document: { ...document, files } };
}

/** One document, or one that holds them all. */
export function documents(reports: readonly FileReport[]): CheckDocument | CheckDocuments {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return only.document;
  return {
    valid: worst(reports.map(({ checked }) => checked.verdict)),
    results: reports.map(({ document }) => document),
  };
}

/** The report of one history as text. */
export function reportText(
  { located, checked, tryLine, page, drawings }: FileReport,
  color: boolean,
): string {
  const { verdict, shown, notes } = checked;
  const more: Line[] = notes.map((note): Line => ['note', note]);
  if (tryLine !== undefined) more.push(['try', tryLine]);
  more.push(['file', located.history]);
  if (page !== undefined) more.push(['page', page]);
  if (drawings !== undefined) more.push(['drawings', drawings]);
  return verdictText({ verdict, history: shown, more, color });
}

function documentOf({ history, run }: Located, { verdict, notes, shown }: Checked): CheckDocument {
  const { checkMs, workers = 1 } = verdict;
  return {
    file: history,
    ...verdictPart(verdict),
    workers,
    checkMs: checkMs === undefined ? null : Math.round(checkMs * 100) / 100,
    evidence: shown.events,
    notes,
    files:
      run === undefined
        ? { history }
        : { dir: run.dir, history, plan: run.plan, results: run.results },
  };
}
