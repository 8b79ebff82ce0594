/**
 * The last line of defence: a shell that does nothing but wait for this process to end, and then
 * kills the process groups that it was told of. It covers what a SIGKILL of the holder would leave:
 * programs that do not watch their stdin, and programs that are stopped by a fault.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** Keeps a list of groups; at the end of its input kills those still on it. Plain POSIX shell. */
const SCRIPT = `
trap '' HUP INT TERM
groups=
while read -r op pid; do
  others=
  for group in $groups; do
    [ "$group" = "$pid" ] || others="$others $group"
  done
  groups=$others
  [ "$op" = add ] && groups="$groups $pid"
done
for group in $groups; do
  kill -s KILL -- "-$group" 2>/dev/null
done
`;

export class Guardian {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.stdin?.on('error', () => {});
    this.#shell.on('error', () => {});
    this.#shell.unref();
  }

  /** Puts a process group on the list, or takes it off. */
  readonly group = (pid: number, alive: boolean): void => {
    this.#shell.stdin?.write(`${alive ? 'add' : 'drop'} ${pid}\n`);
  };

  /** Ends the shell; what is still on the list is killed. */
  close(): void {
    this.#shell.stdin?.end();
  }
}
