/**
 * The durable log of a replica (law of storage): appended records go to disk in groups, one fsync in
 * flight, whatever is appended meanwhile goes into the next group; so at most one group is ever
 * unsynced. A checkpoint stands for everything before it: new file, fsync, rename. A write or an
 * fsync that fails is never tried again: what the disk holds is then unknown, and the process ends.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { type Group, GroupWriter, type LogContent, readLog } from './log-file.ts';

/** What storage asks of a file: the place for faults of the disk. */
export interface LogFile {
  write(bytes: Buffer, at: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface StorageOptions {
  /** Everything up to `lsn` is on disk. */
  readonly onDurable: (lsn: number) => void;
  /** Writing or syncing failed: the process has to end. */
  readonly onFailure: (error: Error) => void;
  /** How a file is opened for writing (default: the file system). */
  readonly openFile?: (path: string, truncate: boolean) => Promise<LogFile>;
}

/** Name of the log in the data folder. */
export const LOG = 'log';
const FRESH = 'log.new';

export class Storage {
  readonly #dir: string;
  readonly #options: StorageOptions;
  readonly #openFile: (path: string, truncate: boolean) => Promise<LogFile>;
  readonly #pending = new GroupWriter();
  #file: LogFile;
  #end: number;
  #last: number;
  #durable: number;
  /** The pending group begins with a checkpoint: it goes into a new file. */
  #fresh = false;
  #busy: Promise<void> | undefined;
  #failed = false;
  syncs = 0;

  private constructor(dir: string, file: LogFile, content: LogContent, options: StorageOptions) {
    this.#dir = dir;
    this.#file = file;
    this.#end = content.soundBytes;
    this.#last = content.last;
    this.#durable = content.last;
    this.#options = options;
    this.#openFile = options.openFile ?? openLogFile;
  }

  /**
   * Opens the log in a folder and reads it. A torn last group is cut. Throws a `UserError` with file
   * and offset if it is damaged further up.
   */
  static async open(
    dir: string,
    options: StorageOptions,
  ): Promise<{ storage: Storage; records: readonly Buffer[]; cutBytes: number }> {
    await rm(join(dir, FRESH), { force: true });
    const { content, bytes } = await readLogFile(join(dir, LOG));
    const file = await (options.openFile ?? openLogFile)(join(dir, LOG), false);
    const cutBytes = bytes - content.soundBytes;
    if (cutBytes > 0) await cut(join(dir, LOG), content.soundBytes);
    await syncFolder(dir);
    return {
      storage: new Storage(dir, file, content, options),
      records: content.records,
      cutBytes,
    };
  }

  get durableLsn(): number {
    return this.#durable;
  }

  /** Position of the last record appended. */
  get lastLsn(): number {
    return this.#last;
  }

  /** Appends the bytes of a record (copied) and returns its position. Nothing is written yet. */
  append(record: Uint8Array): number {
    this.#pending.add(record);
    return ++this.#last;
  }

  /** Stands for everything appended so far; returns its position. */
  checkpoint(records: Iterable<Uint8Array>): number {
    this.#pending.reset();
    for (const record of records) this.#pending.add(record);
    this.#fresh = true;
    return ++this.#last;
  }

  /** Writes what is pending unless a group is under way: that goes on by itself. */
  flush(): void {
    if (this.#busy === undefined && this.#last > this.#durable) void this.#begin();
  }

  async #begin(): Promise<void> {
    if (this.#failed) return;
    this.#busy = this.#writeGroups().catch((error: unknown) => {
      this.#failed = true;
      this.#options.onFailure(error as Error);
    });
    await this.#busy;
  }

  /** Writes a group, if only one without records, and syncs it: what the disk does now comes to light. */
  async probe(): Promise<void> {
    while (this.#busy !== undefined) {
      // eslint-disable-next-line no-await-in-loop
      await this.#busy;
    }
    await this.#begin();
  }

  /** Everything appended is on disk; reads the log again, for a machine that is born anew. */
  async reload(): Promise<readonly Buffer[]> {
    this.flush();
    await this.#busy;
    return (await readLogFile(join(this.#dir, LOG))).content.records;
  }

  /** Writes and syncs what is pending, and closes. */
  async close(): Promise<void> {
    this.flush();
    await this.#busy;
    await this.#file.close();
  }

  async #writeGroups(): Promise<void> {
    do {
      const fresh = this.#fresh;
      this.#fresh = false;
      const group = this.#pending.take(this.#last);
      // In order by design: one group is on its way to the disk, never two.
      // eslint-disable-next-line no-await-in-loop
      await (fresh ? this.#replace(group) : this.#extend(group));
      if (group.last > this.#durable) {
        this.#durable = group.last;
        this.#options.onDurable(group.last);
      }
    } while (this.#durable < this.#last);
    this.#busy = undefined;
  }

  async #extend(group: Group): Promise<void> {
    await this.#file.write(group.bytes, this.#end);
    this.#end += group.bytes.length;
    await this.#sync(this.#file);
  }

  async #replace(group: Group): Promise<void> {
    const path = join(this.#dir, FRESH);
    const file = await this.#openFile(path, true);
    await file.write(group.bytes, 0);
    await this.#sync(file);
    await rename(path, join(this.#dir, LOG));
    await syncFolder(this.#dir);
    await this.#file.close();
    this.#file = file;
    this.#end = group.bytes.length;
  }

  async #sync(file: LogFile): Promise<void> {
    this.syncs++;
    await file.sync();
  }
}

async function readLogFile(path: string): Promise<{ content: LogContent; bytes: number }> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const content = readLog(bytes);
  if (content.damage !== undefined)
    throw new UserError(
      `${path} is damaged at offset ${content.damage.offset}: ${content.damage.what}`,
      'It is not used, since what it promised cannot be kept. Move the folder away: the replica then starts as a new incarnation.',
    );
  return { content, bytes: bytes.length };
}

async function cut(path: string, bytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file's name is on disk once its folder is synced. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file system's own. */
export async function openLogFile(path: string, truncate: boolean): Promise<LogFile> {
  const handle = await openForWriting(path, truncate);
  return {
    async write(bytes, at) {
      for (let done = 0; done < bytes.length;) {
        // eslint-disable-next-line no-await-in-loop
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function openForWriting(path: string, truncate: boolean): Promise<FileHandle> {
  if (truncate) return open(path, 'w', 0o600);
  return open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return open(path, 'w+', 0o600);
    throw error;
  });
}
