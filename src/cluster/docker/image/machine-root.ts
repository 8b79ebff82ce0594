/**
 * The root of an image out of what is on this machine: Node, the network programs that faults need, and
 * every library that they load. For where no registry answers. Linux only.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../../base/user-error.ts';
import { findTool } from '../../netns/tool.ts';
import { INSIDE } from '../inside-paths.ts';
import type { TarEntry } from './tar.ts';

/** Network programs under their names, each with the names by which it is called. */
const NETWORK = ['ip', 'tc', 'ss'] as const;
const IPTABLES = ['iptables', 'iptables-save', 'iptables-restore'] as const;
/** Loaded by name, and so unknown to `ldd`. */
const PLUGIN_LIBRARY = /\/libxtables\.so/;

/** Every file of the root. Throws a `UserError` that names what is missing. */
export async function machineRoot(): Promise<TarEntry[]> {
  const missing = [...NETWORK, ...IPTABLES].filter((name) => findTool(name) === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `no registry answers, and this machine lacks ${missing.join(', ')} for an image of its own.`,
      'Install them, on Debian by: apt-get install iproute2 iptables. Or pull node:24-bookworm-slim.',
    );
  }
  const programs = new Map<string, string>([[INSIDE.node, realpathSync(process.execPath)]]);
  const links = new Map<string, string>();
  for (const name of NETWORK) programs.set(`/usr/sbin/${name}`, real(name));
  for (const name of IPTABLES) {
    const multi = real(name);
    const inside = `/usr/sbin/${multi.split('/').at(-1)}`;
    programs.set(inside, multi);
    if (inside !== `/usr/sbin/${name}`) links.set(`/usr/sbin/${name}`, inside);
  }
  const libraries = await librariesOf([...programs.values()]);
  const plugins = pluginsOf(libraries);
  const more = await librariesOf(plugins);
  const tc = tablesOfTc();
  const same = [...libraries, ...plugins, ...more, ...tc].map(
    (path) => [merged(path), path] as const,
  );
  return [
    ...skeleton(),
    ...mergedFolders(),
    ...[...new Map([...programs, ...same])].map(([inside, path]) => copied(inside, path)),
    ...[...links].map(([path, link]): TarEntry => ({ path: path.slice(1), content: { link } })),
  ];
}

/** Folders and files that every root has. */
function skeleton(): TarEntry[] {
  const text = (path: string, lines: readonly string[]): TarEntry => ({
    path,
    content: { bytes: Buffer.from(`${lines.join('\n')}\n`) },
  });
  return [
    ...['dev', 'proc', 'sys', 'run', 'root'].map((path): TarEntry => ({
      path,
      content: { folder: true },
    })),
    { path: 'tmp', content: { folder: true }, mode: 0o1777 },
    { path: INSIDE.data.slice(1), content: { folder: true } },
    text('etc/passwd', ['root:x:0:0:root:/root:/bin/false']),
    text('etc/group', ['root:x:0:']),
  ];
}

/** `/lib` and the like, where they are links into `/usr` here: programs know files by either path. */
function mergedFolders(): TarEntry[] {
  return ['lib', 'lib32', 'lib64', 'bin', 'sbin'].flatMap((path): TarEntry[] => {
    try {
      return [{ path, content: { link: readlinkSync(`/${path}`) } }];
    } catch {
      return [];
    }
  });
}

/** A path without links on the way to its folder. */
function merged(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

function copied(inside: string, path: string): TarEntry {
  const { size, mode } = statSync(path);
  return { path: inside.slice(1), content: { file: path, size }, mode: mode & 0o755 };
}

function real(name: string): string {
  return realpathSync(findTool(name) as string);
}

/** Paths of all shared libraries that these files load at their start, the loader among them. */
async function librariesOf(files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const found = new Set<string>();
  const { stdout } = await promisify(execFile)('ldd', [...files], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  for (const line of stdout.split('\n')) {
    const missing = /^\s*(\S+) => not found/.exec(line);
    if (missing !== null) throw new Error(`a program needs ${missing[1]}, which is not there`);
    const path = /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1];
    if (path !== undefined) found.add(path);
  }
  return [...found];
}

/** Matches and targets of iptables, in a folder beside its library. */
function pluginsOf(libraries: readonly string[]): string[] {
  const library = libraries.find((path) => PLUGIN_LIBRARY.test(path));
  if (library === undefined) return [];
  for (const folder of [dirname(library), dirname(realpathSync(library))]) {
    const plugins = join(folder, 'xtables');
    try {
      return readdirSync(plugins)
        .filter((name) => name.endsWith('.so'))
        .map((name) => join(plugins, name));
    } catch {
      // The other spelling of the folder, then: /lib may be a link to /usr/lib.
    }
  }
  return [];
}

/** Distributions of delays, which `tc` reads by name; where they lie depends on how it was built. */
function tablesOfTc(): string[] {
  const folders = ['/usr/lib/tc', '/lib/tc', '/usr/lib64/tc', '/usr/share/tc'];
  for (const folder of folders) {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.dist'))
        .map((name) => join(folder, name));
    } catch {
      // The next one.
    }
  }
  return [];
}
