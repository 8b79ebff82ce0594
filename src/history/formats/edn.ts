/**
 * Extensible data notation, as Clojure prints it: every form that Jepsen's histories hold.
 *
 * Total: whatever the text, the answer is a form, "the text ends inside a form", or an `EdnError` with
 * the place. What a history's `Value` cannot hold is brought to the nearest thing that it can:
 * keywords and symbols become strings without their colon, sets become lists, maps lists of pairs,
 * integers beyond 2^53 and ratios their digits as strings. Tags (`#inst`, records, `#object`) give way to
 * what they tag.
 */
import type { Value } from '../../base/operation.ts';

/** A map: keys and values by turns, in the order in which they were written. */
export class EdnMap {
  readonly items: readonly Edn[];
  constructor(items: readonly Edn[]) {
    this.items = items;
  }
  /** The value of a keyword, without its colon and namespace; undefined: it is not there. */
  get(name: string): Edn | undefined {
    for (let i = 0; i < this.items.length; i += 2)
      if (this.items[i] === name) return this.items[i + 1];
    return undefined;
  }
}

export type Edn = null | number | string | readonly Edn[] | EdnMap;

/** What is wrong, and where in the text. */
export class EdnError extends Error {
  override name = 'EdnError';
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Thrown to the outermost form only: the text ended too early. */
class Incomplete extends Error {}

const DEPTH_MAX = 200;
/** Character codes that end a token. */
const DELIMITER = new Uint8Array(128);
for (const c of ' \t\r\n,()[]{}";') DELIMITER[c.charCodeAt(0)] = 1;
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  space: ' ',
  tab: '\t',
  return: '\r',
  backspace: '\b',
  formfeed: '\f',
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** Numbers of so many digits are exact in a small integer. */
const SMALL_DIGITS = 9;
/** Keywords of most events, by their length. */
const WORDS: string[][] = [];
for (const word of [
  ...['process', 'type', 'f', 'value', 'time', 'index', 'error'],
  ...['invoke', 'ok', 'fail', 'info', 'read', 'write', 'cas', 'txn', 'append', 'r', 'w'],
])
  (WORDS[word.length] ??= []).push(word);

/** Reads the forms of a text one after the other. */
export class EdnReader {
  readonly #text: string;
  /** Where the next form is looked for. */
  at: number;

  constructor(text: string, at = 0) {
    this.#text = text;
    this.at = at;
  }

  /** Skips blanks, commas and comments; the character that stands there, or '' at the end. */
  peek(): string {
    const text = this.#text;
    for (; this.at < text.length; this.at++) {
      const c = text.charCodeAt(this.at);
      if (c === 0x20 || c === 0x2c || c === 0x0a || c === 0x09 || c === 0x0d) continue;
      if (c !== 0x3b) return text[this.at] as string;
      const end = text.indexOf('\n', this.at);
      if (end < 0) {
        this.at = text.length;
        break;
      }
      this.at = end;
    }
    return '';
  }

  /** The next form; undefined: the text ends inside it (`at` then stands where it began). Throws `EdnError`. */
  next(): Edn | undefined {
    const start = this.at;
    try {
      return this.#form(0);
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error;
      this.at = start;
      return undefined;
    }
  }

  #form(depth: number): Edn {
    if (depth > DEPTH_MAX) throw new EdnError('it is nested too deeply', this.at);
    const c = this.peek();
    switch (c) {
      case '':
        throw new Incomplete();
      case '[':
        return this.#list(']', depth);
      case '(':
        return this.#list(')', depth);
      case '{':
        return this.#map(depth);
      case '"':
        return this.#string();
      case '\\':
        return this.#character();
      case '#':
        return this.#dispatch(depth);
      case '^':
        this.at++;
        this.#form(depth + 1);
        return this.#form(depth + 1);
      case "'":
        this.at++;
        return this.#form(depth + 1);
      case ']':
      case ')':
      case '}':
        throw new EdnError(`"${c}" closes nothing`, this.at);
      default:
        return this.#atom();
    }
  }

  /** A word, number or keyword; those of every event without a piece of text for each. */
  #atom(): Edn {
    const text = this.#text;
    const start = this.at;
    this.#skipToken();
    const end = this.at;
    const c = text.charCodeAt(start);
    if (c === 0x3a)
      for (const word of WORDS[end - start - 1] ?? [])
        if (text.startsWith(word, start + 1)) return word;
    if (end - start > SMALL_DIGITS) return atom(text.slice(start, end));
    let number = 0;
    for (let i = start; i < end; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return atom(text.slice(start, end));
      number = number * 10 + digit;
    }
    return number;
  }

  #list(close: string, depth: number): readonly Edn[] {
    this.at++;
    const items: Edn[] = [];
    for (;;) {
      const c = this.#discard(depth);
      if (c === '') throw new Incomplete();
      if (c === close) {
        this.at++;
        return items;
      }
      items.push(this.#form(depth + 1));
    }
  }

  #map(depth: number): EdnMap {
    const start = this.at;
    const items = this.#list('}', depth);
    if (items.length % 2 !== 0) throw new EdnError('a map with a key that has no value', start);
    return new EdnMap(items);
  }

  /** Passes over `#_ form`; what stands behind. */
  #discard(depth: number): string {
    for (;;) {
      const c = this.peek();
      if (c !== '#' || this.#text[this.at + 1] !== '_') return c;
      this.at += 2;
      this.#form(depth + 1);
    }
  }

  #dispatch(depth: number): Edn {
    this.at++;
    const c = this.#text[this.at];
    if (c === undefined) throw new Incomplete();
    if (c === '{') return this.#list('}', depth);
    if (c === '_') {
      this.at++;
      this.#form(depth + 1);
      return this.#form(depth + 1);
    }
    if (c === '"') return this.#string();
    if (c === '#') {
      this.at++;
      return `##${this.#token()}`;
    }
    this.#token();
    return this.#form(depth + 1);
  }

  #string(): string {
    let text = '';
    for (let i = this.at + 1; ; i++) {
      const c = this.#text[i];
      if (c === undefined) throw new Incomplete();
      if (c === '"') {
        this.at = i + 1;
        return text;
      }
      if (c !== '\\') {
        text += c;
        continue;
      }
      const escaped = this.#text[++i];
      if (escaped === undefined) throw new Incomplete();
      if (escaped === 'u') {
        text += String.fromCharCode(Number.parseInt(this.#text.slice(i + 1, i + 5), 16) || 0xfffd);
        i += 4;
      } else text += ESCAPES[escaped] ?? escaped;
    }
  }

  #character(): string {
    const start = ++this.at;
    if (this.at >= this.#text.length) throw new Incomplete();
    this.at++;
    this.#skipToken();
    const name = this.#text.slice(start, this.at);
    return CHARACTERS[name] ?? name;
  }

  #skipToken(): void {
    const text = this.#text;
    let at = this.at;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c < 128 && DELIMITER[c] === 1) break;
    }
    this.at = at;
  }

  #token(): string {
    const start = this.at;
    this.#skipToken();
    return this.#text.slice(start, this.at);
  }
}

function atom(token: string): Edn {
  const c = token.charCodeAt(0);
  if (c === 0x3a) return token.slice(token[1] === ':' ? 2 : 1);
  if (token === 'nil') return null;
  const digit = (c >= 0x30 && c <= 0x39) || ((c === 0x2d || c === 0x2b) && token.length > 1);
  if (!digit) return token;
  const bare = token.endsWith('N') || token.endsWith('M') ? token.slice(0, -1) : token;
  const number = Number(bare);
  return Number.isNaN(number) || Math.abs(number) > 2 ** 53 ? bare : number;
}

/** The same as a value of a history. */
export function ednValue(form: Edn): Value {
  if (form instanceof EdnMap) return pairsOf(form);
  if (typeof form !== 'object' || form === null) return form;
  return form.map(ednValue);
}

function pairsOf({ items }: EdnMap): Value[] {
  const pairs: Value[] = [];
  for (let i = 0; i < items.length; i += 2)
    pairs.push([ednValue(items[i] as Edn), ednValue(items[i + 1] as Edn)]);
  return pairs;
}
