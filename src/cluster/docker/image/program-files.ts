/**
 * The part of this program that runs in containers: what the entries there import, and nothing else, as
 * files of the image. From sources and from what was built of them alike.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { insidePath } from '../inside-paths.ts';
import type { TarEntry } from './tar.ts';

/** Folder of the rooms (`src`, or `dist/src` when built) that this very file belongs to. */
export const SOURCE = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** What is started in containers, below SOURCE, without the extension. */
const ENTRIES = [
  'node/main',
  'cluster/docker/inside/launch',
  'cluster/docker/inside/hub',
  'cluster/docker/inside/measure',
  'cluster/docker/inside/by-hand',
] as const;

export interface ProgramFiles {
  /** Of paths and contents: changes when, and only when, what runs in containers changes. */
  readonly hash: string;
  /** As files of the image: JavaScript, whatever they are here. */
  readonly entries: () => TarEntry[];
}

/** Reads them. Throws if an import leads nowhere, or to a package. */
export function programFiles(source: string = SOURCE): ProgramFiles {
  const extension = extname(import.meta.url);
  const files = new Map<string, string>();
  const pending = ENTRIES.map((entry) => join(source, entry + extension));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (files.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    files.set(path, text);
    pending.push(...importsOf(text, path));
  }
  const named = [...files].map(([path, text]): [string, string] => {
    const inside = insidePath(path, source);
    if (inside === undefined) throw new Error(`${path} is not below ${source}`);
    return [inside, text];
  });
  named.push(['/opt/hermes/package.json', packageText(source)]);
  named.sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify([RECIPE, extension, named]));
  return {
    hash: hash.digest('hex').slice(0, 12),
    entries: () =>
      quietly(() =>
        named.map(([path, text]) => entryOf(path, extension === '.ts' ? strip(text) : text)),
      ),
  };
}

/** Raised when files are turned into something else than before. */
const RECIPE = 1;

function entryOf(path: string, text: string): TarEntry {
  return { path: path.slice(1), content: { bytes: Buffer.from(text, 'utf8') } };
}

/** Without types, and importing files without types: nothing is left to do at the start of a container. */
function strip(text: string): string {
  if (text.startsWith('{')) return text;
  const plain = stripTypeScriptTypes(text);
  return plain.replaceAll(IMPORT, (all) => all.replace(/\.ts'/, ".js'"));
}

/** Node warns that stripping types may change; it does the same thing at every start from sources. */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`; not those of types alone. */
const IMPORT =
  /^(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

function importsOf(text: string, path: string): string[] {
  const found: string[] = [];
  for (const [, still, moving] of text.matchAll(IMPORT)) {
    const name = still ?? moving ?? '';
    if (name.startsWith('node:')) continue;
    if (!name.startsWith('.')) throw new Error(`${path} imports ${name}, which no container has`);
    found.push(resolve(dirname(path), name));
  }
  return found;
}

/** What makes the files ES modules, and says which version they are. */
function packageText(source: string): string {
  const file = ['../package.json', '../../package.json']
    .map((up) => join(source, up))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`there is no package.json above ${source}`);
  const { name, version, type } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return `${JSON.stringify({ name, version, type })}\n`;
}
