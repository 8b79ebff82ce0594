/**
 * What a replica is told: flags over a configuration file over defaults, checked as a whole before
 * anything is opened. Whatever is wrong is said in one sentence (`UserError`).
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MAX_NODES, nodeName } from '../base/node-name.ts';
import type { NodeId } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import type { BugInfo, Config, Protocol } from '../protocols/machine.ts';
import { loadProtocol, PROTOCOL_NAMES } from '../protocols/protocols.ts';
import { type HostPort, isLoopback } from './listen.ts';
import type { Verbosity } from './log.ts';
import { REPLICA_FLAGS } from './replica-flags.ts';

export interface ReplicaOptions {
  readonly id: NodeId;
  readonly protocol: Protocol;
  readonly cluster: string;
  readonly listen: HostPort | undefined;
  readonly socket: string | undefined;
  readonly peerListen: HostPort | undefined;
  readonly peers: ReadonlyMap<NodeId, HostPort>;
  /** Ascending. */
  readonly acceptors: readonly NodeId[];
  readonly dataDir: string;
  readonly bootstrap: boolean;
  readonly faultPoints: boolean;
  readonly opTimeoutMs: number;
  readonly timeScale: number;
  readonly bugs: ReadonlySet<string>;
  readonly options: Config['options'];
  readonly seed: number | undefined;
  readonly verbosity: Verbosity;
  readonly tracePath: string | undefined;
  /** The secret; of no use where it comes from stdin. */
  readonly secret: string;
  readonly secretFromStdin: boolean;
}

/** Values by flag name, as text; switches and counts as numbers in text. */
type Values = ReadonlyMap<string, string>;

/**
 * Without any secret replicas on one machine still link: this word keeps strays of other programs
 * out, not people. Any address beyond loopback demands a real one.
 */
export const LOOPBACK_SECRET = 'hermes on loopback';

const BASE_CLIENT_PORT = 7400;
const BASE_PEER_PORT = 7500;

/** Reads the arguments of a replica process (without node and script). Throws a `UserError`. */
export function parseReplicaArgs(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReplicaOptions {
  const flags = readFlags(argv);
  const file = flags.get('config');
  const values: Values = file === undefined ? flags : new Map([...readConfig(file), ...flags]);
  return optionsOf(values, env);
}

function readFlags(argv: readonly string[]): Values {
  const options = Object.fromEntries(
    REPLICA_FLAGS.map((flag) => [
      flag.name,
      {
        type: flag.type === 'text' ? ('string' as const) : ('boolean' as const),
        multiple: flag.type === 'count',
        ...(flag.char === undefined ? {} : { short: flag.char }),
      },
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    return new Map(
      Object.entries(values).map(([name, value]) => [
        name,
        Array.isArray(value) ? String(value.length) : String(value),
      ]),
    );
  } catch (error) {
    throw new UserError(
      (error as Error).message.split('. ')[0] as string,
      'hermes replica --help lists the flags.',
    );
  }
}

function readConfig(file: string): Values {
  const wrong = (what: string): UserError =>
    new UserError(`${file}: ${what}`, 'It is one JSON object with the names of the flags.');
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw wrong('not a JSON object');
  return new Map(
    Object.entries(document).map(([name, value]) => {
      if (!REPLICA_FLAGS.some((flag) => flag.name === name) || name === 'config')
        throw wrong(`there is no flag "${name}"`);
      return [name, textOf(value as unknown)];
    }),
  );
}

/** A value of the file as its flag would have it: lists with commas, objects as `name=value`. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, item]) => `${name}=${item}`)
      .join(',');
  return String(value);
}

function optionsOf(
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
): ReplicaOptions {
  const id = idOf(required(values, 'id'), '--id');
  const protocol = protocolOf(values.get('protocol') ?? (PROTOCOL_NAMES[0] as string));
  const bugs = bugsOf(protocol, values.get('bug'));
  const peers = peersOf(values.get('peers') ?? '', id);
  const peerListen =
    peers.size === 0 && !values.has('peer-listen')
      ? undefined
      : hostPort(
          values.get('peer-listen') ?? `127.0.0.1:${BASE_PEER_PORT + id + 1}`,
          '--peer-listen',
        );
  const listen = values.get('listen') ?? `127.0.0.1:${BASE_CLIENT_PORT + id + 1}`;
  const secretFromStdin = isOn(values, 'secret-stdin');
  const secret = secretFromStdin ? undefined : secretOf(values.get('secret-file'), env);
  if (secret === undefined && !secretFromStdin)
    demandLoopback([...peers.values(), ...(peerListen ? [peerListen] : [])]);
  return {
    id,
    protocol,
    cluster: clusterOf(values.get('cluster') ?? 'hermes'),
    listen: listen === 'none' ? undefined : hostPort(listen, '--listen'),
    socket: values.get('socket'),
    peerListen,
    peers,
    acceptors: acceptorsOf(values.get('acceptors'), [id, ...peers.keys()]),
    dataDir: required(values, 'data'),
    bootstrap: isOn(values, 'bootstrap'),
    faultPoints: isOn(values, 'fault-points'),
    opTimeoutMs: numberOf(values.get('op-timeout-ms') ?? '1000', '--op-timeout-ms', 1, 3_600_000),
    timeScale: numberOf(values.get('time-scale') ?? '1', '--time-scale', 0.01, 1000),
    bugs: new Set(bugs.map((bug) => bug.name)),
    options: {
      ...Object.assign({}, ...bugs.map((bug) => bug.options ?? {})),
      ...protocolOptions(protocol, values.get('option')),
    },
    seed: values.has('seed')
      ? numberOf(values.get('seed') as string, '--seed', 0, 2 ** 53)
      : undefined,
    verbosity: Math.min(2, verbosityOf(values.get('verbose'))) as Verbosity,
    tracePath: values.get('trace'),
    secret: secret ?? LOOPBACK_SECRET,
    secretFromStdin,
  };
}

function required(values: Values, name: string): string {
  const value = values.get(name);
  if (value === undefined || value === '')
    throw new UserError(
      `--${name} is missing`,
      'For example: hermes replica --id 1 --peers 2=127.0.0.1:7502,3=127.0.0.1:7503 --data ./n1 --bootstrap',
    );
  return value;
}

function isOn(values: Values, name: string): boolean {
  return values.get(name) === 'true';
}

function verbosityOf(text: string | undefined): number {
  if (text === undefined || text === 'false') return 0;
  return text === 'true' ? 1 : numberOf(text, '--verbose', 0, 9);
}

function numberOf(text: string, flag: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most))
    throw new UserError(`${flag} takes a number from ${least} to ${most}, not "${text}"`);
  return value;
}

function idOf(text: string, flag: string): NodeId {
  const number = numberOf(text, flag, 1, MAX_NODES);
  if (!Number.isInteger(number)) throw new UserError(`${flag} takes a whole number, not "${text}"`);
  return number - 1;
}

/** `HOST:PORT`, `[::1]:PORT`, or a port alone: then on loopback. */
function hostPort(text: string, flag: string): HostPort {
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (!(port >= 0 && port <= 65_535)) throw new UserError(`${flag} takes HOST:PORT, not "${text}"`);
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

function peersOf(text: string, self: NodeId): Map<NodeId, HostPort> {
  const peers = new Map<NodeId, HostPort>();
  for (const part of text.split(',').filter((p) => p.trim() !== '')) {
    const equals = part.indexOf('=');
    if (equals < 0) throw new UserError(`--peers takes NUMBER=HOST:PORT, not "${part}"`);
    const id = idOf(part.slice(0, equals), '--peers');
    if (id === self) throw new UserError(`--peers names ${nodeName(id)}, which is this replica`);
    if (peers.has(id)) throw new UserError(`--peers names ${nodeName(id)} twice`);
    peers.set(id, hostPort(part.slice(equals + 1), '--peers'));
  }
  return peers;
}

function acceptorsOf(text: string | undefined, known: readonly NodeId[]): NodeId[] {
  const ids = text === undefined ? known : words(text).map((word) => idOf(word, '--acceptors'));
  if (ids.length === 0) throw new UserError('--acceptors takes numbers of replicas, at least one');
  const stranger = ids.find((id) => !known.includes(id));
  if (stranger !== undefined)
    throw new UserError(
      `--acceptors names ${nodeName(stranger)}, which is neither this replica nor among --peers`,
      `Give its address with --peers ${stranger + 1}=HOST:PORT.`,
    );
  return [...new Set(ids)].toSorted((a, b) => a - b);
}

function clusterOf(name: string): string {
  if (!/^[!-~]{1,128}$/.test(name))
    throw new UserError('--cluster takes up to 128 letters, digits and signs, without blanks');
  return name;
}

function protocolOf(name: string): Protocol {
  const protocol = loadProtocol(name);
  if (protocol === undefined)
    throw new UserError(
      `there is no protocol "${name}"`,
      `There are: ${PROTOCOL_NAMES.join(', ')}.`,
    );
  return protocol;
}

function bugsOf(protocol: Protocol, text: string | undefined): BugInfo[] {
  return words(text).map((word) => {
    const found = protocol.bugs.find(
      (bug) => bug.name === word || bug.zoo.toLowerCase() === word.toLowerCase(),
    );
    if (found === undefined)
      throw new UserError(
        `${protocol.name} has no planted bug "${word}"`,
        'hermes bugs lists them.',
      );
    return found;
  });
}

function protocolOptions(
  protocol: Protocol,
  text: string | undefined,
): Record<string, boolean | number> {
  return Object.fromEntries(
    words(text).map((word) => {
      const [name = '', value = 'on'] = word.split('=');
      const known = protocol.options[name];
      if (known === undefined)
        throw new UserError(
          `${protocol.name} has no option "${name}"`,
          `It has: ${Object.keys(protocol.options).join(', ')}.`,
        );
      return [name, optionValue(name, value, typeof known.default === 'number')];
    }),
  );
}

function optionValue(name: string, text: string, isNumber: boolean): boolean | number {
  if (isNumber) return numberOf(text, `--option ${name}`, 0, Number.MAX_SAFE_INTEGER);
  if (/^(on|true|yes|1)$/i.test(text)) return true;
  if (/^(off|false|no|0)$/i.test(text)) return false;
  throw new UserError(`--option ${name} is on or off, not "${text}"`);
}

function words(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function secretOf(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (file === undefined) return env['HERMES_SECRET'] || undefined;
  try {
    const secret = readFileSync(file, 'utf8').split('\n')[0]?.trim();
    if (secret) return secret;
  } catch (error) {
    throw new UserError(`cannot read the secret: ${(error as Error).message}`);
  }
  throw new UserError(
    `${file} holds no secret`,
    'Its first line has to be the secret of the cluster.',
  );
}

function demandLoopback(addresses: readonly HostPort[]): void {
  const open = addresses.find(({ host }) => !isLoopback(host));
  if (open !== undefined)
    throw new UserError(
      `${open.host} is not this machine, and there is no secret by which replicas know each other`,
      'Give one with --secret-file or HERMES_SECRET, the same to all replicas.',
    );
}
