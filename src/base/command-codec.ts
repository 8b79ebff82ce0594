/** Commands and results of replicas in binary form, on top of `bytes.ts`: for saved states and traces. */
import type { Reader, Writer } from './bytes.ts';
import type { Command, ErrorCode, Result } from './operation.ts';

const COMMANDS = ['get', 'set', 'cas', 'setxx', 'getset', 'add', 'append', 'delete'] as const;

export function writeCommand(w: Writer, command: Command): void {
  w.u8(COMMANDS.indexOf(command.f));
  w.latin1(command.key);
  if ('expected' in command) w.maybeBytes(command.expected);
  if ('value' in command) w.bytes(command.value);
  if ('delta' in command) w.latin1(String(command.delta));
}

export function readCommand(r: Reader): Command {
  const f = COMMANDS[r.u8()] as Command['f'];
  const key = r.latin1();
  switch (f) {
    case 'get':
    case 'delete':
      return { f, key };
    case 'cas':
      return { f, key, expected: copy(r.maybeBytes()), value: Buffer.from(r.bytes()) };
    case 'add':
      return { f, key, delta: BigInt(r.latin1()) };
    case 'set':
    case 'setxx':
    case 'getset':
    case 'append':
      return { f, key, value: Buffer.from(r.bytes()) };
  }
}

const RESULTS = ['done', 'value', 'integer', 'mismatch', 'error'] as const;

export function writeResult(w: Writer, result: Result): void {
  w.u8(RESULTS.indexOf(result.type));
  switch (result.type) {
    case 'done':
      break;
    case 'value':
      w.maybeBytes(result.value);
      break;
    case 'integer':
      w.latin1(String(result.value));
      break;
    case 'mismatch':
      w.maybeBytes(result.observed);
      break;
    case 'error':
      w.latin1(result.code);
      w.utf8(result.message);
      break;
  }
}

export function readResult(r: Reader): Result {
  const type = RESULTS[r.u8()] as Result['type'];
  switch (type) {
    case 'done':
      return { type };
    case 'value':
      return { type, value: copy(r.maybeBytes()) };
    case 'integer':
      return { type, value: BigInt(r.latin1()) };
    case 'mismatch':
      return { type, observed: copy(r.maybeBytes()) };
    case 'error':
      return { type, code: r.latin1() as ErrorCode, message: r.utf8() };
  }
}

/** A copy that outlives the buffer that it was read from. */
function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
