/**
 * Histories for the benchmark of the checkers: a register per key, clients that are never idle (each calls
 * again as soon as it has its answer, so that as many operations are open as there are clients), 50 % reads,
 * 25 % writes, 25 % cas; really run, so linearizable. Written as JSON lines, block by block.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { random } from '../src/base/random.ts';

export interface Shape {
  readonly operations: number;
  readonly clients: number;
  /** Different values; 0: every written value is new. */
  readonly values: number;
  /** Of a thousand writes and cas, how many never come back. */
  readonly lostPermille: number;
  readonly keys: number;
}

interface Client {
  process: number;
  phase: 'called' | 'done' | 'over';
  f: 'read' | 'write' | 'cas';
  key: number;
  a: number;
  b: number;
  ok: boolean;
}

/** Writes one history; the same shape, the same file. */
export function writeHistory(path: string, shape: Shape): void {
  const out = new Lines(path);
  out.line('{"hermes":1,"model":"cas-register","initial":0}');
  new Run(shape, out).all();
  out.close();
}

class Run {
  readonly #shape: Shape;
  readonly #out: Lines;
  readonly #random;
  readonly #state: Float64Array;
  readonly #clients: Client[];
  #processes: number;
  #started = 0;
  #running = 0;
  #fresh = 0;
  #index = 0;

  constructor(shape: Shape, out: Lines) {
    this.#shape = shape;
    this.#out = out;
    this.#random = random(`bench/${JSON.stringify(shape)}`);
    this.#state = new Float64Array(shape.keys);
    this.#processes = shape.clients;
    this.#clients = Array.from({ length: shape.clients }, (_, process) => ({
      process,
      phase: 'over',
      f: 'read',
      key: 0,
      a: 0,
      b: 0,
      ok: true,
    }));
  }

  /** Everything, from the first call to the last answer. */
  all(): void {
    for (const client of this.#clients) this.#call(client);
    while (this.#running > 0) this.#step(this.#random.pick(this.#clients));
  }

  /** What the client does next: its operation takes effect, or it has the answer and calls again. */
  #step(client: Client): void {
    if (client.phase === 'called') this.#effect(client);
    else if (client.phase === 'done') this.#end(client, client.ok ? 'ok' : 'fail');
  }

  /** The process goes on, or another one in its place. */
  #end(client: Client, type: string, next = client.process): void {
    this.#emit(client, type);
    client.phase = 'over';
    client.process = next;
    this.#running--;
    this.#call(client);
  }

  #call(client: Client): void {
    const { keys, operations, values } = this.#shape;
    if (this.#started === operations) return;
    this.#started++;
    this.#running++;
    client.phase = 'called';
    client.key = keys === 1 ? 0 : this.#random.below(keys);
    client.f = this.#random.pick(['read', 'read', 'write', 'cas'] as const);
    client.a = client.f === 'write' ? this.#value() : (this.#state[client.key] as number);
    if (client.f === 'cas') {
      if (values > 0) client.a = this.#value();
      client.b = this.#value();
    }
    this.#emit(client, 'invoke');
  }

  #effect(client: Client): void {
    const { lostPermille } = this.#shape;
    const now = this.#state[client.key] as number;
    client.ok = client.f !== 'cas' || now === client.a;
    if (client.f === 'read') client.a = now;
    else if (client.ok) this.#state[client.key] = client.f === 'cas' ? client.b : client.a;
    client.phase = 'done';
    if (client.f === 'read' || lostPermille === 0 || !this.#random.chance(lostPermille, 1000))
      return;
    this.#end(client, 'info', this.#processes++);
  }

  #value(): number {
    const { values } = this.#shape;
    return values === 0 ? ++this.#fresh : 1 + this.#random.below(values);
  }

  #emit({ process, f, key, a, b }: Client, type: string): void {
    const value =
      f === 'cas' ? `[${a},${b}]` : f === 'read' && type === 'invoke' ? 'null' : String(a);
    const time = this.#index * 1000;
    this.#out.line(
      `{"index":${this.#index++},"process":${process},"type":"${type}","f":"${f}","key":${key},"value":${value},"time":${time}}`,
    );
  }
}

/** A file that is written line by line, block by block. */
export class Lines {
  readonly #file: number;
  #text = '';

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  line(text: string): void {
    this.#text += `${text}\n`;
    if (this.#text.length > 1 << 20) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#text);
    this.#text = '';
  }
}
