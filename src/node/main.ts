/**
 * Entry of a replica process, and `hermes replica`: reads the options, takes the data folder, starts
 * the host, and stops it on a signal or, with `--secret-stdin`, when stdin ends.
 */
import { randomInt } from 'node:crypto';
import { nodeName } from '../base/node-name.ts';
import type { NodeName } from '../base/operation.ts';
import { UserError } from '../base/user-error.ts';
import {
  FIRST_INCARNATION,
  forgetFirstBoot,
  lockFolder,
  makeDataFolder,
  nextIncarnation,
} from './identity.ts';
import { type Log, openLog } from './log.ts';
import { ReplicaHost } from './replica-host.ts';
import { parseReplicaArgs, type ReplicaOptions } from './replica-options.ts';

const EXIT_OURS = 255;
const EXIT_USER = 254;
/** How long a replica may take to end once its disk failed, in ms. */
const END_WITHIN_MS = 1_000;

/** What became of a replica that was told to stop. */
export interface ReplicaEnd {
  readonly node: NodeName;
  readonly incarnation: number;
  /** `SIGTERM`, `SIGINT` or `end of stdin`. */
  readonly stopped: string;
}

/**
 * Runs a replica until it is told to stop. Throws a `UserError` for what the user can mend before it
 * serves; what breaks later ends the process.
 */
export async function runReplica(argv: readonly string[]): Promise<ReplicaEnd> {
  const options = parseReplicaArgs(argv, process.env);
  const stdin = options.secretFromStdin ? readStdin() : undefined;
  const secret = stdin === undefined ? options.secret : await stdin.line;
  await makeDataFolder(options.dataDir);
  const unlock = await lockFolder(options.dataDir).catch((error: unknown) => {
    throw diskError(options.dataDir, error as Error);
  });
  try {
    return await serve(options, secret, stdin?.end);
  } catch (error) {
    throw diskError(options.dataDir, error as Error);
  } finally {
    process.stdin.destroy();
    await unlock();
  }
}

/** From the first lock to the last flush. */
async function serve(
  options: ReplicaOptions,
  secret: string,
  stdinEnd: Promise<void> | undefined,
): Promise<ReplicaEnd> {
  const { id, dataDir } = options;
  const log = openLog(nodeName(id), options.verbosity);
  const told = Promise.race([
    signal('SIGTERM'),
    signal('SIGINT'),
    ...(stdinEnd ? [stdinEnd.then(() => 'end of stdin')] : []),
  ]);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined); // during the start it is thrown there
  const unexpected = (error: unknown): void => die(log, error);
  process.on('uncaughtException', unexpected);
  const incarnation = await nextIncarnation(dataDir, options, options.bootstrap, Date.now());
  const host = await ReplicaHost.start({
    ...options,
    self: { id, inc: incarnation },
    secret: Buffer.from(secret, 'utf8'),
    seed: options.seed ?? randomInt(2 ** 47),
    log,
    onFatal: (error) => failed.reject(error),
  }).catch(async (error: unknown) => {
    if (incarnation === FIRST_INCARNATION) await forgetFirstBoot(dataDir);
    throw error;
  });
  log.info('started', {
    incarnation,
    protocol: options.protocol.name,
    cluster: options.cluster,
    clients: options.listen && { ...options.listen, port: host.port },
    socket: options.socket,
    replicas: options.peerListen && { ...options.peerListen, port: host.peerPort },
    state: host.status().state,
  });
  const stopped = await Promise.race([told, failed.promise]).catch((error: unknown) => {
    // The disk failed: nothing more is promised, so nothing more is written.
    log.error('disk failed', { error: (error as Error).message });
    // Whatever hangs on that disk on the way out: it has to end.
    setTimeout(() => process.exit(EXIT_OURS), END_WITHIN_MS);
    throw error;
  });
  log.info('stopping', { reason: stopped });
  await host.stop();
  process.off('uncaughtException', unexpected);
  log.flush();
  return { node: nodeName(id), incarnation, stopped };
}

function signal(name: 'SIGTERM' | 'SIGINT'): Promise<string> {
  return new Promise((done) => {
    process.once(name, () => done(name));
  });
}

/** What the user can mend (a full disk) is a `UserError`; the rest is not. */
function diskError(dataDir: string, error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && MENDABLE.has(code)
    ? new UserError(
        `cannot write to ${dataDir}: ${error.message}`,
        'Make room, or mend its rights; then start the replica again.',
      )
    : error;
}

const MENDABLE: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EMFILE',
]);

/** A broken rule of ours, or of the machine: a replica that goes on would answer wrongly. */
function die(log: Log, error: unknown): never {
  log.error('crashed', {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return process.exit(EXIT_OURS);
}

/** The first line of stdin, and its end. */
function readStdin(): { line: Promise<string>; end: Promise<void> } {
  const line = Promise.withResolvers<string>();
  const end = Promise.withResolvers<void>();
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (piece: string) => {
    text = text.length > 4096 ? text : text + piece;
    const [first, rest] = text.split('\n', 2);
    if (rest !== undefined && first !== undefined) line.resolve(first.trim());
  });
  const ended = (): void => {
    line.reject(new UserError('--secret-stdin, but stdin ended before its first line'));
    end.resolve();
  };
  process.stdin.on('end', ended);
  process.stdin.on('error', ended);
  return { line: line.promise, end: end.promise };
}

async function entry(): Promise<void> {
  try {
    await runReplica(process.argv.slice(2));
    process.exit(0);
  } catch (error) {
    const user = error instanceof UserError;
    const text = user
      ? `Error: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`
      : `${(error as Error).stack}\n`;
    process.stderr.write(text, () => process.exit(user ? EXIT_USER : EXIT_OURS));
  }
}

if (import.meta.main) await entry();
