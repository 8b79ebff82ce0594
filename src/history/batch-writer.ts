/**
 * JSON lines, appended in batches: text is made and written off the path of whoever records, one
 * write in flight, so that the file is a prefix of what was pushed at any moment.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../base/user-error.ts';

/** Events wait at most this long before they are handed to the kernel. */
const FLUSH_AFTER_MS = 20;
/** A batch of this many events is written without waiting. */
const FLUSH_AFTER_EVENTS = 2048;

/** Lines in order, in batches, one write in flight. After the first error nothing more is written. */
export class BatchWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #onError: ((error: UserError) => void) | undefined;
  #pending: object[] = [];
  #timer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();
  #failed: UserError | undefined;
  #closed: Promise<void> | undefined;

  constructor(file: FileHandle, path: string, onError: ((error: UserError) => void) | undefined) {
    this.#file = file;
    this.#path = path;
    this.#onError = onError;
  }

  /** Takes one line; it is turned into text when its batch goes out, so it may not change. */
  push(line: object): void {
    if (this.#failed !== undefined || this.#closed !== undefined) return;
    this.#pending.push(line);
    if (this.#pending.length >= FLUSH_AFTER_EVENTS) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), FLUSH_AFTER_MS);
  }

  /** Resolves when everything pushed so far is with the kernel; throws the first error. */
  async flush(): Promise<void> {
    this.#send();
    await this.#tail;
    if (this.#failed !== undefined) throw this.#failed;
  }

  /** Flushes, then closes the file, whatever the flush said. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.flush().finally(() => this.#file.close());
    return this.#closed;
  }

  /** Hands over what waits. The promise of `#tail` never rejects: an error is kept in `#failed`. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#tail = this.#tail.then(() => this.#write(batch));
  }

  async #write(batch: readonly object[]): Promise<void> {
    if (this.#failed !== undefined) return;
    let text = '';
    for (const line of batch) text += `${JSON.stringify(line)}\n`;
    try {
      await this.#file.appendFile(text);
    } catch (error) {
      this.#failed = unwritable(this.#path, error as NodeJS.ErrnoException);
      this.#pending = [];
      this.#onError?.(this.#failed);
    }
  }
}

/** A new file. Throws a `UserError` if it exists or cannot be made. */
export async function openWriter(
  path: string,
  onError?: (error: UserError) => void,
): Promise<BatchWriter> {
  try {
    return new BatchWriter(await open(path, 'wx'), path, onError);
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

function unwritable(path: string, error: NodeJS.ErrnoException): UserError {
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        `the disk is full: ${path} could not be written any further.`,
        'What was written up to then is a sound history; free some space, or choose another disk with --store.',
      );
    case 'EEXIST':
      return new UserError(
        `${path} exists already.`,
        'A history is never written twice; choose another folder.',
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        `${path} may not be written (${error.code}).`,
        'Choose another folder with --store.',
      );
    default:
      return new UserError(
        `${path} cannot be written: ${error.message}.`,
        'Choose another folder with --store.',
      );
  }
}
