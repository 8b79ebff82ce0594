import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { random, type Random } from '../base/random.ts';
import { type DiskFault, FaultyDisk } from './faulty-disk.ts';
import { LOG, type LogFile, openLogFile, Storage } from './storage.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hermes-disk-'));
});
afterEach(async () => {
  for (const life of lives.splice(0)) await life.closeFiles();
  await rm(dir, { recursive: true });
});

const lives: Life[] = [];

/** One life of a replica's storage: what it reported, and how it ended. */
class Life {
  readonly disk: FaultyDisk;
  durable = 0;
  failure: NodeJS.ErrnoException | undefined;
  crashed = false;
  storage!: Storage;
  records: readonly string[] = [];
  readonly #changed: (() => void)[] = [];
  readonly #files: LogFile[] = [];

  constructor() {
    lives.push(this);
    const open = async (path: string, truncate: boolean): Promise<LogFile> => {
      const file = await openLogFile(path, truncate);
      this.#files.push(file);
      return file;
    };
    this.disk = new FaultyDisk(open, () => {
      this.crashed = true;
      this.#tell();
      return new Promise(() => {});
    });
  }

  async begin(): Promise<this> {
    const { storage, records } = await Storage.open(dir, {
      onDurable: (lsn) => {
        this.durable = lsn;
        this.#tell();
      },
      onFailure: (error) => {
        this.failure = error;
        this.#tell();
      },
      openFile: this.disk.open,
    });
    this.storage = storage;
    this.records = records.map(String);
    this.durable = storage.durableLsn;
    return this;
  }

  get over(): boolean {
    return this.crashed || this.failure !== undefined;
  }

  /** Until everything appended is durable, or the life is over. */
  async settled(): Promise<void> {
    while (!this.over && this.durable < this.storage.lastLsn) {
      this.storage.flush();
      // eslint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** Closes what a dead process would have left to the kernel. */
  async end(): Promise<void> {
    await this.settled();
    if (!this.over) return this.storage.close();
    await this.closeFiles();
  }

  /** Those that are closed already are no matter. */
  async closeFiles(): Promise<void> {
    await Promise.all(this.#files.splice(0).map((file) => file.close().catch(() => {})));
  }

  #tell(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }
}

/** Appends, and waits until it is durable or the end. */
async function write(life: Life, ...records: string[]): Promise<void> {
  for (const record of records) life.storage.append(Buffer.from(record));
  await life.settled();
}

describe('a disk that fails', () => {
  test.each<[DiskFault, string, keyof FaultyDisk['counters']]>([
    [{ kind: 'full' }, 'ENOSPC', 'writesFailed'],
    [{ kind: 'eio', on: 'write' }, 'EIO', 'writesFailed'],
    [{ kind: 'eio', on: 'sync' }, 'EIO', 'syncsFailed'],
  ])('%o ends the process, and says so', async (fault, code, counter) => {
    const life = await new Life().begin();
    await write(life, 'first');
    life.disk.begin(fault);
    await write(life, 'second');
    expect(life.failure?.code).toBe(code);
    expect(life.durable).toBe(1);
    expect(life.disk.counters[counter]).toBe(1);
    expect(life.disk.failed).toBe(true);
    life.disk.end();
    await write(life, 'third');
    expect(life.durable, 'it is never tried again').toBe(1);
  });

  test('that is slow delays the fsync and nothing else', async () => {
    const life = await new Life().begin();
    life.disk.begin({ kind: 'slow', ms: 30 });
    await write(life, 'first');
    expect(life.durable).toBe(1);
    expect(life.disk.counters.syncsDelayed).toBe(1);
    expect(life.disk.counters.delayedMs).toBeGreaterThanOrEqual(28);
    await life.storage.close();
  });

  test('that loses what was not synced keeps what was', async () => {
    const life = await new Life().begin();
    await write(life, 'first');
    const before = await readFile(join(dir, LOG));
    life.disk.begin({ kind: 'lose' });
    await write(life, 'second');
    expect(life.crashed).toBe(true);
    expect(await readFile(join(dir, LOG))).toEqual(before);
    expect((await new Life().begin()).records).toEqual(['first']);
  });

  test('that tears the last group leaves half of it, which the next start cuts', async () => {
    const life = await new Life().begin();
    await write(life, 'first');
    const before = (await readFile(join(dir, LOG))).length;
    life.disk.begin({ kind: 'torn' });
    await write(life, 'x'.repeat(1000));
    expect(life.crashed).toBe(true);
    expect((await readFile(join(dir, LOG))).length).toBe(before + (28 + 1000 + 2) / 2);
    expect((await new Life().begin()).records).toEqual(['first']);
  });

  test('a probe meets the fault although nothing was to be written; it leaves no record', async () => {
    const life = await new Life().begin();
    await life.storage.probe();
    await write(life, 'first');
    await life.storage.probe();
    life.disk.begin({ kind: 'eio', on: 'sync' });
    await life.storage.probe();
    expect(life.failure?.code).toBe('EIO');
    const again = await new Life().begin();
    expect(again.records).toEqual(['first']);
    await write(again, 'second');
    expect((await new Life().begin()).records).toEqual(['first', 'second']);
  });
});

const FAULTS: readonly DiskFault[] = [
  { kind: 'full' },
  { kind: 'eio', on: 'write' },
  { kind: 'eio', on: 'sync' },
  { kind: 'slow', ms: 1 },
  { kind: 'lose' },
  { kind: 'torn' },
];

/** By position: the records that the log stands for there. */
type Twin = ReadonlyMap<number, readonly string[]>;

const EMPTY: Twin = new Map([[0, []]]);

/** One life: appends, checkpoints, a fault somewhere. Returns what the next one may find. */
async function live(chance: Random, allowed: Twin, name: string): Promise<Twin> {
  const life = await new Life().begin();
  let records: readonly string[] = life.records;
  expect(allowed.get(life.storage.lastLsn), `${name} at ${life.storage.lastLsn}`).toEqual(records);
  const at = new Map([[life.storage.lastLsn, records]]);
  const steps = chance.between(1, 8);
  const breaks = chance.chance(2, 3) ? chance.below(steps) : -1;
  for (let step = 0; step < steps && !life.over; step++) {
    if (step === breaks) life.disk.begin(chance.pick(FAULTS));
    if (chance.chance(1, 5)) {
      records = records.slice(chance.below(records.length + 1));
      at.set(life.storage.checkpoint(records.map((record) => Buffer.from(record))), records);
    }
    for (let i = chance.below(4); i > 0; i--) {
      const record = `${name} ${step} ${'x'.repeat(chance.below(300))}${i}`;
      records = [...records, record];
      at.set(life.storage.append(Buffer.from(record)), records);
    }
    // eslint-disable-next-line no-await-in-loop
    if (chance.chance(2, 3)) await life.settled();
    else life.storage.flush();
  }
  // Two lives never write at one time.
  await life.end();
  expect(at.has(life.durable), `${name}: a position that was handed out`).toBe(true);
  return new Map([...at].filter(([lsn]) => lsn >= life.durable));
}

describe('the log under random faults of the disk', () => {
  test.each(Array.from({ length: 8 }, (_, i) => i))(
    'recovers what it stood for at some position, none before the last that was durable (%i)',
    async (part) => {
      for (let seed = part; seed < 96; seed += 8) {
        const chance = random(`disk ${seed}`);
        let twin = EMPTY;
        for (let life = 0; life < 6; life++) {
          // eslint-disable-next-line no-await-in-loop
          twin = await live(chance, twin, `seed ${seed} life ${life}`);
        }
        // eslint-disable-next-line no-await-in-loop
        await rm(join(dir, LOG), { force: true });
      }
    },
  );
});
