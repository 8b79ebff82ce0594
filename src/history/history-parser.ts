/**
 * From records, one per event, to a history: checks what an event must hold and that invocations and
 * completions alternate, and says exactly what is wrong. Whatever the format, this is where it ends up.
 */
import type { Value } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import type { FinalSample, History, HistoryEvent, HistoryHeader, NemesisEvent } from './event.ts';
import type { RecordSink } from './formats/record-sink.ts';
import { contradicts } from './written.ts';

export interface ReadHistory {
  readonly history: History;
  /** Written by another tool: keys may stand in the values, and a read of nil may say nothing. */
  readonly foreign: boolean;
  /** What the reader had to say: a torn line, no header. */
  readonly notes: readonly string[];
}

type Json = Record<string, unknown>;
interface Open {
  readonly event: HistoryEvent;
  readonly line: number;
}

/** How the format at hand is told and numbered. */
export interface ParserOptions {
  /** Name in messages. */
  readonly name: string;
  /**
   * Histories of others: numbers that are not in order are given anew, times that go back are lifted to
   * the time before (noted; the order of the lines is the order of events), no header is missed.
   */
  readonly foreign?: boolean;
}

/** Takes the events one by one. Everything it refuses is a `UserError`. */
export class HistoryParser implements RecordSink {
  readonly #name: string;
  readonly #events: HistoryEvent[] = [];
  readonly #nemesis: NemesisEvent[] = [];
  readonly #final: FinalSample[] = [];
  readonly #open = new Map<number | string, Open>();
  readonly #notes: string[] = [];
  readonly #foreign: boolean;
  #header: HistoryHeader | undefined;
  #number = 0;
  #lifted = 0;
  #index = -1;
  #time = 0;

  constructor({ name, foreign = false }: ParserOptions) {
    this.#name = name;
    this.#foreign = foreign;
  }

  /** An event of another format. */
  record(record: Json, text: string, line: number): void {
    this.#number = line;
    this.#object(text, record);
  }

  torn(line: number): void {
    this.#notes.push(
      `${this.#name}: line ${line} is torn (the recorder was stopped while writing it) and was left out`,
    );
  }

  note(what: string): void {
    this.#notes.push(`${this.#name}: ${what}`);
  }

  refuse(why: string, text: string, line: number): never {
    this.#number = line;
    return this.#refuse(why, text);
  }

  /** One whole line. */
  line(text: string): void {
    this.#number++;
    if (text.trim() === '') return;
    this.#object(text, this.#json(text));
  }

  /** What stands after the last line break: usually nothing, else a line that may be torn. */
  finish(last: string): ReadHistory {
    if (last.trim() !== '') {
      this.#number++;
      const found = parsed(last);
      if (isObject(found)) this.#object(last, found);
      else this.torn(this.#number);
    }
    if (this.#lifted > 0)
      this.#notes.push(
        `${this.#name}: ${this.#lifted} times go back and were lifted; the order of the lines is the order of events`,
      );
    if (this.#header === undefined && this.#events.length > 0 && !this.#foreign)
      this.#notes.push(
        `${this.#name}: no header line; model and initial value come from the flags`,
      );
    const history: History = {
      header: this.#header ?? { hermes: 1 },
      events: this.#events,
      nemesis: this.#nemesis,
      ...(this.#final.length > 0 && { final: this.#final }),
    };
    return { history, foreign: this.#foreign, notes: this.#notes };
  }

  #json(text: string): Json {
    const found = parsed(text);
    return isObject(found)
      ? found
      : this.#refuse('this is no JSON object; every line holds one event.', text);
  }

  #object(text: string, json: Json): void {
    if ('hermes' in json && !('type' in json)) this.#takeHeader(text, json);
    else {
      this.#stamp(text, json);
      if (json['process'] === 'nemesis') this.#nemesis.push(this.#nemesisEvent(text, json));
      else if (json['process'] === 'final') this.#final.push(this.#sample(text, json));
      else this.#client(text, json);
    }
  }

  #takeHeader(text: string, json: Json): void {
    if (this.#number !== 1) this.#refuse('a header stands on the first line only.', text);
    if (json['hermes'] !== 1)
      this.#refuse(`format version ${show(json['hermes'])}; this program reads version 1.`, text);
    if ('initial' in json && !isValue(json['initial']))
      this.#refuse(`"initial" is ${show(json['initial'])}; expected ${VALUES}.`, text);
    this.#header = json as unknown as HistoryHeader;
  }

  /** Number and time: both may be missing, neither may go back. */
  #stamp(text: string, json: Json): void {
    if (this.#foreign) this.#restamp(json);
    const { index = this.#index + 1, time = this.#time } = json;
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0)
      this.#refuse(`"index" is ${show(index)}; expected the number of the event.`, text);
    if (index <= this.#index)
      this.#refuse(`"index" is ${index} after ${this.#index}; events are numbered in order.`, text);
    if (typeof time !== 'number' || !Number.isFinite(time))
      this.#refuse(`"time" is ${show(time)}; expected nanoseconds since the run began.`, text);
    if (time < this.#time)
      this.#refuse(
        `the time goes back from ${this.#time} to ${time}; lines stand in the order of events.`,
        text,
      );
    this.#index = index;
    this.#time = time;
    json['index'] = index;
    json['time'] = time;
  }

  /** What others wrote, brought into order. */
  #restamp(json: Json): void {
    const { index, time } = json;
    if (!Number.isSafeInteger(index) || (index as number) <= this.#index) delete json['index'];
    if (typeof time !== 'number' || !Number.isFinite(time)) delete json['time'];
    else if (time < this.#time) {
      this.#lifted++;
      json['time'] = this.#time;
    }
  }

  #client(text: string, json: Json): void {
    const { process, type } = json;
    if (
      !(typeof process === 'string' || (Number.isSafeInteger(process) && (process as number) >= 0))
    )
      this.#refuse(`"process" is ${show(process)}; expected a number, "nemesis" or "final".`, text);
    this.#values(text, json);
    if (type === 'invoke') this.#invoke(text, json, process as number | string);
    else if (type === 'ok' || type === 'fail' || type === 'info')
      this.#complete(text, json, process as number | string);
    else this.#refuse(`"type" is ${show(type)}; expected "invoke", "ok", "fail" or "info".`, text);
    this.#events.push(json as unknown as HistoryEvent);
  }

  #values(text: string, json: Json): void {
    json['value'] ??= null;
    for (const field of ['value', 'result', 'observed'] as const)
      if (json[field] !== undefined && !isValue(json[field]))
        this.#refuse(`"${field}" is ${show(json[field])}; expected ${VALUES}.`, text);
    if (json['key'] === null) delete json['key'];
    const { key } = json;
    if (key !== undefined && typeof key !== 'string' && !Number.isSafeInteger(key))
      this.#refuse(`"key" is ${show(key)}; expected an integer or a string.`, text);
  }

  #invoke(text: string, json: Json, process: number | string): void {
    const open = this.#open.get(process);
    if (open !== undefined)
      this.#refuse(
        `an "invoke" for process ${process}, whose "${open.event.f}" of line ${open.line} is still open.`,
        text,
      );
    if (typeof json['f'] !== 'string' || json['f'] === '')
      this.#refuse(`"f" is ${show(json['f'])}; expected the name of an operation.`, text);
    this.#open.set(process, { event: json as unknown as HistoryEvent, line: this.#number });
  }

  #complete(text: string, json: Json, process: number | string): void {
    const { event: open, line } = this.#open.get(process) ?? {};
    if (open === undefined)
      return this.#refuse(
        `an "${String(json['type'])}" for process ${process}, which has no operation open.`,
        text,
      );
    json['f'] ??= open.f;
    if (open.key !== undefined) json['key'] ??= open.key;
    for (const field of ['f', 'key'] as const)
      if (json[field] !== open[field])
        this.#refuse(
          `"${field}" is ${show(json[field])}, but process ${process} invoked ${show(open[field])}.`,
          text,
        );
    const [asked, said] = [open.value, json['value'] as Value];
    if (json['type'] === 'ok' && contradicts(open.f, asked, said))
      this.#refuse(
        `an "ok" of "${open.f}" with ${show(said)}, but process ${process} asked for ${show(asked)} on line ${line}; what is written is the same in both.`,
        text,
      );
    this.#open.delete(process);
  }

  #nemesisEvent(text: string, json: Json): NemesisEvent {
    if (typeof json['f'] !== 'string')
      this.#refuse(`"f" is ${show(json['f'])}; expected what the nemesis did.`, text);
    const value = isObject(json['value']) ? json['value'] : {};
    const { id, nodes, links } = value;
    json['type'] = 'info';
    json['value'] = {
      ...value,
      id: typeof id === 'number' ? id : 0,
      nodes: isNames(nodes) ? nodes : [],
      links: Array.isArray(links) && links.every((l) => isNames(l) && l.length === 2) ? links : [],
    };
    return json as unknown as NemesisEvent;
  }

  #sample(text: string, json: Json): FinalSample {
    this.#values(text, json);
    if (json['key'] === undefined || typeof json['node'] !== 'string')
      this.#refuse('a final sample without "key" or "node".', text);
    if (json['type'] !== 'ok' && json['type'] !== 'fail')
      this.#refuse(`"type" is ${show(json['type'])}; expected "ok" or "fail".`, text);
    json['f'] = 'peek';
    return json as unknown as FinalSample;
  }

  #refuse(why: string, line: string): never {
    const short = line.length > 100 ? `${line.slice(0, 99)}…` : line;
    // What it holds must not steer a terminal.
    const shown = short.replaceAll(/\p{Cc}/gu, '\uFFFD');
    throw new UserError(`${this.#name}, line ${this.#number}: ${why}`, `The line: ${shown}`);
  }
}

const VALUES = 'null, a number up to 2^53, a string, {"b64": …}, or a list of these';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function isNames(x: unknown): x is string[] {
  return Array.isArray(x) && x.every((name) => typeof name === 'string');
}

/** Nesting deeper than this is no value of a history (and would overflow the stack of whoever walks it). */
const DEPTH_MAX = 32;

/** Is it something that a history may hold as a value? */
export function isValue(x: unknown, depth = 0): x is Value {
  if (x === null || typeof x === 'string') return true;
  if (typeof x === 'number') return Math.abs(x) <= 2 ** 53;
  if (Array.isArray(x)) return depth < DEPTH_MAX && x.every((item) => isValue(item, depth + 1));
  return isObject(x) && typeof x['b64'] === 'string' && Object.keys(x).length === 1;
}

function show(x: unknown): string {
  if (x === undefined) return 'missing';
  let text: string;
  try {
    text = JSON.stringify(x);
  } catch {
    return 'nested too deeply';
  }
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
