/** Files that are there as a whole or not at all: a full disk leaves nothing half written behind. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileError } from '../base/file-error.ts';

/**
 * Writes the pieces to `path`, packed where its name ends in `.gz`; what stood there stays until all is
 * written. What is no plain file (`/dev/stdout`) is written as it goes. Throws a `UserError`.
 */
export async function writeWhole(path: string, pieces: Iterable<string>): Promise<void> {
  const device = path.startsWith('/dev/');
  const fresh = device ? path : `${path}.${process.pid}.part`;
  const packing = path.endsWith('.gz') ? [createGzip()] : [];
  try {
    await pipeline([Readable.from(pieces), ...packing, createWriteStream(fresh)]);
    if (!device) await rename(fresh, path);
  } catch (error) {
    if (!device) await rm(fresh, { force: true }).catch(() => undefined);
    throw fileError(path, 'written', error);
  }
}
