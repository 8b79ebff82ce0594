/** What holds for every command: examples that parse, and a reference page that is up to date. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser, type Command } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { sourceConfig } from '../docs/write.ts';
import { WORDS } from '../src/base/words.ts';
import { START } from '../src/tui/help.ts';
import { commandsPage } from '../src/tui/commands-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = await sourceConfig();
const loaded = await Promise.all(config.commands.map(async (c) => [c.id, await c.load()] as const));

test('all commands load', () => {
  expect(loaded.map(([id]) => id)).toContain('help');
});

describe.each(loaded)('%s', (_, command) => {
  const examples = examplesOf(command);

  test('has a summary and at least two examples', () => {
    expect(command.summary ?? command.description ?? '').not.toBe('');
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test.each(examples)('its example parses: %s', async (line) => {
    await parseEach(line);
  });
});

describe('lines that the root help and the words show', () => {
  const lines: string[] = [...START];
  lines.push(
    ...WORDS.flatMap(({ example }) => example.split('\n')).filter((line) =>
      line.startsWith('hermes '),
    ),
  );
  test.each(lines)('%s', async (line) => {
    await parseEach(line);
  });
});

test('no word is also a command: hermes help could show only one of them', () => {
  const spellings = WORDS.flatMap(({ word, also }) => [word, ...(also ?? [])]);
  expect(spellings.filter((s) => config.findCommand(s.replaceAll(' ', ':')) !== undefined)).toEqual(
    [],
  );
});

test('docs/commands.md is what the commands say (npm run docs writes it)', () => {
  const page = readFileSync(new URL('../docs/commands.md', import.meta.url), 'utf8');
  expect(page).toBe(commandsPage(config));
});

/** The command lines of the examples, without their descriptions. */
function examplesOf(command: Command.Class): string[] {
  const examples: readonly Command.Example[] = command.examples ?? [];
  return examples
    .map((example) =>
      typeof example === 'string' ? (example.split('\n').at(-1) ?? '') : example.command,
    )
    .map((line) => line.replaceAll('<%= config.bin %>', 'hermes').replace(/^\$ /, '').trim())
    .map((line) => line.replaceAll('<%= command.id %>', (command.id ?? '').replaceAll(':', ' ')));
}

/** Parses every `hermes …` of a shell line with the flags and arguments of its command; throws if one is wrong. */
async function parseEach(line: string): Promise<void> {
  const ours = line.split(/&&|\|\||;|\|/).map((part) => part.trim());
  const calls = ours.filter((part) => part.startsWith('hermes '));
  expect(calls.length, `no call of hermes in: ${line}`).toBeGreaterThan(0);
  for (const call of calls) await parse(words(call).slice(1));
}

async function parse(argv: readonly string[]): Promise<void> {
  for (const path of argv.filter((word) => /^(\.\/)?(examples|histories\/examples)\//.test(word))) {
    expect(globSync(path, { cwd: root }), `${path} is not there`).not.toEqual([]);
  }
  const plain = argv.findIndex((word) => word.startsWith('-'));
  for (let n = plain === -1 ? argv.length : plain; n > 0; n--) {
    const command = config.findCommand(argv.slice(0, n).join(':'));
    if (command === undefined) continue;
    const found = await command.load();
    const flags = {
      ...found.baseFlags,
      ...found.flags,
      ...(found.enableJsonFlag ? JSON_FLAG : {}),
    };
    await Parser.parse(argv.slice(n), {
      flags,
      args: found.args,
      strict: found.strict,
      '--': true,
    });
    return;
  }
  throw new Error(`not a command: hermes ${argv.join(' ')}`);
}

const JSON_FLAG = { json: (await import('@oclif/core')).Flags.boolean() };

/** A shell line as words: quotes group, redirections and what follows them are dropped. */
function words(line: string): string[] {
  const all = Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    (m) => m[1] ?? m[2] ?? m[3] ?? '',
  );
  const end = all.findIndex((word) => /^\d?>/.test(word) || word === '#');
  return end === -1 ? all : all.slice(0, end);
}
