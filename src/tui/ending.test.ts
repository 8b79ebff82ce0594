import { Errors } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { endingOf, endingText } from './ending.ts';

const errno = (code: string, syscall: string | undefined = 'open') =>
  Object.assign(new Error(`${code}: it failed`), { code, syscall });

describe('exit codes of what was thrown', () => {
  test.each([
    ['a mistake of the user', new UserError('no such history'), 254],
    ['wrong input as seen by oclif', new Errors.CLIError('Nonexistent flag: --x'), 254],
    ['a full disk', errno('ENOSPC', 'write'), 254],
    ['a taken port', errno('EADDRINUSE', 'listen'), 254],
    ['a program that is not installed', errno('ENOENT', 'spawn iptables'), 254],
    ['an errno that nobody can mend', errno('EIO'), 255],
    [
      'an errno-like code that no system call gave',
      Object.assign(errno('EPERM'), { syscall: undefined }),
      255,
    ],
    [
      'a module of ours that is not there',
      Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND', oclif: { exit: 1 } }),
      255,
    ],
    ['a fault of ours', new TypeError('x is not a function'), 255],
    ['no error at all', 'a string', 255],
    [
      'a signal before a verdict',
      Object.assign(new Error('ended by SIGINT'), { name: 'EndedBySignal', exitCode: 130 }),
      130,
    ],
    ['a program of ours that failed', Object.assign(new Error('failed'), { exitCode: 137 }), 255],
    ['help was asked for', new Errors.ExitError(0), 0],
    ['a command ended by itself as the user can mend', new Errors.ExitError(254), 254],
    ['a verdict code without a verdict', new Errors.ExitError(1), 255],
    ['another verdict code without a verdict', new Errors.ExitError(2), 255],
  ])('%s: %s → %i', (_, error, code) => {
    expect(endingOf(error).code).toBe(code);
  });
});

test('one sentence on what is wrong, one on what to do, and the stack only for DEBUG', () => {
  const error = new UserError('port 7101 is taken.', 'Choose another.\nOr stop it.');
  const ending = endingOf(error);
  expect(endingText(ending, error, false)).toBe(
    'Error: port 7101 is taken.\n  Choose another.\n  Or stop it.\n',
  );
  expect(endingText(ending, error, true)).toContain('ending.test.ts');
});

test("oclif's own pointer to the help is cut: ours names the command", () => {
  const error = new Errors.CLIError('Nonexistent flag: --x\nSee more help with --help');
  expect(endingOf(error).message).toBe('Nonexistent flag: --x');
});

test('nothing is printed when there is nothing to say', () => {
  expect(endingText(endingOf(new Errors.ExitError(0)), undefined, true)).toBe('');
});
