/**
 * The server's side of the commands: what a request asks of the machine, and how its result is
 * answered. Commands on several keys fall apart into one command per key: each is atomic by itself,
 * together they are not.
 */
import type { Writer } from '../base/bytes.ts';
import type { Command, Key, Result } from '../base/operation.ts';
import { COMMANDS } from './resp-table.ts';
import type { RespVersion } from './resp.ts';
import {
  writeArray,
  writeBulk,
  writeError,
  writeInteger,
  writeNull,
  writeOk,
} from './resp-write.ts';

/** Writes the reply to a request that asked one command of the machine. */
export type WriteResult = (w: Writer, result: Result, version: RespVersion) => void;
/** The same for a request that fell apart into several. */
export type WriteResults = (w: Writer, results: readonly Result[], version: RespVersion) => void;

export type Asked =
  | { readonly kind: 'one'; readonly command: Command; readonly write: WriteResult }
  | { readonly kind: 'many'; readonly commands: readonly Command[]; readonly write: WriteResults }
  /** The host answers: `name` in lower case, arguments without it. */
  | { readonly kind: 'host'; readonly name: string; readonly args: readonly Buffer[] }
  /** Refused; the text begins with its prefix. */
  | { readonly kind: 'error'; readonly message: string };

type Interpret = (args: readonly Buffer[]) => Asked;

/** What a request asks for. Copies what must outlive the bytes it was read from. */
export function interpret(args: readonly Buffer[]): Asked {
  const name = (args[0] as Buffer).toString('latin1');
  const entry = entryOf(name);
  if (entry === undefined) return refuse(unknownCommand(name, args));
  const { arity } = entry;
  if (arity > 0 ? args.length !== arity : args.length < -arity)
    return refuse(`ERR wrong number of arguments for '${entry.name}' command`);
  return entry.interpret(args);
}

interface Entry {
  readonly name: string;
  readonly arity: number;
  readonly interpret: Interpret;
}

/** By name as clients write it: the spellings of each are entered when they first come. */
const entries = new Map<string, Entry>();

function entryOf(name: string): Entry | undefined {
  const known = entries.get(name);
  if (known !== undefined) return known;
  const info = COMMANDS.get(name.toLowerCase());
  if (info === undefined) return undefined;
  const entry: Entry = {
    name: info.name,
    arity: info.arity,
    interpret:
      KEY_COMMANDS[info.name] ??
      ((args) => ({ kind: 'host', name: info.name, args: args.slice(1) })),
  };
  entries.set(name, entry);
  return entry;
}

const KEY_COMMANDS: Readonly<Record<string, Interpret>> = {
  get: (args) => ({ kind: 'one', command: { f: 'get', key: keyAt(args, 1) }, write: asString }),
  set: interpretSet,
  setnx: (args) => ({ kind: 'one', command: casFrom(null, args), write: asFlag }),
  getset: (args) => ({
    kind: 'one',
    command: { f: 'getset', key: keyAt(args, 1), value: valueAt(args, 2) },
    write: asString,
  }),
  strlen: (args) => ({ kind: 'one', command: { f: 'get', key: keyAt(args, 1) }, write: asLength }),
  append: (args) => ({
    kind: 'one',
    command: { f: 'append', key: keyAt(args, 1), value: valueAt(args, 2) },
    write: asInteger,
  }),
  incr: (args) => add(args, 1n),
  decr: (args) => add(args, -1n),
  incrby: (args) => addArgument(args, 1n),
  decrby: (args) => addArgument(args, -1n),
  del: (args) =>
    args.length === 2
      ? { kind: 'one', command: { f: 'delete', key: keyAt(args, 1) }, write: asInteger }
      : { kind: 'many', commands: eachKey(args, 'delete'), write: asSum },
  exists: (args) => ({ kind: 'many', commands: eachKey(args, 'get'), write: asPresent }),
  mget: (args) => ({ kind: 'many', commands: eachKey(args, 'get'), write: asStrings }),
  mset: interpretMset,
};

function keyAt(args: readonly Buffer[], at: number): Key {
  return (args[at] as Buffer).toString('latin1');
}

/** A copy: values outlive the chunk of the stream that they came in. */
function valueAt(args: readonly Buffer[], at: number): Buffer {
  return Buffer.from(args[at] as Buffer);
}

function eachKey(args: readonly Buffer[], f: 'get' | 'delete'): Command[] {
  return args.slice(1).map((key) => ({ f, key: key.toString('latin1') }));
}

function casFrom(expected: Buffer | null, args: readonly Buffer[]): Command {
  return { f: 'cas', key: keyAt(args, 1), expected, value: valueAt(args, 2) };
}

function interpretMset(args: readonly Buffer[]): Asked {
  if (args.length % 2 === 0) return refuse("ERR wrong number of arguments for 'mset' command");
  const commands: Command[] = [];
  for (let at = 1; at < args.length; at += 2)
    commands.push({ f: 'set', key: keyAt(args, at), value: valueAt(args, at + 1) });
  return { kind: 'many', commands, write: asAllDone };
}

/** `SET key value [NX | XX | IFEQ expected] [GET]`. */
function interpretSet(args: readonly Buffer[]): Asked {
  if (args.length === 3)
    return {
      kind: 'one',
      command: { f: 'set', key: keyAt(args, 1), value: valueAt(args, 2) },
      write: asDone,
    };
  let condition: 'nx' | 'xx' | 'ifeq' | undefined;
  let expected: Buffer | null = null;
  let get = false;
  for (let at = 3; at < args.length; at++) {
    const word = (args[at] as Buffer).toString('latin1').toLowerCase();
    if (word === 'get') get = true;
    else if (EXPIRY.has(word))
      return refuse('ERR keys do not expire here: EX, PX, EXAT, PXAT are not supported');
    else if ((word !== 'nx' && word !== 'xx' && word !== 'ifeq') || condition !== undefined)
      return refuse(SYNTAX);
    else {
      condition = word;
      if (word !== 'ifeq') continue;
      if (++at >= args.length) return refuse(SYNTAX);
      expected = valueAt(args, at);
    }
  }
  const key = keyAt(args, 1);
  const value = valueAt(args, 2);
  if (condition === undefined)
    return { kind: 'one', command: { f: 'getset', key, value }, write: asString };
  const command: Command =
    condition === 'xx' ? { f: 'setxx', key, value } : { f: 'cas', key, expected, value };
  return { kind: 'one', command, write: get ? asString : asDone };
}

const EXPIRY = new Set(['ex', 'px', 'exat', 'pxat', 'keepttl']);
const SYNTAX = 'ERR syntax error';
const NOT_INTEGER = 'ERR value is not an integer or out of range';
const MIN_INT64 = -(2n ** 63n);

function add(args: readonly Buffer[], delta: bigint): Asked {
  return { kind: 'one', command: { f: 'add', key: keyAt(args, 1), delta }, write: asInteger };
}

function addArgument(args: readonly Buffer[], sign: bigint): Asked {
  const text = (args[2] as Buffer).toString('latin1');
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return refuse(NOT_INTEGER);
  const amount = BigInt(text);
  if (BigInt.asIntN(64, amount) !== amount) return refuse(NOT_INTEGER);
  if (sign < 0n && amount === MIN_INT64) return refuse('ERR decrement would overflow');
  return add(args, sign * amount);
}

function refuse(message: string): Asked {
  return { kind: 'error', message };
}

/** Redis' words, with at most 128 bytes of what was sent. */
function unknownCommand(name: string, args: readonly Buffer[]): string {
  let shown = '';
  for (const arg of args.slice(1)) {
    if (shown.length >= 128) break;
    shown += `'${arg.toString('latin1', 0, 128 - shown.length)}' `;
  }
  return printable(
    `ERR unknown command '${name.slice(0, 128)}', with args beginning with: ${shown}`,
  );
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

function writeFailure(w: Writer, result: Result & { readonly type: 'error' }): void {
  writeError(w, result.message === '' ? result.code : `${result.code} ${result.message}`);
}

/** A result that a command of this kind never has: a fault of the machine, told as unknown. */
function writeOdd(w: Writer, result: Result): void {
  writeError(w, `UNKNOWN a result of type ${result.type} where none is due`);
}

const asDone: WriteResult = (w, result, version) => {
  if (result.type === 'done' || result.type === 'value') writeOk(w);
  else if (result.type === 'mismatch') writeNull(w, version);
  else if (result.type === 'error') writeFailure(w, result);
  else writeOdd(w, result);
};

const asString: WriteResult = (w, result, version) => {
  if (result.type === 'error') return writeFailure(w, result);
  if (result.type !== 'value' && result.type !== 'mismatch') return writeOdd(w, result);
  const value = result.type === 'value' ? result.value : result.observed;
  if (value === null) writeNull(w, version);
  else writeBulk(w, value);
};

const asInteger: WriteResult = (w, result) => {
  if (result.type === 'integer') writeInteger(w, result.value);
  else if (result.type === 'error') writeFailure(w, result);
  else writeOdd(w, result);
};

const asFlag: WriteResult = (w, result) => {
  if (result.type === 'value' || result.type === 'done') writeInteger(w, 1);
  else if (result.type === 'mismatch') writeInteger(w, 0);
  else if (result.type === 'error') writeFailure(w, result);
  else writeOdd(w, result);
};

const asLength: WriteResult = (w, result) => {
  if (result.type === 'value') writeInteger(w, result.value?.length ?? 0);
  else if (result.type === 'error') writeFailure(w, result);
  else writeOdd(w, result);
};

const asStrings: WriteResults = (w, results, version) => {
  const failed = results.find((r) => r.type === 'error');
  if (failed !== undefined) return writeFailure(w, failed);
  writeArray(w, results.length);
  for (const result of results) asString(w, result, version);
};

const asPresent: WriteResults = (w, results) => {
  const failed = results.find((r) => r.type === 'error');
  if (failed !== undefined) return writeFailure(w, failed);
  writeInteger(w, results.filter((r) => r.type === 'value' && r.value !== null).length);
};

const asSum: WriteResults = (w, results) => {
  if (writePartFailure(w, results)) return;
  writeInteger(
    w,
    results.reduce((sum, r) => sum + (r.type === 'integer' ? r.value : 0n), 0n),
  );
};

const asAllDone: WriteResults = (w, results) => {
  if (!writePartFailure(w, results)) writeOk(w);
};

/**
 * Updates of several keys of which some failed: the whole definitely did not happen only if each
 * part did not, so a mixture is answered as unknown.
 */
function writePartFailure(w: Writer, results: readonly Result[]): boolean {
  const failed = results.filter((r) => r.type === 'error');
  const first = failed.find((r) => r.code === 'UNKNOWN') ?? failed[0];
  if (first === undefined) return false;
  if (failed.length === results.length) writeFailure(w, first);
  else
    writeError(
      w,
      `UNKNOWN ${results.length - failed.length} of ${results.length} keys were done, then: ${first.code} ${first.message}`,
    );
  return true;
}
