/**
 * The bytes of a file, block by block, unpacked where they are gzipped. While one block is looked at the
 * next one is read.
 */
import { createReadStream, fstatSync, openSync, closeSync, read, readFileSync } from 'node:fs';
import { createGunzip, gunzipSync } from 'node:zlib';

/** Small enough to stay near the processor. */
const BLOCK = 1 << 20;
/** Room before each block for what is left of the one before. */
const ROOM = 1 << 16;
/** Files up to this size are taken at once. */
const AT_ONCE = 1 << 22;

/**
 * Looks at bytes and answers how many of them it is done with; the others come again, in front of the next
 * ones. Nothing of the block may be kept. −1: no more. `last`: nothing follows.
 */
export type Take = (bytes: Buffer, last: boolean) => number;

/** False: `take` wanted no more. Throws what the file system and zlib throw: errors with a `code`. */
export async function eachBlock(path: string, take: Take): Promise<boolean> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > 0 && size <= AT_ONCE) {
      const bytes = readFileSync(file);
      return take(isGzip(bytes) ? gunzipSync(bytes) : bytes, true) >= 0;
    }
    return await eachRead(file, path, take);
  } finally {
    closeSync(file);
  }
}

/** The same of blocks that are at hand. */
export function eachOf(blocks: Iterable<Buffer>, take: Take): boolean {
  const feed = feeding(take);
  for (const block of blocks) if (!feed(block, false)) return false;
  return feed(EMPTY, true);
}

/** Hands on one block after the other, each behind what is left of those before. False: no more. */
function feeding(take: Take): (block: Buffer, last: boolean) => boolean {
  let rest: Buffer = EMPTY;
  return (block, last) => {
    const bytes = rest.length === 0 ? block : Buffer.concat([rest, block]);
    const taken = take(bytes, last);
    rest = bytes.subarray(Math.max(0, taken));
    return taken >= 0;
  };
}

const EMPTY = Buffer.alloc(0);

async function eachRead(file: number, path: string, take: Take): Promise<boolean> {
  let [here, there] = [Buffer.allocUnsafeSlow(ROOM + BLOCK), Buffer.allocUnsafeSlow(ROOM + BLOCK)];
  let rest: Buffer = EMPTY;
  let reading = readInto(file, here);
  try {
    for (let first = true; ; first = false) {
      // eslint-disable-next-line no-await-in-loop
      const length = await reading;
      const block = here.subarray(ROOM, ROOM + length);
      if (first && isGzip(block)) return await eachUnpacked(path, take);
      const bytes = inFront(rest, block);
      if (length === 0) return take(bytes, true) >= 0;
      reading = readInto(file, there);
      const taken = take(bytes, false);
      if (taken < 0) return false;
      rest = bytes.subarray(taken);
      [here, there] = [there, here];
    }
  } finally {
    await reading.catch(() => {}); // no file is closed while it is read
  }
}

/** What is left of the block before, and this one, which has room before it. */
function inFront(rest: Buffer, block: Buffer): Buffer {
  if (rest.length > ROOM) return Buffer.concat([rest, block]);
  const from = block.byteOffset - rest.length;
  const bytes = Buffer.from(block.buffer, from, rest.length + block.length);
  rest.copy(bytes);
  return bytes;
}

function readInto(file: number, buffer: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, buffer, ROOM, BLOCK, null, (error, length) =>
      error === null ? resolve(length) : reject(error),
    );
  });
}

async function eachUnpacked(path: string, take: Take): Promise<boolean> {
  const unpacked = createGunzip({ chunkSize: BLOCK });
  const stream = createReadStream(path, { highWaterMark: BLOCK });
  stream.on('error', (error) => unpacked.destroy(error));
  const feed = feeding(take);
  for await (const block of stream.pipe(unpacked) as AsyncIterable<Buffer>)
    if (!feed(block, false)) return false;
  return feed(EMPTY, true);
}

function isGzip(begin: Buffer): boolean {
  return begin[0] === 0x1f && begin[1] === 0x8b;
}
