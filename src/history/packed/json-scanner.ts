/** Scans events that are JSON objects, wherever they stand. */
import type { Value } from '../../base/operation.ts';
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_MAP,
  COMMA,
  MINUS,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  isControl,
} from './characters.ts';
import { EventScanner } from './event-scanner.ts';

const named = (name: string): Buffer => Buffer.from(`${name}":`);
const F = named('f');
const INDEX = named('index');
const KEY = named('key');
const OBSERVED = named('observed');
const PROCESS = named('process');
const RESULT = named('result');
const TYPE = named('type');
const TIME = named('time');
const VALUE = named('value');
const NODE = named('node');
const ERROR = named('error');

export abstract class JsonScanner extends EventScanner {
  /** Past an object of the usual form; false: it has another one (and `at` is anywhere). */
  protected object(): boolean {
    const b = this.bytes;
    this.reset();
    if (b[this.at++] !== OPEN_MAP) return false;
    for (;;) {
      if (b[this.at++] !== QUOTE || !this.#field()) return false;
      const c = b[this.at++];
      if (c === COMMA) continue;
      return c === CLOSE_MAP && this.event.process >= 0 && this.event.type >= 0;
    }
  }

  /** A field, behind the quote before its name; false: it is an unknown one, or has another form. */
  #field(): boolean {
    const e = this.event;
    switch (this.bytes[this.at]) {
      case 0x65:
        return this.#named(ERROR) && this.#skipString();
      case 0x66:
        return this.#named(F) && this.word();
      case 0x69:
        return this.#named(INDEX) && (this.index = this.natural()) >= 0;
      case 0x6b:
        return this.#named(KEY) && this.#key();
      case 0x6e:
        return this.#named(NODE) && this.#skipString();
      case 0x6f:
        return this.#named(OBSERVED) && this.value() && (e.observed = this.whole()) >= 0;
      case 0x70:
        return this.#named(PROCESS) && (e.process = this.natural()) >= 0;
      case 0x72:
        return this.#named(RESULT) && this.value() && (e.result = this.whole()) >= 0;
      case 0x74:
        if (this.#named(TIME)) return (this.time = this.natural()) >= 0;
        return this.#named(TYPE) && this.#type();
      case 0x76:
        return this.#named(VALUE) && this.eventValue();
      default:
        return false;
    }
  }

  /** Past a name with the quote and the colon behind it, if that is what stands there. */
  #named(name: Uint8Array): boolean {
    const [b, at] = [this.bytes, this.at];
    for (let i = 0; i < name.length; i++) if (name[i] !== b[at + i]) return false;
    this.at = at + name.length;
    return true;
  }

  #type(): boolean {
    const start = this.at + 1;
    return this.#skipString() && this.typeAt(start, this.at - 1);
  }

  protected word(): boolean {
    const b = this.bytes;
    if (b[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    let p = start;
    while (b[p] !== QUOTE) if (b[p] === BACKSLASH || isControl(b[p++])) return false;
    this.at = p + 1;
    return this.wordAt(start, p);
  }

  #key(): boolean {
    const key = this.bytes[this.at] === QUOTE ? this.plainString() : this.natural();
    if (key === undefined || key === -1) return false;
    this.event.key = this.packer.key(key);
    return true;
  }

  #skipString(): boolean {
    const b = this.bytes;
    if (b[this.at] !== QUOTE) return false;
    let p = this.at + 1;
    while (b[p] !== QUOTE) {
      if (b[p] === BACKSLASH || isControl(b[p++])) return false;
    }
    this.at = p + 1;
    return true;
  }

  protected override more(): number {
    const c = this.bytes[this.at++];
    return c === COMMA ? 1 : c === CLOSE_LIST ? 0 : -1;
  }

  protected override enter(): boolean {
    return this.bytes[this.at++] === OPEN_LIST;
  }

  protected override scalar(): Value | undefined {
    const b = this.bytes;
    const p = this.at;
    if (b[p] === QUOTE) return this.plainString();
    if (b[p] === MINUS) return this.negative();
    if (b[p] !== 0x6e || b[p + 1] !== 0x75 || b[p + 2] !== 0x6c || b[p + 3] !== 0x6c)
      return undefined;
    this.at += 4;
    return null;
  }

  protected override name(): boolean {
    this.nameFrom = this.at + 1;
    if (!this.#skipString()) return false;
    this.nameTo = this.at - 1;
    return true;
  }

  protected override full(from: number, to: number): Record<string, unknown> | undefined {
    try {
      const json: unknown = JSON.parse(this.bytes.toString('utf8', from, to));
      const object = typeof json === 'object' && json !== null && !Array.isArray(json);
      return object ? (json as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }
}
