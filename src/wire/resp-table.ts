/**
 * The commands that a replica knows: arity and keys as `COMMAND` reports them, and one line each for
 * `COMMAND DOCS`. The one list: what is not here is an unknown command.
 */
export interface CommandInfo {
  readonly name: string;
  /** Number of arguments, the name included; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly string[];
  /** Positions of the first and the last key (−1: the last argument) and the distance between keys. */
  readonly keys: readonly [first: number, last: number, step: number];
  readonly group: string;
  readonly summary: string;
}

const NO_KEYS = [0, 0, 0] as const;
const ONE_KEY = [1, 1, 1] as const;

const rows: readonly (readonly [string, number, string, CommandInfo['keys'], string, string])[] = [
  ['get', 2, 'readonly fast', ONE_KEY, 'string', 'Answers the value of a key.'],
  [
    'set',
    -3,
    'write denyoom',
    ONE_KEY,
    'string',
    'Sets a key; NX, XX, IFEQ make it conditional, GET answers the old value.',
  ],
  ['setnx', 3, 'write denyoom fast', ONE_KEY, 'string', 'Sets a key that does not exist.'],
  ['getset', 3, 'write denyoom fast', ONE_KEY, 'string', 'Sets a key and answers its old value.'],
  ['del', -2, 'write', [1, -1, 1], 'generic', 'Removes keys, each by itself.'],
  ['exists', -2, 'readonly fast', [1, -1, 1], 'generic', 'Counts those of the keys that exist.'],
  ['incr', 2, 'write denyoom fast', ONE_KEY, 'string', 'Adds one to the integer at a key.'],
  ['decr', 2, 'write denyoom fast', ONE_KEY, 'string', 'Takes one from the integer at a key.'],
  ['incrby', 3, 'write denyoom fast', ONE_KEY, 'string', 'Adds a number to the integer at a key.'],
  [
    'decrby',
    3,
    'write denyoom fast',
    ONE_KEY,
    'string',
    'Takes a number from the integer at a key.',
  ],
  ['append', 3, 'write denyoom fast', ONE_KEY, 'string', 'Appends to the value of a key.'],
  ['strlen', 2, 'readonly fast', ONE_KEY, 'string', 'Answers the length of the value of a key.'],
  [
    'mget',
    -2,
    'readonly fast',
    [1, -1, 1],
    'string',
    'Answers the values of keys, each read by itself.',
  ],
  ['mset', -3, 'write denyoom', [1, -1, 2], 'string', 'Sets keys, each by itself: not atomic.'],
  ['ping', -1, 'fast', NO_KEYS, 'connection', 'Answers PONG, or its argument.'],
  ['echo', 2, 'fast', NO_KEYS, 'connection', 'Answers its argument.'],
  [
    'hello',
    -1,
    'noscript loading stale fast no_auth allow_busy',
    NO_KEYS,
    'connection',
    'Chooses RESP2 or RESP3 and tells about the server.',
  ],
  [
    'auth',
    -2,
    'noscript loading stale fast no_auth allow_busy',
    NO_KEYS,
    'connection',
    'Accepted for the user default: replicas know no client passwords.',
  ],
  [
    'client',
    -2,
    'noscript loading stale',
    NO_KEYS,
    'connection',
    'Names and describes connections.',
  ],
  ['select', 2, 'loading stale fast', NO_KEYS, 'connection', 'There is one database, 0.'],
  [
    'quit',
    -1,
    'noscript loading stale fast no_auth allow_busy',
    NO_KEYS,
    'connection',
    'Closes the connection.',
  ],
  [
    'reset',
    1,
    'noscript loading stale fast no_auth allow_busy',
    NO_KEYS,
    'connection',
    'Puts the connection back to its beginnings.',
  ],
  ['info', -1, 'loading stale', NO_KEYS, 'server', 'Tells about the replica, in sections.'],
  ['command', -1, 'loading stale', NO_KEYS, 'server', 'Tells about the commands.'],
  [
    'config',
    -2,
    'admin noscript loading stale',
    NO_KEYS,
    'server',
    'CONFIG GET: the few settings that tools ask for.',
  ],
  ['dbsize', 1, 'readonly fast', NO_KEYS, 'server', 'Counts the keys that this replica holds.'],
  [
    'hermes',
    -2,
    'admin noscript loading stale',
    NO_KEYS,
    'server',
    'STATUS, VIEW, PEEK key, VERBOSE 0|1|2: the replica itself.',
  ],
];

/** By name, in lower case. */
export const COMMANDS: ReadonlyMap<string, CommandInfo> = new Map(
  rows.map(([name, arity, flags, keys, group, summary]) => [
    name,
    { name, arity, flags: flags.split(' '), keys, group, summary },
  ]),
);
