/**
 * Writing tar archives (POSIX ustar): what an engine imports as an image, or unpacks into a container.
 * All belongs to root and is as old as time itself, so that the same files give the same bytes.
 */
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';

export interface TarEntry {
  /** Without a leading slash; folders without a trailing one. */
  readonly path: string;
  /** A folder, a link to another path, bytes, or a file of this machine and its size. */
  readonly content:
    | { readonly folder: true }
    | { readonly link: string }
    | { readonly bytes: Uint8Array }
    | { readonly file: string; readonly size: number };
  /** Default: 0o755 for folders, 0o644 for the rest. */
  readonly mode?: number;
}

const BLOCK = 512;
const MAX_NAME = 100;
const MAX_PREFIX = 155;

/** The archive of these entries and of all folders above them, in chunks. */
export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of withFolders(entries)) {
    yield header(entry);
    const { content } = entry;
    if ('bytes' in content) {
      yield content.bytes;
      yield padding(content.bytes.length);
    } else if ('file' in content) {
      let sent = 0;
      for await (const chunk of createReadStream(content.file)) {
        sent += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
      if (sent !== content.size) throw new Error(`${content.file} changed while it was read`);
      yield padding(sent);
    }
  }
  yield new Uint8Array(2 * BLOCK);
}

/** The entries by path, with every folder above them that they do not name. */
function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    for (let at = dirname(entry.path); at !== '.'; at = dirname(at))
      if (!all.has(at)) all.set(at, { path: at, content: { folder: true } });
    all.set(entry.path, entry);
  }
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function header({ path, content, mode }: TarEntry): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const folder = 'folder' in content;
  const [prefix, name] = split(folder ? `${path}/` : path);
  const size = 'bytes' in content ? content.bytes.length : 'file' in content ? content.size : 0;
  block.write(name, 0);
  block.write(octal(mode ?? (folder ? 0o755 : 0o644), 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(folder ? '5' : 'link' in content ? '2' : '0', 156);
  if ('link' in content) block.write(content.link, 157, MAX_NAME);
  block.write('ustar\0' + '00', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A path as prefix and name. Throws a `RangeError` where it is too long for the format. */
function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= MAX_NAME) return ['', path];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (
      Buffer.byteLength(prefix) <= MAX_PREFIX &&
      Buffer.byteLength(name) <= MAX_NAME &&
      name !== ''
    )
      return [prefix, name];
  }
  throw new RangeError(`too long a path for a tar archive: ${path}`);
}

/** A number as the format writes it: octal digits, closed by a zero byte. */
function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
