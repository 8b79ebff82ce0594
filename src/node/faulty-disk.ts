/**
 * A disk that fails on request, between the log of a replica and the file system.
 *
 * | fault | what it does |
 * | --- | --- |
 * | full | writes and new files fail with ENOSPC |
 * | eio | writes, or fsyncs, fail with EIO |
 * | slow | each fsync begins late |
 * | lose | what is written stays in memory; the process dies before it is synced |
 * | torn | half of what is written comes to the disk; the process dies |
 *
 * The last two are what a machine does that crashes: of what was written and not synced it keeps
 * nothing, or a part. What was synced stays in every case.
 */
import type { LogFile, StorageOptions } from './storage.ts';

export type DiskFault =
  | { readonly kind: 'full' }
  | { readonly kind: 'eio'; readonly on: 'write' | 'sync' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'lose' }
  | { readonly kind: 'torn' };

type OpenFile = NonNullable<StorageOptions['openFile']>;

/** What the disk did since its fault began. */
export interface DiskCounters {
  writesFailed: number;
  syncsFailed: number;
  syncsDelayed: number;
  delayedMs: number;
}

/** 128 + SIGKILL. */
const KILLED = 137;

export class FaultyDisk {
  readonly #openFile: OpenFile;
  readonly #crash: () => Promise<never>;
  #fault: DiskFault | undefined;
  #counters = noCounters();

  /** @param crash ends the process at once; what it returns never resolves */
  constructor(openFile: OpenFile, crash: () => Promise<never> = killSelf) {
    this.#openFile = openFile;
    this.#crash = crash;
  }

  get fault(): DiskFault | undefined {
    return this.#fault;
  }

  get counters(): Readonly<DiskCounters> {
    return this.#counters;
  }

  /** A write or an fsync failed: whoever waits for it cannot go on. */
  get failed(): boolean {
    return this.#counters.writesFailed + this.#counters.syncsFailed > 0;
  }

  begin(fault: DiskFault): void {
    this.#fault = fault;
    this.#counters = noCounters();
  }

  end(): void {
    this.#fault = undefined;
    this.#counters = noCounters();
  }

  /** For `StorageOptions.openFile`. */
  readonly open: OpenFile = async (path, truncate) => {
    if (truncate) this.beforeWrite(path);
    return this.#wrap(path, await this.#openFile(path, truncate));
  };

  /** Throws what a write fails with now. */
  beforeWrite(path: string): void {
    const fault = this.#fault;
    if (fault?.kind === 'full') this.#fail('ENOSPC', 'no space left on device, write', path);
    if (fault?.kind === 'eio' && fault.on === 'write') this.#fail('EIO', 'i/o error, write', path);
  }

  #wrap(path: string, file: LogFile): LogFile {
    let held: { readonly bytes: Buffer; readonly at: number }[] = [];
    return {
      write: async (bytes, at) => {
        this.beforeWrite(path);
        if (this.#fault?.kind === 'torn') return this.#tear(file, bytes, at);
        if (this.#fault?.kind === 'lose') held.push({ bytes, at });
        else await file.write(bytes, at);
      },
      sync: async () => {
        await this.#beforeSync(path);
        const late = held;
        held = [];
        for (const { bytes, at } of late) {
          // In the order in which they were written.
          // eslint-disable-next-line no-await-in-loop
          await file.write(bytes, at);
        }
        await file.sync();
      },
      close: () => file.close(),
    };
  }

  async #beforeSync(path: string): Promise<void> {
    const fault = this.#fault;
    if (fault?.kind === 'lose') await this.#crash();
    if (fault?.kind === 'eio' && fault.on === 'sync') {
      this.#counters.syncsFailed++;
      this.#fail('EIO', 'i/o error, fsync', path);
    }
    if (fault?.kind !== 'slow') return;
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, fault.ms));
    this.#counters.syncsDelayed++;
    this.#counters.delayedMs += Math.round(performance.now() - began);
  }

  async #tear(file: LogFile, bytes: Buffer, at: number): Promise<void> {
    await file.write(bytes.subarray(0, Math.floor(bytes.length / 2)), at);
    await file.sync();
    await this.#crash();
  }

  #fail(code: string, what: string, path: string): never {
    if (!what.endsWith('fsync')) this.#counters.writesFailed++;
    throw Object.assign(new Error(`${code}: ${what} '${path}' (fault point)`), { code, path });
  }
}

function noCounters(): DiskCounters {
  return { writesFailed: 0, syncsFailed: 0, syncsDelayed: 0, delayedMs: 0 };
}

/** The first process of a container cannot be killed from within: there this is reached, and it exits. */
async function killSelf(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return process.exit(KILLED);
}
