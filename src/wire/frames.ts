/**
 * Frames between replicas: `u32 length | u8 kind | payload`, little-endian, length counts kind and
 * payload. Kinds below 16 are link control (`link-control.ts`), from 16 on one protocol message
 * each. No sequence number and no MAC per frame: they would hide the faults that the link proxy
 * makes on purpose.
 */
import type { Writer } from '../base/bytes.ts';

export const PROTOCOL_KIND = 16;

/** Largest frame that is accepted, in bytes, kind and payload together. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Bytes before the payload: length and kind. */
export const HEADER_BYTES = 5;

/** Kinds of link control. */
export const LINK_KIND = { hello: 1, auth: 2, ping: 3, pong: 4 } as const;

/** What the link proxy must know to find frames in a stream of bytes. */
export interface FrameFormat {
  readonly headerBytes: number;
  /** Whole length of the frame that starts at `at`, header included; undefined: garbage. */
  frameBytes(header: Uint8Array, at: number): number | undefined;
  /** True: part of the protocol; false: link control, which message faults let pass. */
  isProtocol(frame: Uint8Array, at: number): boolean;
  /** For reports: `INV`, `ACK`, … */
  name(frame: Uint8Array, at: number): string;
}

const LINK_NAMES: Readonly<Record<number, string>> = {
  [LINK_KIND.hello]: 'HELLO',
  [LINK_KIND.auth]: 'AUTH',
  [LINK_KIND.ping]: 'PING',
  [LINK_KIND.pong]: 'PONG',
};

/** Our frames; `kinds` names those of a protocol by kind − 16 (`MessageCodec.kinds`). */
export function frameFormat(kinds: readonly string[]): FrameFormat {
  return {
    headerBytes: HEADER_BYTES,
    frameBytes,
    isProtocol: (frame, at) => (frame[at + 4] as number) >= PROTOCOL_KIND,
    name: (frame, at) => {
      const kind = frame[at + 4] as number;
      return LINK_NAMES[kind] ?? kinds[kind - PROTOCOL_KIND] ?? `kind ${kind}`;
    },
  };
}

/** Our frames for whoever does not know the protocol: its messages are called by their kind. */
export const FRAME_FORMAT: FrameFormat = frameFormat([]);

/** Starts a frame and returns where it starts; the payload is then written behind it. */
export function beginFrame(w: Writer): number {
  return w.reserve(HEADER_BYTES);
}

/** Ends the frame begun at `start`: fills in length and kind. */
export function endFrame(w: Writer, start: number, kind: number): void {
  w.buffer.writeUInt32LE(w.length - start - 4, start);
  w.buffer[start + 4] = kind;
}

/** Called per frame: the payload is `bytes[start … end)`, valid only during the call. */
export type OnFrame = (kind: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts a stream of bytes into frames. What does not fit a frame yet is kept; a frame that arrives
 * in many pieces is joined once.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #maxBytes: number;
  #pieces: Buffer[] = [];
  #have = 0;
  #want = HEADER_BYTES;
  #stopped = false;

  constructor(onFrame: OnFrame, maxBytes = MAX_FRAME_BYTES) {
    this.#onFrame = onFrame;
    this.#maxBytes = maxBytes;
  }

  /** No more frames are handed out, not even those of the piece being read. */
  stop(): void {
    this.#stopped = true;
    this.#pieces = [];
    this.#have = 0;
  }

  /** Accepts frames up to this length from now on: strangers get less room than peers. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece of the stream. Returns false on garbage: the stream is then of no more use. */
  push(piece: Buffer): boolean {
    if (this.#stopped) return true;
    this.#have += piece.length;
    this.#pieces.push(piece);
    if (this.#have < this.#want) return true;
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#have);
    this.#pieces = [];
    return this.#cut(bytes);
  }

  #cut(bytes: Buffer): boolean {
    let at = 0;
    this.#want = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const whole = frameBytes(bytes, at, this.#maxBytes);
      if (whole === undefined) return false;
      if (bytes.length - at < whole) {
        this.#want = whole;
        break;
      }
      this.#onFrame(bytes[at + 4] as number, bytes, at + HEADER_BYTES, at + whole);
      if (this.#stopped) return true;
      at += whole;
    }
    this.#have = bytes.length - at;
    if (this.#have > 0) this.#pieces.push(bytes.subarray(at));
    return true;
  }
}

function frameBytes(
  header: Uint8Array,
  at: number,
  maxBytes = MAX_FRAME_BYTES,
): number | undefined {
  const b = header as { readonly [index: number]: number };
  const length = (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
  return length >= 1 && length <= maxBytes ? 4 + length : undefined;
}
