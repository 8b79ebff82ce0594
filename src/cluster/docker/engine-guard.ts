/**
 * The last line of defence of a cluster on an engine: a shell that waits for this process to end, by
 * whatever means, and then removes what is still there. After an orderly end it has nothing to do.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { clientEnv, type Engine } from './engine.ts';
import { LABEL } from './labels.ts';

/** A line means that all is done; the end of input without one, that nobody is left to do it. */
const SCRIPT = `
trap '' HUP INT TERM
filter=$1
shift
read -r word && exit 0
for try in 1 2 3; do
  ids=$("$@" ps --all --quiet --filter "$filter") && [ -z "$ids" ] || "$@" rm --force --volumes $ids
  networks=$("$@" network ls --quiet --filter "$filter") && [ -z "$networks" ] || "$@" network rm $networks
  volumes=$("$@" volume ls --quiet --filter "$filter") && [ -z "$volumes" ] || "$@" volume rm --force $volumes
  [ -n "$ids$networks$volumes" ] || exit 0
done
`;

const ENDS_WITHIN_MS = 500;

export class EngineGuard {
  readonly #shell: ChildProcess;

  /** `id`: of the cluster (`LABEL.id`). */
  constructor(engine: Engine, id: string) {
    const args = ['-c', SCRIPT, 'sh', `label=${LABEL.id}=${id}`, ...engine.argv([])];
    this.#shell = spawn('/bin/sh', args, {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: clientEnv(),
      cwd: '/',
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
    this.#shell.unref();
  }

  /** Nothing is left to do. Resolves when the shell has ended. */
  async release(): Promise<void> {
    const shell = this.#shell;
    if (shell.exitCode !== null || shell.pid === undefined) return;
    const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
    shell.stdin?.end('done\n');
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, ENDS_WITHIN_MS))]);
  }
}
