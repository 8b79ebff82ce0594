/** The bytes of a file in blocks, unpacked where they are gzipped. */
import {
  closeSync,
  createReadStream,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { createGunzip, gunzipSync } from 'node:zlib';

const BLOCK = 1 << 22;
/** Gzipped files up to this size are unpacked at once: a stream takes longer to set up. */
const AT_ONCE = 1 << 22;

/** Throws what the file system and zlib throw: errors with a `code`. */
export function blocksOf(path: string): Iterable<Buffer> | AsyncIterable<Buffer> {
  if (!isGzip(path)) return plainBlocks(path);
  if (statSync(path).size <= AT_ONCE) return [gunzipSync(readFileSync(path))];
  const unpacked = createGunzip({ chunkSize: BLOCK });
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  stream.on('error', (error) => unpacked.destroy(error));
  return stream.pipe(unpacked) as AsyncIterable<Buffer>;
}

function isGzip(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    readSync(file, magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}

function* plainBlocks(path: string): Iterable<Buffer> {
  const file = openSync(path, 'r');
  try {
    const size = Math.min(BLOCK, fstatSync(file).size + 1);
    for (;;) {
      const block = Buffer.allocUnsafe(size);
      const length = readSync(file, block, 0, size, null);
      if (length === 0) return;
      yield block.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
