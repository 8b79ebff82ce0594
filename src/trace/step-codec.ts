/**
 * Inputs of a machine, and everything that it asks for in return, as bytes: equal steps give equal
 * bytes, so that a step that was recorded on real sockets can be compared with the same step taken by
 * a fresh machine.
 */
import { Reader, Writer } from '../base/bytes.ts';
import { readCommand, writeCommand, writeResult } from '../base/command-codec.ts';
import type { NodeId, Result } from '../base/operation.ts';
import type { Effects, Input, Protocol } from '../protocols/machine.ts';

export type AnyInput = Input<unknown, unknown>;

const INPUTS = ['message', 'timer', 'request', 'gone', 'durable', 'admin'] as const;

export function encodeInput(protocol: Protocol, input: AnyInput): Buffer {
  const w = new Writer(256);
  w.u8(INPUTS.indexOf(input.kind));
  switch (input.kind) {
    case 'message':
      w.uint(input.from.id);
      w.uint(input.from.inc);
      writeMessage(w, protocol, input.message);
      break;
    case 'timer':
      w.latin1(input.timer);
      break;
    case 'request':
      w.uint(input.id);
      writeCommand(w, input.command);
      w.uint(input.deadlineUs);
      break;
    case 'gone':
      w.uint(input.id);
      break;
    case 'durable':
      w.uint(input.lsn);
      break;
    case 'admin':
      // A host numbers the requests of administrators downward from −1.
      w.uint(-input.id);
      w.utf8(JSON.stringify(input.command));
      break;
  }
  return w.view();
}

/** What `encodeInput` was given; undefined: the bytes are no input of this protocol. */
export function decodeInput(protocol: Protocol, bytes: Uint8Array): AnyInput | undefined {
  const r = new Reader(bytes);
  const input = readInput(protocol, r);
  return input !== undefined && r.done() ? input : undefined;
}

function readInput(protocol: Protocol, r: Reader): AnyInput | undefined {
  const kind = INPUTS[r.u8()];
  switch (kind) {
    case undefined:
      return undefined;
    case 'message': {
      const from = { id: r.uint(), inc: r.uint() };
      const frame = r.u8();
      const payload = r.bytes();
      const message: unknown = protocol.messages.decode(frame, new Reader(payload));
      return message === undefined ? undefined : { kind, from, message };
    }
    case 'timer':
      return { kind, timer: r.latin1() };
    case 'request':
      return { kind, id: r.uint(), command: readCommand(r), deadlineUs: r.uint() };
    case 'gone':
      return { kind, id: r.uint() };
    case 'durable':
      return { kind, lsn: r.uint() };
    case 'admin':
      return { kind, id: -r.uint(), command: JSON.parse(r.utf8()) as unknown };
  }
}

function writeMessage(w: Writer, protocol: Protocol, message: unknown): void {
  const payload = new Writer(256);
  w.u8(protocol.messages.encode(message, payload));
  w.bytes(payload.view());
}

const SEND = 1;
const REPLY = 2;
const APPEND = 3;
const CHECKPOINT = 4;
const REBORN = 5;
const SET_TIMER = 6;
const CANCEL_TIMER = 7;

/** Writes down what a machine asks for. Positions of the log go on from `lsn`. */
export class EffectsWriter implements Effects<unknown, unknown> {
  readonly quiet = true;
  readonly #protocol: Protocol;
  readonly #w = new Writer(1024);
  #lsn: number;

  constructor(protocol: Protocol, lsn: number) {
    this.#protocol = protocol;
    this.#lsn = lsn;
  }

  /** Everything since the last call, in order. Valid until the next effect. */
  take(): Buffer {
    const bytes = this.#w.view();
    this.#w.reset();
    return bytes;
  }

  send(to: NodeId, message: unknown, after?: number): void {
    this.#w.u8(SEND);
    this.#w.uint(to);
    this.#after(after);
    writeMessage(this.#w, this.#protocol, message);
  }

  reply(id: number, result: Result, after?: number): void {
    this.#w.u8(REPLY);
    this.#w.bool(id < 0);
    this.#w.uint(Math.abs(id));
    this.#after(after);
    writeResult(this.#w, result);
  }

  append(record: unknown): number {
    this.#w.u8(APPEND);
    this.#record(record);
    return ++this.#lsn;
  }

  checkpoint(records: readonly unknown[]): number {
    this.#w.u8(CHECKPOINT);
    this.#w.uint(records.length);
    for (const record of records) this.#record(record);
    return ++this.#lsn;
  }

  reborn(): void {
    this.#w.u8(REBORN);
  }

  setTimer(id: string, inUs: number): void {
    this.#w.u8(SET_TIMER);
    this.#w.latin1(id);
    this.#w.uint(Math.max(0, Math.round(inUs)));
  }

  cancelTimer(id: string): void {
    this.#w.u8(CANCEL_TIMER);
    this.#w.latin1(id);
  }

  event(): void {}

  #after(after: number | undefined): void {
    this.#w.bool(after !== undefined);
    if (after !== undefined) this.#w.uint(after);
  }

  #record(record: unknown): void {
    const bytes = new Writer(256);
    this.#protocol.records.encode(record, bytes);
    this.#w.bytes(bytes.view());
  }
}
