/**
 * Where runs lie: `<store>/<workload>/<UTC time>-<seed>/`, with a link `latest` in the workload's
 * folder and in the store, and what a person may type instead of a path.
 */
import { lstat, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../base/user-error.ts';

/** Default of `--store`, relative to where the command was started. */
export const DEFAULT_STORE = 'histories';

/** The files of one run. They need not all exist. */
export interface RunFolder {
  readonly dir: string;
  /** Everything needed to run it again. */
  readonly plan: string;
  /** The truth: one event per line, appended while running. */
  readonly history: string;
  /** Verdict and figures. */
  readonly results: string;
  /** Samples of the nodes, view changes, faults: what pictures are made of. */
  readonly events: string;
  /** Operations per second over time, and the faults: a drawing. */
  readonly throughput: string;
  /** The page of the run: verdict, evidence, everything over one time axis. */
  readonly report: string;
  /** With `--trace`: what every replica did, in the order of time. */
  readonly trace: string;
  /** A log per node: `nodes/n1.log`. */
  readonly nodes: string;
}

/** Names of the files in a run's folder. */
export function runFolder(dir: string): RunFolder {
  return {
    dir,
    plan: join(dir, 'plan.json'),
    history: join(dir, 'history.jsonl'),
    results: join(dir, 'results.json'),
    events: join(dir, 'events.jsonl'),
    throughput: join(dir, 'throughput.svg'),
    report: join(dir, 'report.html'),
    trace: join(dir, 'trace.jsonl'),
    nodes: join(dir, 'nodes'),
  };
}

export interface NewRun {
  readonly store: string;
  readonly workload: string;
  readonly seed: number | string;
  /** Wall-clock time of the start; names the folder. */
  readonly startedAt: Date;
}

/** Makes the folder of a new run and moves the `latest` links to it. Throws a `UserError` if it cannot. */
export async function createRun(run: NewRun): Promise<RunFolder> {
  const parent = join(run.store, basename(run.workload).replace(/\.[cm]?[jt]s$/, ''));
  const stamp = run.startedAt.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  try {
    await mkdir(parent, { recursive: true });
    const dir = await freshFolder(parent, `${stamp}-${run.seed}`);
    await mkdir(join(dir, 'nodes'));
    await pointLatest(parent, dir);
    await pointLatest(run.store, dir);
    return runFolder(dir);
  } catch (error) {
    throw new UserError(
      `no folder for the run can be made under ${run.store}: ${(error as Error).message}.`,
      'Choose another place with --store.',
    );
  }
}

/** Two runs of one seed within a second: the second one gets `-2`. */
async function freshFolder(parent: string, name: string): Promise<string> {
  for (let copy = 1; ; copy++) {
    const dir = join(parent, copy === 1 ? name : `${name}-${copy}`);
    try {
      await mkdir(dir);
      return dir;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || copy === 1000) throw error;
    }
  }
}

/** A link beside it, renamed into place: readers see the old or the new one. */
async function pointLatest(folder: string, dir: string): Promise<void> {
  const link = join(folder, 'latest');
  const fresh = join(folder, `.latest-${process.pid}`);
  try {
    await rm(fresh, { force: true });
    await symlink(relative(folder, dir), fresh, 'dir');
    await rename(fresh, link);
  } catch (error) {
    // A convenience: where links are not allowed, the newest folder is found by its name.
    await rm(fresh, { force: true });
    if (!['EPERM', 'ENOTSUP', 'EISDIR'].includes(String((error as NodeJS.ErrnoException).code)))
      throw error;
  }
}

/** What an argument HISTORY or RUN names. `run` is absent for a history that lies by itself. */
export interface Located {
  /** The file with the events. */
  readonly history: string;
  readonly run?: RunFolder;
}

/**
 * Finds a run by what a person typed: a run's folder, a file in it, a history file of any name, a
 * folder of runs (its latest), a seed, or nothing (the latest of the store).
 * Throws a `UserError` that says what was looked for.
 */
export async function locate(
  argument: string | undefined,
  store: string = DEFAULT_STORE,
): Promise<Located> {
  if (argument === undefined) {
    const found = await latestIn(store);
    if (found !== undefined) return found;
    throw new UserError(
      `there is no run in ${store} yet.`,
      'hermes fuzz makes one; --store names another folder.',
    );
  }
  const kind = await kindOf(argument);
  if (kind === 'pipe')
    throw new UserError(
      `${argument} is no file, and a history is read more than once.`,
      'Write it to a file first.',
    );
  const found =
    kind === 'file'
      ? await locateFile(resolve(argument))
      : kind === 'folder'
        ? ((await locateFolder(resolve(argument))) ?? (await latestIn(argument)))
        : await locateSeed(argument, store);
  if (found !== undefined) return found;
  throw new UserError(
    kind === 'folder'
      ? `${argument} holds no history.jsonl, nor runs that do.`
      : `no history is called ${argument}: no such file or folder, and no run in ${store} has that seed.`,
    "Give a run's folder, a file in it, a seed, or nothing for the latest run.",
  );
}

async function locateFile(path: string): Promise<Located | undefined> {
  const own = /\.(jsonl|json|edn|log|csv|tsv|gz)$/.test(path) && !RUN_FILES.has(basename(path));
  if (own && basename(path) !== 'history.jsonl') return { history: path };
  return (await locateFolder(dirname(path))) ?? { history: path };
}

/** Files of a run that stand for it, beside `history.jsonl`. */
const RUN_FILES = new Set([
  'plan.json',
  'results.json',
  'events.jsonl',
  'throughput.svg',
  'report.html',
  'trace.jsonl',
]);

async function locateFolder(dir: string): Promise<Located | undefined> {
  const run = runFolder(await throughLink(dir));
  return (await kindOf(run.history)) === 'file' ? { history: run.history, run } : undefined;
}

/** `latest` is shown by the name of the run it stands for. */
async function throughLink(dir: string): Promise<string> {
  const link = await lstat(dir).catch(() => undefined);
  return link?.isSymbolicLink() === true ? resolve(dirname(dir), await readlink(dir)) : dir;
}

async function locateSeed(argument: string, store: string): Promise<Located | undefined> {
  if (!/^\w+$/.test(argument)) return undefined;
  const named = new RegExp(`-${argument}(-\\d+)?$`);
  return newest((await runsIn(store)).filter((dir) => named.test(dir)));
}

async function latestIn(folder: string): Promise<Located | undefined> {
  return (await locateFolder(join(resolve(folder), 'latest'))) ?? newest(await runsIn(folder));
}

async function newest(dirs: readonly string[]): Promise<Located | undefined> {
  for (const dir of dirs.toSorted((a, b) => (basename(a) < basename(b) ? 1 : -1))) {
    const found = await locateFolder(dir);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Folders named as runs, one or two levels below. */
async function runsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await folders(folder)) {
    if (RUN_NAME.test(name)) found.push(resolve(folder, name));
    else
      for (const inner of await folders(join(folder, name)))
        if (RUN_NAME.test(inner)) found.push(resolve(folder, name, inner));
  }
  return found;
}

const RUN_NAME = /^\d{8}T\d{6}Z-/;

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((e) => e.isDirectory()).map((e) => e.name);
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'pipe' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'pipe';
}
