/**
 * `Command` and `Result` as a client speaks and reads them in RESP (table of the histories page):
 * compare-and-set is `SET k new IFEQ old GET`, from absent `SET k new NX GET`, get-and-set
 * `SET k v GET`. The server's side of the same table: `resp-interpret.ts`.
 */
import type { Bytes, Command, ErrorCode, Result } from '../base/operation.ts';
import { RespError } from './resp.ts';
import type { Reply } from './resp.ts';

/** The request that carries out a command. */
export function argsOf(command: Command): (string | Uint8Array)[] {
  const key = Buffer.from(command.key, 'latin1');
  switch (command.f) {
    case 'get':
      return ['GET', key];
    case 'set':
      return ['SET', key, command.value];
    case 'cas':
      return command.expected === null
        ? ['SET', key, command.value, 'NX', 'GET']
        : ['SET', key, command.value, 'IFEQ', command.expected, 'GET'];
    case 'setxx':
      return ['SET', key, command.value, 'XX', 'GET'];
    case 'getset':
      return ['SET', key, command.value, 'GET'];
    case 'add':
      return ['INCRBY', key, command.delta.toString()];
    case 'append':
      return ['APPEND', key, command.value];
    case 'delete':
      return ['DEL', key];
  }
}

/**
 * What a reply to `argsOf(command)` says. An error keeps its prefix, listed or not: the table of
 * outcomes decides what it means. Throws `RespError` on a reply that no such request can get.
 */
export function resultOf(command: Command, reply: Reply): Result {
  if (reply.type === 'error')
    return { type: 'error', code: reply.code as ErrorCode, message: reply.message };
  switch (command.f) {
    case 'get':
    case 'getset':
      return { type: 'value', value: stringOf(command, reply) };
    case 'set':
      if (reply.type !== 'simple') throw unexpected(command, reply);
      return { type: 'done' };
    case 'cas': {
      const observed = stringOf(command, reply);
      return same(observed, command.expected)
        ? { type: 'value', value: observed }
        : { type: 'mismatch', observed };
    }
    case 'setxx': {
      const observed = stringOf(command, reply);
      return observed === null
        ? { type: 'mismatch', observed }
        : { type: 'value', value: observed };
    }
    case 'add':
    case 'append':
    case 'delete':
      if (reply.type !== 'integer') throw unexpected(command, reply);
      return { type: 'integer', value: reply.value };
  }
}

function stringOf(command: Command, reply: Reply): Bytes | null {
  if (reply.type === 'null') return null;
  if (reply.type === 'bulk') return reply.value;
  throw unexpected(command, reply);
}

function unexpected(command: Command, reply: Reply): RespError {
  return new RespError(`a reply of type ${reply.type} to ${argsOf(command)[0]}`);
}

function same(a: Bytes | null, b: Bytes | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}
