/** What a machine says, as bytes: messages as frames for links, records for the log. */
import { Reader, Writer } from '../base/bytes.ts';
import type { Protocol } from '../protocols/machine.ts';
import { beginFrame, endFrame } from '../wire/frames.ts';

export class MachineBytes {
  readonly #protocol: Protocol;
  readonly #frame = new Writer(64 * 1024);
  readonly #record = new Writer(1024);
  /** The last message encoded: a broadcast is encoded once. */
  #framed: unknown;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /** The frame of a message, good until the next one is asked for. */
  frame(message: unknown): Writer {
    if (message !== this.#framed) this.#encode(message);
    return this.#frame;
  }

  /** Undefined: not a message. */
  message(kind: number, bytes: Buffer, start: number, end: number): unknown {
    return this.#protocol.messages.decode(kind, new Reader(bytes, start, end));
  }

  /** The bytes of a record, good until the next one is asked for. */
  record(record: unknown): Buffer {
    this.#record.reset();
    this.#protocol.records.encode(record, this.#record);
    return this.#record.view();
  }

  /** Undefined: not a record of this protocol. */
  readRecord(bytes: Buffer): unknown {
    return this.#protocol.records.decode(new Reader(bytes));
  }

  #encode(message: unknown): void {
    this.#frame.reset();
    const start = beginFrame(this.#frame);
    const kind = this.#protocol.messages.encode(message, this.#frame);
    endFrame(this.#frame, start, kind);
    this.#framed = message;
  }
}
