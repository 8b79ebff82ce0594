/**
 * Where things lie in the image, and how a command line of this machine reads there.
 */
import { relative, sep } from 'node:path';
import { UserError } from '../../base/user-error.ts';

export const INSIDE = {
  node: '/usr/local/bin/node',
  /** This program's sources, or what was built of them. */
  source: '/opt/hermes/src',
  data: '/data',
  /** What is written here comes out of the container, to the docker client that is attached. */
  output: '/dev/stdout',
} as const;

/** A file of this program as the image has it: always JavaScript. `source`: the folder that INSIDE.source stands for. */
export function insidePath(path: string, source: string): string | undefined {
  const inner = relative(source, path);
  if (inner.startsWith('..') || inner === path) return undefined;
  return `${INSIDE.source}/${inner.split(sep).join('/').replace(/\.ts$/, '.js')}`;
}

/**
 * A command of this machine as the image's: Node is the image's Node, files of this program are the
 * image's, `appendsTo` is the container's output. Throws a `UserError` on another program, which our image
 * has not.
 */
export function insideCommand(
  argv: readonly string[],
  source: string,
  appendsTo?: string,
): string[] {
  const [command = '', ...args] = argv;
  if (command !== process.execPath) {
    throw new UserError(
      `the image of hermes has no program ${command}.`,
      'In containers run our own replicas; for another system use --runtime process or netns.',
    );
  }
  const inside = (arg: string): string =>
    arg === appendsTo ? INSIDE.output : (insidePath(arg, source) ?? arg);
  return [INSIDE.node, ...args.map(inside)];
}
