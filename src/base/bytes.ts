/**
 * Writing and reading binary messages: varints, length-prefixed bytes, latin-1 keys.
 *
 * Integers are unsigned LEB128 up to 2^53 − 1. A reader never reads past its end and never throws on
 * what a peer sent: the first thing that does not fit sets `failed`, and everything after is zero or
 * empty, so that a decoder checks once, at its end.
 */
export class Writer {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  reset(): void {
    this.length = 0;
  }

  /** The bytes written so far. Valid until the next write; copy what must last. */
  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Makes room for `bytes` more and returns the offset at which they go. */
  reserve(bytes: number): number {
    const at = this.length;
    if (at + bytes > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, at + bytes));
      this.buffer.copy(larger, 0, 0, at);
      this.buffer = larger;
    }
    this.length = at + bytes;
    return at;
  }

  u8(x: number): void {
    const at = this.reserve(1);
    this.buffer[at] = x;
  }

  bool(x: boolean): void {
    this.u8(x ? 1 : 0);
  }

  u32(x: number): void {
    const at = this.reserve(4);
    this.buffer.writeUInt32LE(x, at);
  }

  /** Unsigned varint, 0 … 2^53 − 1. */
  uint(x: number): void {
    let at = this.reserve(8);
    let rest = x;
    while (rest >= 0x80) {
      this.buffer[at++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.buffer[at++] = rest;
    this.length = at;
  }

  bytes(x: Uint8Array): void {
    this.uint(x.length);
    const at = this.reserve(x.length);
    this.buffer.set(x, at);
  }

  /** Absent or bytes: 0, or length + 1 and the bytes. */
  maybeBytes(x: Uint8Array | null): void {
    if (x === null) {
      this.uint(0);
      return;
    }
    this.uint(x.length + 1);
    const at = this.reserve(x.length);
    this.buffer.set(x, at);
  }

  /** A string of chars 0 … 255, one byte each. */
  latin1(x: string): void {
    this.uint(x.length);
    const at = this.reserve(x.length);
    this.buffer.write(x, at, 'latin1');
  }

  utf8(x: string): void {
    this.bytes(Buffer.from(x, 'utf8'));
  }
}

export class Reader {
  readonly buffer: Buffer;
  at: number;
  readonly end: number;
  failed = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = end;
  }

  /** True when everything was read and nothing was amiss. */
  done(): boolean {
    return !this.failed && this.at === this.end;
  }

  #take(bytes: number): number {
    if (this.failed || bytes > this.end - this.at) {
      this.failed = true;
      return -1;
    }
    const at = this.at;
    this.at += bytes;
    return at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : (this.buffer[at] as number);
  }

  bool(): boolean {
    const x = this.u8();
    if (x > 1) this.failed = true;
    return x === 1;
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.buffer.readUInt32LE(at);
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    this.failed = true;
    return 0;
  }

  /** A view, not a copy: valid as long as the buffer is not reused. */
  bytes(): Buffer {
    const length = this.uint();
    const at = this.#take(length);
    return at < 0 ? EMPTY : this.buffer.subarray(at, at + length);
  }

  maybeBytes(): Buffer | null {
    const length = this.uint();
    if (length === 0) return null;
    const at = this.#take(length - 1);
    return at < 0 ? null : this.buffer.subarray(at, at + length - 1);
  }

  latin1(): string {
    const length = this.uint();
    const at = this.#take(length);
    return at < 0 ? '' : this.buffer.toString('latin1', at, at + length);
  }

  utf8(): string {
    return this.bytes().toString('utf8');
  }
}

const EMPTY = Buffer.alloc(0);
