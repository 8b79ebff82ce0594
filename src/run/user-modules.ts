/**
 * Workloads, nemeses and targets by name or from a user's file, loaded from TypeScript as it stands.
 * What is missing in a file is said in one sentence.
 */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../base/user-error.ts';
import type { Checker, Model } from '../checkers/checker.ts';
import type { Workload } from '../clients/workload.ts';
import type { Nemesis } from '../faults/fault.ts';
import type { Target } from '../system/system.ts';

/** Workloads that come with the program, the default one first. */
export const WORKLOADS: readonly string[] = [
  'rmw',
  'register',
  'append',
  'list-append',
  'rw-register',
  'set',
  'counter',
  'unique-ids',
  'mutex',
  'session',
];

/** A value that was loaded from a user's file. */
export interface Loaded<T> {
  readonly value: T;
  /** Undefined: it came with the program. */
  readonly module: { readonly path: string; readonly sha256: string } | undefined;
}

/** A workload by name, or from a file. */
export async function loadWorkload(name: string): Promise<Loaded<Workload>> {
  if (WORKLOADS.includes(name)) {
    const url = new URL(`../../workloads/${name}${extname(import.meta.url)}`, import.meta.url);
    const { default: value } = (await import(url.href)) as { default: Workload };
    return { value, module: undefined };
  }
  if (!isPath(name)) {
    throw new UserError(
      `there is no workload "${name}".`,
      `Choose ${WORKLOADS.join(', ')}, or give the path of a file: --workload ./mine.ts.`,
    );
  }
  return loadFile(name, 'workload', {
    name: 'string',
    needs: 'object',
    checks: 'object',
    mix: 'object',
    init: 'function',
    next: 'function',
  });
}

/** A target from a file. The link proxy, in another process, loads its frames from there too. */
export async function loadTarget(path: string): Promise<Loaded<Target>> {
  const loaded = await loadFile<Target>(path, 'target', {
    name: 'string',
    operations: 'object',
    ready: 'function',
    connect: 'function',
  });
  const { name } = loaded.value;
  const { withSpec } = await import('../cluster/targets/target-spec.ts');
  withSpec(loaded.value, { kind: 'module', path: resolve(path), name });
  return loaded;
}

/** A nemesis from a file. */
export function loadNemesis(path: string): Promise<Loaded<Nemesis>> {
  return loadFile(path, 'nemesis', { name: 'string', schedule: 'function' });
}

/** A model from a file. */
export function loadModel(path: string): Promise<Loaded<Model>> {
  return loadFile(path, 'model', {
    name: 'string',
    init: 'value',
    step: 'function',
    key: 'function',
  });
}

/** A checker from a file. */
export function loadChecker(path: string): Promise<Loaded<Checker>> {
  return loadFile(path, 'checker', { name: 'string', check: 'function' });
}

/** True: a word names a file, not something built in. */
export function isPath(word: string): boolean {
  return /\.[cm]?[jt]s$/.test(word);
}

async function loadFile<T>(
  path: string,
  what: string,
  wanted: Readonly<Record<string, string>>,
): Promise<Loaded<T>> {
  const absolute = resolve(path);
  const source = await readFile(absolute).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `the ${what} ${path} cannot be read (${error.code}).`,
      'Give the path of a .ts or .js file whose default export it is.',
    );
  });
  const value = await importDefault(absolute, path, what);
  for (const [name, type] of Object.entries(wanted)) {
    const own = (value as Record<string, unknown>)[name];
    if (type === 'value' ? own === undefined : typeof own !== type || own === null) {
      throw new UserError(
        `${path}: the ${what} has no ${type === 'function' ? `function ${name}()` : `"${name}"`}.`,
        `A ${what} has at least: ${Object.keys(wanted).join(', ')}.`,
      );
    }
  }
  const { createHash } = await import('node:crypto'); // large; most runs load no file
  return {
    value: value as T,
    module: { path: absolute, sha256: createHash('sha256').update(source).digest('hex') },
  };
}

async function importDefault(absolute: string, path: string, what: string): Promise<object> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(absolute).href)) as { default?: unknown };
  } catch (error) {
    throw new UserError(
      `${path}: ${firstLine(error)}`,
      'Types are stripped, nothing is compiled: enums, namespaces and parameter properties do not work.',
    );
  }
  const { default: value } = module;
  if (typeof value === 'object' && value !== null) return value;
  throw new UserError(
    `${path} has no default export that is a ${what}.`,
    `End the file with: export default { … } satisfies ${what[0]?.toUpperCase()}${what.slice(1)};`,
  );
}

/** What went wrong and, for a mistake in the file, the line: Node puts it first in the stack. */
function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = /^(?:file:\/\/)?\S+?:(\d+)\n/.exec(error.stack ?? '')?.[1];
  return `${where === undefined ? '' : `line ${where}: `}${error.message.split('\n')[0]}`;
}
