/**
 * Entry of every container of a cluster: waits for one line of JSON on stdin that says which program to
 * become, and becomes it. So a container can be started, and its network be prepared, before its program
 * runs; and neither arguments nor secrets stand in what the engine shows of the container.
 *
 *     {"command":"/usr/local/bin/node","args":["…"],"env":{}}
 *
 * The rest of stdin belongs to the program: nothing is read beyond the line. The end of stdin before it
 * is the end.
 */
import { readSync } from 'node:fs';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const STDIN = 0;
const LOOK_AGAIN_MS = 5;

/** Byte by byte, so that what follows stays in the pipe. */
function firstLine(): string | undefined {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  for (;;) {
    const read = readOne(one);
    if (read === 0) return undefined;
    if (read < 0) continue;
    if (one[0] === 10) return Buffer.from(bytes).toString('utf8');
    bytes.push(one[0] as number);
  }
}

/** −1: nothing is there yet. */
function readOne(into: Uint8Array): number {
  try {
    return readSync(STDIN, into, 0, 1, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EOF') return 0;
    if (code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    return -1;
  }
}

const line = firstLine();
if (line === undefined) process.exit(0);
const { command, args, env } = JSON.parse(line) as Launch;
process.removeAllListeners('warning');
process.on('warning', () => {});
(process as Required<Pick<NodeJS.Process, 'execve'>>).execve(command, [command, ...args], {
  ...process.env,
  ...env,
} as NodeJS.ProcessEnv);
