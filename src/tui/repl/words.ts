/**
 * The words of the prompt: what each does, for `help` and for completion. Anything else is a command
 * of the replica and goes to it as it stands.
 */
import { COMMANDS } from '../../wire/resp-table.ts';

export interface Word {
  readonly word: string;
  /** The letter that stands for it. */
  readonly short?: string;
  readonly takes: string;
  readonly does: string;
}

/** What the prompt itself does. */
export const OWN_WORDS = [
  { word: 'read', short: 'r', takes: 'KEY', does: 'the value of a key' },
  { word: 'write', short: 'w', takes: 'KEY VALUE', does: 'set it' },
  {
    word: 'cas',
    short: 'c',
    takes: 'KEY OLD NEW',
    does: 'set it to NEW if it is OLD (nil: if it is absent)',
  },
  { word: 'connect', takes: 'NODE', does: 'talk to another node from now on' },
  { word: 'trace', takes: 'on|off', does: 'every node writes what it does (hermes diagram)' },
  { word: 'help', takes: '[COMMAND]', does: 'this, or a command of the replica' },
  { word: 'quit', short: 'q', takes: '', does: 'leave; the cluster goes on' },
] as const satisfies readonly Word[];

/** What `hermes cluster …` does, on the cluster of this prompt. */
export const CLUSTER_WORDS = [
  { word: 'status', takes: '', does: 'every node: state, view, keys' },
  { word: 'partition', takes: 'n1 / n2 n3', does: 'cut the sides from each other' },
  { word: 'fault', takes: 'KIND[:SHAPE] …', does: 'any other fault' },
  { word: 'heal', takes: '', does: 'undo every fault' },
  { word: 'pause', takes: 'NODE', does: 'stop its process (SIGSTOP)' },
  { word: 'resume', takes: 'NODE', does: 'let it go on' },
  { word: 'kill', takes: 'NODE', does: 'kill it (SIGKILL)' },
  { word: 'restart', takes: 'NODE', does: 'start it again' },
  { word: 'join', takes: '[--node NODE]', does: 'a brand-new node, or one that left' },
  { word: 'leave', takes: 'NODE', does: 'let it go in good order' },
  { word: 'replace', takes: 'NODE', does: 'put a new node in its place' },
  { word: 'logs', takes: '[NODE]', does: 'its last lines' },
] as const satisfies readonly Word[];

export type OwnWord = (typeof OWN_WORDS)[number]['word'];

/** The prompt's own word that was typed, in full or by its letter. */
export function ownWord(typed: string): OwnWord | undefined {
  const lower = typed.toLowerCase();
  const found = OWN_WORDS.find((entry: Word) => entry.word === lower || entry.short === lower);
  return found?.word ?? (lower === '?' ? 'help' : lower === 'exit' ? 'quit' : undefined);
}

export function isClusterWord(typed: string): boolean {
  return CLUSTER_WORDS.some(({ word }) => word === typed.toLowerCase());
}

/** All words, or what is known of one command of the replica; undefined: there is none of that name. */
export function helpText(about: string | undefined): string | undefined {
  if (about !== undefined) return commandHelp(about);
  const commands = [...COMMANDS.keys()].map((name) => name.toUpperCase()).join(' ');
  return [
    'Here:',
    ...OWN_WORDS.map(line),
    'On the cluster (as hermes cluster …):',
    ...CLUSTER_WORDS.map(line),
    'On the node, as any Redis client sends them:',
    ...wrap(commands, 76).map((row) => `  ${row}`),
  ].join('\n');
}

function commandHelp(about: string): string | undefined {
  const word = [...OWN_WORDS, ...CLUSTER_WORDS].find(
    (entry: Word) => entry.word === about || entry.short === about,
  );
  if (word !== undefined) return line(word).trimStart();
  const command = COMMANDS.get(about.toLowerCase());
  return command && `${command.name.toUpperCase()}  ${command.summary}`;
}

function line({ word, short, takes, does }: Word): string {
  const names = short === undefined ? word : `${word}, ${short}`;
  return `  ${`${names} ${takes}`.padEnd(26)}${does}`;
}

function wrap(text: string, columns: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(' ')) {
    const last = rows.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows;
}

/** Words that take names of nodes. */
const TAKES_NODES = new Set([
  ...['connect', 'partition', 'pause', 'resume', 'kill', 'restart'],
  ...['join', 'leave', 'replace', 'logs'],
]);

/**
 * What may stand where the cursor is, and the beginning that it would replace: as node:readline asks.
 * `keys` are those that were used before.
 */
export function complete(
  typed: string,
  nodes: readonly string[],
  keys: readonly string[],
): [string[], string] {
  const words = typed.trimStart().split(/\s+/);
  const begun = words.at(-1) ?? '';
  if (words.length <= 1) return [firstWords(begun), begun];
  const first = (words[0] ?? '').toLowerCase();
  const from = TAKES_NODES.has(first)
    ? nodes
    : first === 'help'
      ? firstWords('').map((word) => word.trimEnd())
      : first === 'trace'
        ? ['on', 'off']
        : first === 'hermes'
          ? ['STATUS', 'VIEW', 'PEEK', 'VERBOSE', 'TRACE']
          : words.length === 2
            ? keys
            : [];
  const matching = from.filter((word) => word.toLowerCase().startsWith(begun.toLowerCase()));
  return [matching.map((word) => `${word} `), begun];
}

function firstWords(begun: string): string[] {
  const own = [...OWN_WORDS, ...CLUSTER_WORDS].map(({ word }) => word);
  const lower = begun.toLowerCase();
  const commands = [...COMMANDS.keys()].filter((name) => !own.includes(name as OwnWord));
  // Commands are offered in the case in which they were begun.
  const cased = begun !== lower ? commands.map((name) => name.toUpperCase()) : commands;
  return [...own, ...cased]
    .filter((word) => word.toLowerCase().startsWith(lower))
    .map((word) => `${word} `);
}
