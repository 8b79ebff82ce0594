import { describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { refuseUnknown } from './main.ts';

const commandIDs = ['check', 'cluster:down', 'cluster:up', 'fuzz', 'help'];
const config = {
  bin: 'hermes',
  commandIDs,
  findCommand: (id: string) => (commandIDs.includes(id) ? ({ id } as never) : undefined),
  findTopic: (id: string) => (id === 'cluster' ? ({ name: id } as never) : undefined),
} as unknown as Parameters<typeof refuseUnknown>[1];

function refusal(line: string): UserError | undefined {
  try {
    refuseUnknown(line.split(' ').filter(Boolean), config);
    return undefined;
  } catch (error) {
    return error as UserError;
  }
}

test.each([
  '',
  '--help',
  'fuzz',
  'fuzz --seed 4',
  'check some/folder',
  'cluster',
  'cluster up',
  'help lease',
  '--json fuzz',
])('%j is let through', (line) => expect(refusal(line)).toBeUndefined());

describe('an unknown command is refused with a suggestion', () => {
  test.each([
    ['fuz', '"fuz" is not a command.', 'Did you mean hermes fuzz? '],
    ['chekc a b', '"chekc" is not a command.', 'Did you mean hermes check? '],
    [
      'cluster dwon --json',
      '"cluster dwon" is not a command.',
      'Did you mean hermes cluster down? ',
    ],
    ['benchmark', '"benchmark" is not a command.', ''],
  ])('%s', (line, message, suggestion) => {
    const error = refusal(line);
    expect(error).toBeInstanceOf(UserError);
    expect(error?.message).toBe(message);
    expect(error?.hint).toBe(`${suggestion}All commands: hermes --help`);
  });
});
