/**
 * Commands that the host answers by itself: the connection's own, what Redis clients and tools ask
 * before they work, and `HERMES …`. Error texts are Redis' where Redis has them.
 */
import type { NodeName } from '../base/operation.ts';
import { COMMANDS, type CommandInfo } from '../wire/resp-table.ts';
import { MAX_BULK_BYTES, type Reply } from '../wire/resp.ts';
import { replyOf, type ReplySource } from '../wire/resp-write.ts';
import { type ClientSession, describeSession } from './client-session.ts';
import type { Verbosity } from './log.ts';
import { infoSections, infoText, keyCount, REDIS_VERSION, type ReplicaStatus } from './status.ts';

/** What the commands need of the replica. */
export interface Replica {
  /** What the replicas of its cluster, and no others, call the cluster. */
  readonly cluster: string;
  readonly name: NodeName;
  status(): ReplicaStatus;
  /** Value, timestamp and state of a key as this replica holds it. */
  peek(key: string): {
    readonly value: Uint8Array | null;
    readonly ts: string;
    readonly state: string;
  };
  setVerbosity(verbosity: Verbosity): void;
  /** Begins or ends its trace; returns the file. Throws what the file system throws. */
  setTrace(on: boolean): string;
  /** Words of `HERMES …` that are the protocol's; undefined: it has no such command. */
  admin(words: readonly string[]): Promise<Reply> | undefined;
  /** Words behind `HERMES FAULT`; undefined: nobody allowed faults here. */
  fault(words: readonly string[]): Promise<Reply> | undefined;
  sessions(): readonly ClientSession[];
  readonly port: number | undefined;
}

export type Answer = Reply | Promise<Reply> | 'close';

/** Answers one of these commands. `name` is in lower case and in the table. */
export function answerCommand(
  replica: Replica,
  session: ClientSession,
  name: string,
  args: readonly Buffer[],
): Answer {
  const answer = ANSWERS[name];
  return answer === undefined
    ? error(`unknown command '${name}'`)
    : answer({ replica, session, args, words: args.map((arg) => arg.toString('utf8')) });
}

interface Asked {
  readonly replica: Replica;
  readonly session: ClientSession;
  readonly args: readonly Buffer[];
  readonly words: readonly string[];
}

const ANSWERS: Readonly<Record<string, (asked: Asked) => Answer>> = {
  ping: ({ args }) => {
    if (args.length > 1) return arity('ping');
    return args[0] === undefined ? simple('PONG') : { type: 'bulk', value: copy(args[0]) };
  },
  echo: ({ args }) => ({ type: 'bulk', value: copy(args[0] as Buffer) }),
  hello,
  auth: ({ words }) => {
    if (words.length > 2) return error('syntax error');
    return words.length === 1 || words[0] === 'default' ? OK : WRONG_PASSWORD;
  },
  client,
  select: ({ words }) => {
    if (!/^-?\d+$/.test(words[0] as string))
      return error('value is not an integer or out of range');
    return words[0] === '0' ? OK : error('DB index is out of range');
  },
  quit: () => 'close',
  reset: ({ session }) => {
    session.version = 2;
    session.name = '';
    return simple('RESET');
  },
  info: ({ replica, words }) =>
    replyOf(
      infoText(
        infoSections(replica.status(), replica.port),
        words.map((w) => w.toLowerCase()),
      ),
    ),
  command,
  config,
  dbsize: ({ replica }) => replyOf(keyCount(replica.status())),
  hermes,
};

const OK: Reply = { type: 'simple', text: 'OK' };
const WRONG_PASSWORD: Reply = {
  type: 'error',
  code: 'WRONGPASS',
  message: 'invalid username-password pair or user is disabled.',
};

function simple(text: string): Reply {
  return { type: 'simple', text };
}

function error(message: string, code = 'ERR'): Reply {
  return { type: 'error', code, message: message.replace(/[^ -~]/g, '?') };
}

function arity(name: string): Reply {
  return error(`wrong number of arguments for '${name}' command`);
}

function unknownSubcommand(command: string, words: readonly string[]): Reply {
  return error(`unknown subcommand '${(words[0] ?? '').slice(0, 128)}'. Try ${command} HELP.`);
}

/** What is answered later outlives the bytes that it was read from. */
function copy(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}

/** `HELLO [2|3 [AUTH user password] [SETNAME name]]`. Nothing changes unless all of it is right. */
function hello({ replica, session, words }: Asked): Reply {
  const [version, ...rest] = words;
  if (version !== undefined && !/^\d+$/.test(version))
    return error('Protocol version is not an integer or out of range');
  if (version !== undefined && version !== '2' && version !== '3')
    return error('unsupported protocol version', 'NOPROTO');
  let name = session.name;
  for (let at = 0; at < rest.length;) {
    const option = (rest[at] as string).toLowerCase();
    if (option === 'auth' && at + 2 < rest.length) {
      if (rest[at + 1] !== 'default') return WRONG_PASSWORD;
      at += 3;
    } else if (option === 'setname' && at + 1 < rest.length) {
      name = rest[at + 1] as string;
      if (!isName(name)) return BAD_NAME;
      at += 2;
    } else return error(`Syntax error in HELLO option '${option}'`);
  }
  session.name = name;
  if (version !== undefined) session.version = version === '3' ? 3 : 2;
  return replyOf({
    server: 'redis',
    version: REDIS_VERSION,
    proto: session.version,
    id: session.id,
    mode: 'standalone',
    role: 'master',
    modules: [],
    hermes: replica.status().version,
  });
}

const BAD_NAME: Reply = {
  type: 'error',
  code: 'ERR',
  message: 'Client names cannot contain spaces, newlines or special characters.',
};

function isName(name: string): boolean {
  return /^[!-~]*$/.test(name);
}

function client({ replica, session, words }: Asked): Reply {
  const [sub = '', ...rest] = words;
  switch (sub.toLowerCase()) {
    case 'id':
      return replyOf(session.id);
    case 'getname':
      return session.name === '' ? { type: 'null' } : replyOf(session.name);
    case 'setname':
      if (rest.length !== 1) return arity('client|setname');
      if (!isName(rest[0] as string)) return BAD_NAME;
      session.name = rest[0] as string;
      return OK;
    case 'setinfo':
      return setInfo(session, rest);
    case 'info':
      return replyOf(`${describeSession(session)}\n`);
    case 'list':
      return replyOf(
        replica
          .sessions()
          .map((s) => `${describeSession(s)}\n`)
          .join(''),
      );
    case 'no-evict':
    case 'no-touch':
      return OK;
    case 'help':
      return replyOf(['CLIENT ID|GETNAME|SETNAME|SETINFO|INFO|LIST|NO-EVICT|NO-TOUCH']);
    default:
      return unknownSubcommand('CLIENT', words);
  }
}

function setInfo(session: ClientSession, words: readonly string[]): Reply {
  const [field, value] = words;
  if (field === undefined || value === undefined || words.length !== 2)
    return arity('client|setinfo');
  if (!isName(value))
    return error(`${field.toLowerCase()} cannot contain spaces, newlines or special characters.`);
  switch (field.toLowerCase()) {
    case 'lib-name':
      session.libName = value;
      return OK;
    case 'lib-ver':
      session.libVersion = value;
      return OK;
    default:
      return error(`Unrecognized option '${field}'`);
  }
}

/** The settings that tools ask for before they start (redis-benchmark: `save`, `appendonly`). */
const SETTINGS: Readonly<Record<string, string>> = {
  save: '',
  appendonly: 'no',
  databases: '1',
  maxmemory: '0',
  'maxmemory-policy': 'noeviction',
  'proto-max-bulk-len': String(MAX_BULK_BYTES),
  timeout: '0',
};

function config({ words }: Asked): Reply {
  const [sub = '', ...patterns] = words;
  switch (sub.toLowerCase()) {
    case 'get': {
      if (patterns.length === 0) return arity('config|get');
      const matches = patterns.map(globOf);
      const found = Object.entries(SETTINGS).filter(([name]) => matches.some((m) => m.test(name)));
      return replyOf(Object.fromEntries(found));
    }
    case 'resetstat':
      return OK;
    case 'set':
    case 'rewrite':
      return error(`CONFIG ${sub.toUpperCase()} is not supported: flags of the replica decide`);
    case 'help':
      return replyOf(['CONFIG GET pattern [pattern ...]']);
    default:
      return unknownSubcommand('CONFIG', words);
  }
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .slice(0, 128)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i');
}

function command({ words }: Asked): Reply {
  const [sub, ...names] = words;
  const chosen = (): (CommandInfo | undefined)[] =>
    names.length === 0 ? [...COMMANDS.values()] : names.map((n) => COMMANDS.get(n.toLowerCase()));
  switch (sub?.toLowerCase()) {
    case undefined:
      return { type: 'array', items: [...COMMANDS.values()].map(describeCommand) };
    case 'count':
      return replyOf(COMMANDS.size);
    case 'list':
      return replyOf([...COMMANDS.keys()]);
    case 'info':
      return {
        type: 'array',
        items: chosen().map((info) =>
          info === undefined ? { type: 'null' } : describeCommand(info),
        ),
      };
    case 'docs':
      return replyOf(
        Object.fromEntries(
          chosen().flatMap((info) =>
            info === undefined
              ? []
              : [[info.name, { summary: info.summary, since: '1.0.0', group: info.group }]],
          ),
        ),
      );
    case 'help':
      return replyOf(['COMMAND [COUNT | LIST | INFO name ... | DOCS name ...]']);
    default:
      return unknownSubcommand('COMMAND', words);
  }
}

function describeCommand(info: CommandInfo): Reply {
  const [first, last, step] = info.keys;
  return {
    type: 'array',
    items: [
      replyOf(info.name),
      replyOf(info.arity),
      { type: 'set', items: info.flags.map(simple) },
      replyOf(first),
      replyOf(last),
      replyOf(step),
      { type: 'set', items: [] },
      { type: 'array', items: [] },
      { type: 'array', items: [] },
      { type: 'array', items: [] },
    ],
  };
}

const HERMES_HELP = [
  'HERMES WHO          name of this replica and of its cluster as a JSON document',
  'HERMES STATUS       this replica as a JSON document',
  'HERMES VIEW         epoch and members as a JSON document',
  'HERMES PEEK key     value, timestamp and state of a key here, beside the protocol',
  'HERMES JOIN         be let in again after HERMES LEAVE; answers when this replica serves',
  'HERMES LEAVE        leave the view and stay out; answers when the others go on without it',
  'HERMES MEND         decide on views again after this replica lost its disk, once it is a member',
  'HERMES FAULT …      for tests, with --fault-points: disturb clock or disk',
  'HERMES VERBOSE 0|1|2  what is logged: 1 changes of state, 2 every message',
  'HERMES TRACE ON|OFF  a file gets every message, change of a key and step; its name',
] as const;

function hermes({ replica, args, words }: Asked): Answer {
  const [sub = '', ...rest] = words;
  switch (sub.toLowerCase()) {
    case 'who':
      return replyOf(JSON.stringify({ cluster: replica.cluster, name: replica.name }));
    case 'status':
      return replyOf(JSON.stringify(replica.status()));
    case 'view': {
      const { epoch, members, copying, state, leader, acceptors } = replica.status();
      return replyOf(JSON.stringify({ epoch, state, members, copying, leader, acceptors }));
    }
    case 'peek': {
      if (rest.length !== 1) return arity('hermes|peek');
      const peeked = replica.peek((args[1] as Buffer).toString('latin1'));
      return replyOf(JSON.stringify({ ...peeked, value: valueDocument(peeked.value) }));
    }
    case 'verbose': {
      if (!/^[012]$/.test(rest[0] ?? '') || rest.length !== 1)
        return error('HERMES VERBOSE takes 0, 1 or 2');
      replica.setVerbosity(Number(rest[0]) as Verbosity);
      return OK;
    }
    case 'trace': {
      if (!/^(on|off)$/i.test(rest[0] ?? '') || rest.length !== 1)
        return error('HERMES TRACE takes ON or OFF');
      return traced(replica, rest[0]?.toLowerCase() === 'on');
    }
    case 'fault':
      return (
        replica.fault(rest) ??
        error('HERMES FAULT is for tests: start the replica with --fault-points')
      );
    case 'help':
      return replyOf([...HERMES_HELP] satisfies ReplySource);
    default:
      return replica.admin(words) ?? unknownSubcommand('HERMES', words);
  }
}

function traced(replica: Replica, on: boolean): Reply {
  try {
    return replyOf(replica.setTrace(on));
  } catch (thrown) {
    return error((thrown as Error).message);
  }
}

/** Bytes in JSON: as text where they are UTF-8. */
function valueDocument(value: Uint8Array | null): { utf8: string } | { b64: string } | null {
  if (value === null) return null;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? { utf8: text }
    : { b64: bytes.toString('base64') };
}
