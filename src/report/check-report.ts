/**
 * What `hermes check` says of each history: as a document for programs, as text for people.
 */
import { availableParallelism } from 'node:os';
import { basename, relative } from 'node:path';
import { count, plural } from '../base/figures.ts';
import { inOrder } from '../base/in-order.ts';
import { shellWord } from '../base/shell-word.ts';
import { UserError } from '../base/user-error.ts';
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

/** What is said of a file that is no history, among several. */
export interface UnreadDocument {
  readonly file: string;
  readonly error: { readonly message: string; readonly hint: string | null };
}

/** Several histories: the worst verdict (a file that could not be read is unknown), and each, in the order given. */
export interface CheckDocuments {
  readonly valid: Verdict['valid'];
  readonly results: readonly (CheckDocument | UnreadDocument)[];
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
  /** Flags as they were typed, each with its value, for the line that asks the same again. */
  readonly typed?: readonly string[];
}

export interface FileReport {
  readonly located: Located;
  /** What was asked of the check. */
  readonly job: CheckJob;
  readonly checked: Checked;
  /** A line to paste that asks the same again. */
  readonly again: string;
  /** One that gives an undecided check more room. */
  readonly tryLine: string | undefined;
  readonly document: CheckDocument;
  /** Path of the page that shows what is wrong. */
  readonly page?: string | undefined;
  /** Folder with drawings of the anomalies. */
  readonly drawings?: string | undefined;
}

/** One of several that could not be read, or not be judged as it was asked. */
export interface Unread {
  readonly file: string;
  readonly error: UserError;
}

/** Finds and checks one history, in a worker at hand or one of its own. Throws a `UserError` for what the user can mend. */
export async function checkArgument(
  argument: string | undefined,
  options: CheckOptions,
  checker?: FileChecker,
): Promise<FileReport> {
  const { store, request, model, independent, map, verdictOnly, ownCheckers, limits } = options;
  const { typed = [] } = options;
  const located = await locate(argument, store);
  const path = located.history;
  const job = { path, request, model, independent, map, verdictOnly, ownCheckers };
  const checked = await (checker === undefined ? checkFile(job, limits) : checker.check(job));
  const { verdict } = checked;
  refuseUnused(job, checked);
  const asked = `hermes check ${shellWord(located.history)}`;
  const again = [asked, ...typed].join(' ');
  const more = verdict.valid === 'unknown' ? moreRoom(verdict.reason, request, limits) : undefined;
  const [raised] = more?.split(' ') ?? [];
  const kept = typed.filter((flag) => !flag.startsWith(`${raised} `));
  const tryLine = more && [asked, ...kept, more].join(' ');
  const document = documentOf(located, checked, choicesOf(job, checked));
  return { located, job, checked, again, tryLine, document };
}

/** A pass that answers another question than the one asked is none. */
function refuseUnused({ path, request }: CheckJob, { verdict }: Checked): void {
  if (verdict.valid === 'unknown' || verdict.consistency !== undefined) return;
  const { consistencyModels, keyAssumptions } = request;
  const flag = consistencyModels === undefined ? keyAssumptions?.[0] : 'consistency-models';
  if (flag === undefined) return;
  throw new UserError(
    `${shownPath(path)} was not judged as transactions: --${flag} says nothing of it.`,
    'Leave the flag out, or say what the operations are: --model list-append, --model rw-register.',
  );
}

/** How it was read, where a flag or nothing but habit decided. */
function choicesOf({ request, independent }: CheckJob, { verdict, shown }: Checked): string[] {
  const { initial, nilRead, failedCas } = request;
  const notes: string[] = [];
  if (initial !== undefined) notes.push(`initial value: ${JSON.stringify(initial)} (--init)`);
  else if (shown.header.workload === undefined && blamesRegister(verdict, shown))
    notes.push('initial value: absent; if the keys began with another, say so with --init VALUE');
  if (independent === 'no') notes.push('independent: no (values are taken as they stand)');
  if (nilRead === 'unset')
    notes.push('nil-read: unset (a read of nil says that there was nothing)');
  if (failedCas === 'observed')
    notes.push('failed-cas: observed (a failed cas says that the value was another one)');
  return notes;
}

/** Is a register blamed for a value that may have been its first, which the history does not tell? */
function blamesRegister(verdict: Verdict, { header, events }: Checked['shown']): boolean {
  if (verdict.valid !== false || header.initial !== undefined) return false;
  const unclear = ['phantom', 'exhausted'];
  if (!verdict.anomalies.some(({ detail }) => unclear.includes(String(detail?.['conflict']))))
    return false;
  return events.some(({ f }) => f === 'read' || f === 'cas');
}

/** As it is shortest to type from here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** More histories than this are checked several at a time. */
const FEW = 4;

/**
 * Finds and checks several, and hands them over in the order given. What the user can mend about one of
 * them does not keep the others from being judged; of a single one it is thrown.
 */
export async function* checkArguments(
  wanted: readonly (string | undefined)[],
  options: CheckOptions,
): AsyncGenerator<FileReport | Unread, void> {
  const several = wanted.length > FEW;
  const { limits } = options;
  const { workers = availableParallelism() } = limits;
  // Either several histories at a time, or the keys of one.
  const each = several ? { ...limits, workers: 1 } : limits;
  const checkers = Array.from(
    { length: several ? workers : 1 },
    () => new FileChecker(each, { soon: !several }),
  );
  const check = (argument: string | undefined, lane: number): Promise<FileReport | Unread> =>
    checkArgument(argument, options, checkers[lane]).catch((error: unknown) => {
      if (wanted.length === 1 || !(error instanceof UserError)) throw error;
      const file = argument ?? options.store;
      const named = error.message.includes(basename(file));
      const message = named ? error.message : `${shownPath(file)}: ${error.message}`;
      return { file, error: new UserError(message, error.hint) };
    });
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

/** The report with the page and the drawings that were written of it, and what stood in their way. */
export function withFiles(
  report: FileReport,
  written: Pick<FileReport, 'page' | 'drawings'>,
  notes: readonly string[] = [],
): FileReport {
  const { document } = report;
  const paths = Object.entries(written).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  const files = { ...document.files, ...Object.fromEntries(paths) };
  return {
    ...report,
    ...written,
    document: { ...document, notes: [...document.notes, ...notes], files },
  };
}

/** Was it judged? */
export function isRead(report: FileReport | Unread): report is FileReport {
  return 'document' in report;
}

/** One document, or one that holds them all. */
export function documents(
  reports: readonly (FileReport | Unread)[],
): CheckDocument | CheckDocuments {
  const [only] = reports;
  if (only !== undefined && reports.length === 1 && isRead(only)) return only.document;
  const judged = reports.filter(isRead);
  const valid = worst(judged.map(({ checked }) => checked.verdict));
  return {
    valid: valid === true && judged.length < reports.length ? 'unknown' : valid,
    results: reports.map((report) =>
      isRead(report)
        ? report.document
        : {
            file: report.file,
            error: { message: report.error.message, hint: report.error.hint ?? null },
          },
    ),
  };
}

/** Of several histories: how many of each, `6 histories: 3 valid, 2 invalid, 1 not read`. */
export function tally(reports: readonly (FileReport | Unread)[]): string {
  const of = (valid: Verdict['valid']): number =>
    reports.filter((report) => isRead(report) && report.document.valid === valid).length;
  const counts: [number, string][] = [
    [of(true), 'valid'],
    [of(false), 'invalid'],
    [of('unknown'), 'unknown'],
    [reports.filter((report) => !isRead(report)).length, 'not read'],
  ];
  const told = counts.flatMap(([n, what]) => (n > 0 ? [`${count(n)} ${what}`] : []));
  return `${plural(reports.length, 'history', 'histories')}: ${told.join(', ')}`;
}

/** The report of one history as text. */
export function reportText(
  { located, checked, document, tryLine, page, drawings }: FileReport,
  color: boolean,
): string {
  const { verdict, shown } = checked;
  const more: Line[] = document.notes.map((note): Line => ['note', note]);
  if (tryLine !== undefined) more.push(['try', tryLine]);
  more.push(['file', shownPath(located.history)]);
  if (page !== undefined) more.push(['page', shownPath(page)]);
  if (drawings !== undefined) more.push(['drawings', `${shownPath(drawings)}/`]);
  return verdictText({ verdict, history: shown, more, color });
}

function documentOf(
  { history, run }: Located,
  { verdict, notes, shown }: Checked,
  choices: readonly string[],
): CheckDocument {
  const { checkMs, workers = 1 } = verdict;
  return {
    file: history,
    ...verdictPart(verdict),
    workers,
    checkMs: checkMs === undefined ? null : Math.round(checkMs * 100) / 100,
    evidence: shown.events,
    notes: [...notes, ...choices],
    files:
      run === undefined
        ? { history }
        : { dir: run.dir, history, plan: run.plan, results: run.results },
  };
}
