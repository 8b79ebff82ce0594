/**
 * Where a replica writes its trace: lines are kept for one turn of the event loop and then written, so
 * that a kill loses no step that others have heard of. A trace that has grown to its limit, or a disk
 * that refuses, ends the trace and not the replica.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { TraceEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';

/** A trace beyond this many bytes is cut short. */
const MOST_BYTES = 512 * 1024 * 1024;

function openForTrace(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new UserError(
      `no trace can be written: ${(error as Error).message}`,
      'Give another file with --trace.',
    );
  }
}

export class TraceFile {
  readonly #fd: number;
  readonly #onEnd: (why: string) => void;
  #lines = '';
  #bytes: number;
  #open = true;

  /** Goes on in the file of an earlier life. Throws a `UserError` where none can be written. */
  constructor(path: string, onEnd: (why: string) => void) {
    this.#onEnd = onEnd;
    this.#fd = openForTrace(path);
    this.#bytes = fstatSync(this.#fd).size;
    // The last line of a life that was killed while it wrote stands by itself.
    if (this.#bytes > 0) this.#lines = '\n';
  }

  write(event: TraceEvent): void {
    this.#lines += `${JSON.stringify(event)}\n`;
  }

  /** At the end of a turn. */
  flush(): void {
    if (this.#lines === '' || !this.#open) return;
    const lines = Buffer.from(this.#lines, 'utf8');
    this.#lines = '';
    try {
      for (let done = 0; done < lines.length;) done += writeSync(this.#fd, lines, done);
    } catch (error) {
      this.#end((error as Error).message);
      return;
    }
    this.#bytes += lines.length;
    if (this.#bytes > MOST_BYTES) this.#end(`${MOST_BYTES} bytes are enough`);
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  #end(why: string): void {
    this.#open = false;
    closeSync(this.#fd);
    this.#onEnd(why);
  }
}
