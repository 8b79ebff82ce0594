/**
 * Finds the frames in one direction of a connection.
 *
 * Two modes over the same stream: `track` follows the boundaries of bytes that were forwarded as
 * they came, `cut` hands out whole frames and holds back what is incomplete. One may change to the
 * other at any byte: a frame whose head was forwarded is forwarded to its end first.
 */
import type { FrameFormat } from '../../wire/frames.ts';

export class FrameCutter {
  readonly #format: FrameFormat;
  /** Bytes of the present frame that are still to come and that follow its forwarded head. */
  #tail = 0;
  /** Start of a header whose bytes were forwarded. */
  readonly #head: Buffer;
  #headLength = 0;
  /** Pieces of a frame that is held back, their length, and how much is needed to go on. */
  #pieces: Buffer[] = [];
  #held = 0;
  #needed: number;
  /** True after bytes that are no frame: from then on the stream is opaque. */
  garbage = false;

  constructor(format: FrameFormat) {
    this.#format = format;
    this.#head = Buffer.alloc(format.headerBytes);
    this.#needed = format.headerBytes;
  }

  /** Follows bytes that are forwarded as they are. Nothing may be held back (see `release`). */
  track(chunk: Buffer): void {
    this.#follow(chunk, Number.POSITIVE_INFINITY);
  }

  /** What was held back, to be forwarded before the next `track`; undefined: nothing. */
  release(): Buffer | undefined {
    if (this.#held === 0) return undefined;
    const bytes = Buffer.concat(this.#pieces, this.#held);
    this.#forget();
    this.track(bytes);
    return bytes;
  }

  /**
   * Calls `onRest` with the rest of a frame whose head was forwarded, or with bytes that are no
   * frames, and `onFrame` with each whole frame. The buffers are views of `chunk` where possible.
   */
  cut(chunk: Buffer, onRest: (bytes: Buffer) => void, onFrame: (frame: Buffer) => void): void {
    const start = this.#held === 0 ? this.#follow(chunk, 0) : 0;
    if (start > 0) onRest(chunk.subarray(0, start));
    if (start < chunk.length)
      this.#frames(start === 0 ? chunk : chunk.subarray(start), onRest, onFrame);
  }

  #frames(chunk: Buffer, onRest: (b: Buffer) => void, onFrame: (b: Buffer) => void): void {
    let bytes = chunk;
    if (this.#held > 0) {
      this.#keep(bytes);
      if (this.#held < this.#needed) return;
      bytes = Buffer.concat(this.#pieces, this.#held);
      this.#forget();
    }
    let at = 0;
    while (bytes.length - at >= this.#format.headerBytes) {
      const length = this.#format.frameBytes(bytes, at);
      if (length === undefined) {
        this.garbage = true;
        onRest(bytes.subarray(at));
        return;
      }
      if (bytes.length - at < length) {
        this.#needed = length;
        break;
      }
      onFrame(bytes.subarray(at, at + length));
      at += length;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  #keep(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
  }

  #forget(): void {
    this.#pieces = [];
    this.#held = 0;
    this.#needed = this.#format.headerBytes;
  }

  /** Follows forwarded bytes; ends at the first boundary at or after `from`. Returns where it ended. */
  #follow(chunk: Buffer, from: number): number {
    const { headerBytes } = this.#format;
    let at = 0;
    while (at < chunk.length) {
      if (this.garbage) return chunk.length;
      if (this.#tail > 0) {
        const step = Math.min(this.#tail, chunk.length - at);
        this.#tail -= step;
        at += step;
        continue;
      }
      if (this.#headLength === 0 && at >= from) return at;
      if (this.#headLength === 0 && chunk.length - at >= headerBytes) {
        this.#begin(this.#format.frameBytes(chunk, at), 0);
        continue;
      }
      const step = Math.min(headerBytes - this.#headLength, chunk.length - at);
      chunk.copy(this.#head, this.#headLength, at, at + step);
      this.#headLength += step;
      at += step;
      if (this.#headLength < headerBytes) break;
      this.#headLength = 0;
      this.#begin(this.#format.frameBytes(this.#head, 0), headerBytes);
    }
    return at;
  }

  #begin(length: number | undefined, seen: number): void {
    if (length === undefined) this.garbage = true;
    else this.#tail = length - seen;
  }
}
