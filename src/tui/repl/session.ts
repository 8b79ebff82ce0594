/**
 * What the prompt does with a line. Knows no terminal: lines come in, text goes out.
 */
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import { splitInline } from '../../wire/resp-request.ts';
import { COMMANDS } from '../../wire/resp-table.ts';
import type { Reply } from '../../wire/resp.ts';
import { nearest } from '../../base/nearest.ts';
import { replyJson, replyText } from './reply-text.ts';
import {
  CLUSTER_WORDS,
  helpText,
  isClusterWord,
  OWN_WORDS,
  ownWord,
  type OwnWord,
} from './words.ts';

/** A connection to a replica. */
export interface Line {
  /** Rejects when the connection is lost before the reply came. */
  request(args: readonly (string | Uint8Array)[]): Promise<Reply>;
  close(): void;
  readonly closed: Promise<void>;
}

export interface ReplHost {
  readonly nodes: readonly NodeName[];
  /** Rejects if the node does not answer. */
  open(node: NodeName): Promise<Line>;
  /** Runs `hermes cluster WORDS…` on this cluster; what it says goes out by itself. */
  cluster(words: readonly string[]): Promise<void>;
  out(text: string): void;
}

/** What a line did, for `--json`. */
export interface Said {
  readonly node: NodeName;
  readonly line: string;
  /** The reply as JSON; absent where no replica was asked. */
  readonly reply?: unknown;
  readonly error?: string;
}

/** Above the replica's own deadline: it normally tells by itself that it could not decide. */
const PATIENCE_MS = 2_000;
/** How long the prompt waits to learn the view; then it says that the node does not answer. */
const VIEW_PATIENCE_MS = 300;

export class ReplSession {
  /** Keys that were used, the last one first. */
  readonly keys: string[] = [];
  readonly said: Said[] = [];
  /** A line that could not be understood came. */
  confused = false;
  readonly #host: ReplHost;
  #node: NodeName;
  #line: Line | undefined;

  constructor(host: ReplHost, node: NodeName) {
    this.#host = host;
    this.#node = node;
  }

  /** `n1 view 1> `; a node that does not serve says so in place of its view. */
  async prompt(): Promise<string> {
    try {
      const reply = await within(VIEW_PATIENCE_MS, this.#ask(['HERMES', 'STATUS']));
      if (reply.type !== 'bulk') throw new Error('no status');
      const { state, epoch } = JSON.parse(reply.value.toString()) as NodeStatus;
      return `${this.#node} ${state === 'serving' ? `view ${epoch}` : state}> `;
    } catch {
      this.#hangUp();
      return `${this.#node} no answer> `;
    }
  }

  /** Does what a line says. False: it was the last one. Never rejects. */
  async take(line: string): Promise<boolean> {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return true;
    const words = wordsOf(text);
    if (words === undefined) return this.#refuse(text, 'a quote is not closed');
    const [first = '', ...rest] = words.map((word) => word.toString());
    const own = ownWord(first);
    try {
      if (own === 'quit') return false;
      if (own !== undefined) await this.#own(own, words.slice(1), text);
      else if (isClusterWord(first)) await this.#cluster(first.toLowerCase(), rest, text);
      else if (COMMANDS.has(first.toLowerCase())) await this.#command(words, text);
      else return this.#refuse(text, unknownWord(first));
    } catch (error) {
      const message = (error as Error).message;
      this.#host.out(`(${message})`);
      this.said.push({ node: this.#node, line: text, error: message });
    }
    return true;
  }

  close(): void {
    this.#hangUp();
  }

  async #own(word: OwnWord, rest: readonly Buffer[], text: string): Promise<void> {
    const [key = NONE, second = NONE, third = NONE] = rest;
    const wants = ARGUMENTS[word];
    if (wants !== undefined && rest.length !== wants) {
      this.#refuse(text, `usage: ${helpText(word)?.split(/\s{2,}/)[0] ?? ''}`);
    } else if (word === 'read') await this.#command([GET, key], text);
    else if (word === 'write') await this.#command([SET, key, second], text);
    else if (word === 'cas') await this.#cas(key, second, third, text);
    else if (word === 'connect') await this.#connect(key.toString(), text);
    else if (word === 'trace') await this.#trace(key.toString().toLowerCase(), text);
    else this.#help(rest[0]?.toString(), text);
  }

  #help(about: string | undefined, text: string): void {
    const found = helpText(about);
    if (found === undefined) this.#refuse(text, unknownWord(about ?? ''));
    else this.#host.out(found);
  }

  async #connect(node: NodeName, text: string): Promise<void> {
    if (!this.#host.nodes.includes(node)) {
      this.#refuse(text, `there is no ${node}: the nodes are ${this.#host.nodes.join(', ')}`);
      return;
    }
    this.#hangUp();
    this.#node = node;
    await this.#open();
  }

  /** All nodes, each by a line of its own. */
  async #trace(state: string, text: string): Promise<void> {
    if (state !== 'on' && state !== 'off') {
      this.#refuse(text, 'usage: trace on|off');
      return;
    }
    const replies = await Promise.all(
      this.#host.nodes.map(async (node) => {
        const line = await this.#host.open(node).catch(() => undefined);
        if (line === undefined) return `${node} does not answer`;
        const reply = await within(PATIENCE_MS, line.request(['HERMES', 'TRACE', state])).finally(
          () => line.close(),
        );
        return `${node} ${replyText(reply)}`;
      }),
    );
    for (const reply of replies) this.#host.out(reply);
    this.said.push({ node: this.#node, line: text, reply: replies });
  }

  async #cluster(word: string, rest: readonly string[], text: string): Promise<void> {
    await this.#host.cluster([word, ...rest]);
    this.said.push({ node: this.#node, line: text });
  }

  async #command(words: readonly Buffer[], text: string): Promise<void> {
    const reply = await this.#carried(words);
    this.#answer(text, reply, replyText(reply));
  }

  async #cas(key: Buffer, old: Buffer, value: Buffer, text: string): Promise<void> {
    const absent = old.toString() === 'nil';
    const condition = absent ? [Buffer.from('NX')] : [Buffer.from('IFEQ'), old];
    const reply = await this.#carried([SET, key, value, ...condition, GET]);
    if (reply.type !== 'null' && reply.type !== 'bulk') {
      this.#answer(text, reply, replyText(reply));
      return;
    }
    const matched = reply.type === 'null' ? absent : !absent && reply.value.equals(old);
    this.#answer(text, reply, matched ? 'OK' : `(mismatch) it is ${replyText(reply)}`);
  }

  #answer(line: string, reply: Reply, text: string): void {
    this.#host.out(text);
    this.said.push({ node: this.#node, line, reply: replyJson(reply) });
  }

  /** Sends a command and remembers its key. Rejects, in words, where there is no reply. */
  async #carried(words: readonly Buffer[]): Promise<Reply> {
    const command = COMMANDS.get(words[0]?.toString().toLowerCase() ?? '');
    if (words[1] !== undefined && command?.keys[0] === 1) this.#remember(words[1].toString());
    try {
      return await within(PATIENCE_MS, this.#ask(words));
    } catch (error) {
      this.#hangUp();
      if (error instanceof Refused) throw error;
      const unknown = command?.flags.includes('write') ? '; nobody knows whether it happened' : '';
      throw new Error(`${(error as Error).message}${unknown}`, { cause: error });
    }
  }

  async #ask(args: readonly (string | Uint8Array)[]): Promise<Reply> {
    return (await this.#open()).request(args);
  }

  async #open(): Promise<Line> {
    if (this.#line !== undefined) return this.#line;
    let line: Line;
    try {
      line = await this.#host.open(this.#node);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Refused(`${this.#node} does not answer: ${code ?? message}`);
    }
    this.#line = line;
    void line.closed.then(() => {
      if (this.#line === line) this.#line = undefined;
    });
    return line;
  }

  #hangUp(): void {
    this.#line?.close();
    this.#line = undefined;
  }

  #remember(key: string): void {
    const at = this.keys.indexOf(key);
    if (at >= 0) this.keys.splice(at, 1);
    this.keys.unshift(key);
    this.keys.length = Math.min(this.keys.length, 100);
  }

  #refuse(line: string, why: string): true {
    this.confused = true;
    this.#host.out(`(${why})`);
    this.said.push({ node: this.#node, line, error: why });
    return true;
  }
}

/** There is no connection: nothing was sent. */
class Refused extends Error {}

const GET = Buffer.from('GET');
const SET = Buffer.from('SET');
const NONE = Buffer.alloc(0);

/** How many words those take that take a fixed number. */
const ARGUMENTS: Readonly<Partial<Record<OwnWord, number>>> = {
  read: 1,
  write: 2,
  cas: 3,
  connect: 1,
  trace: 1,
};

/** The words of a line, as bytes; undefined: a quote is not closed. */
function wordsOf(line: string): Buffer[] | undefined {
  // The splitter takes a line as a replica gets it: a byte per character.
  const words = splitInline(Buffer.from(line, 'utf8').toString('latin1'));
  return words?.map((word) => Buffer.from(word, 'latin1'));
}

function unknownWord(typed: string): string {
  const known = [...OWN_WORDS, ...CLUSTER_WORDS].map(({ word }) => word as string);
  const meant = nearest(typed.toLowerCase(), [...known, ...COMMANDS.keys()]);
  return `"${typed}" is nothing that is known here${meant === undefined ? '' : `; did you mean ${meant}?`}: try help`;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
