/** What the file system refused, in words, and what its user can do about it. */
import { UserError } from './user-error.ts';

/** Failures of the machine that its user can mend, by errno, each with what to do. */
const MENDABLE: Readonly<Record<string, string>> = {
  EACCES: 'Check who owns that path and what it permits.',
  EADDRINUSE: 'Choose another port, or stop the program that holds it.',
  EDQUOT: 'Free some of your disk quota.',
  EISDIR: 'Name a file, not a folder.',
  EMFILE: 'Raise the limit on open files (ulimit -n).',
  ENFILE: 'The machine is out of file handles: stop some programs.',
  ENOENT: 'Check the spelling of that path.',
  ENOSPC: 'Free some space on that disk.',
  ENOTDIR: 'A part of that path is a file where a folder should be.',
  EPERM: 'This needs rights you do not have; hermes doctor says which.',
  EROFS: 'That file system is read-only: choose another place.',
  Z_BUF_ERROR: 'Its gzip ends too early: copy the file again, or unpack what is there (zcat).',
};

/** What to do about an errno; undefined: nothing that we know of. */
export function mendOf(errno: string | undefined): string | undefined {
  return MENDABLE[errno ?? ''];
}

/** `mine.html cannot be written: no space left on device.` and what to do. */
export function fileError(path: string, done: 'read' | 'written', error: unknown): UserError {
  return new UserError(
    `${path} cannot be ${done}: ${reasonOf(error)}.`,
    mendOf((error as { code?: string }).code),
  );
}

/** Node's `ENOSPC: no space left on device, write` without the letters and the system call. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return /^[A-Z]+: (.*?), \w+/.exec(message)?.[1] ?? message;
}
