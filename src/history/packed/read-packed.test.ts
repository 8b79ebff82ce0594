/** The scanners say what the ordinary reader says, on histories of both notations, whole, cut and damaged. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Random, random } from '../../base/random.ts';
import { UserError } from '../../base/user-error.ts';
import { callsByKey } from '../../checkers/calls.ts';
import { type Columns, isUnfit, registerColumns } from '../../checkers/columns.ts';
import { storeEvents } from '../../checkers/elle/store.case.ts';
import { columnsOf } from '../../checkers/elle/txns.ts';
import { packedColumns } from '../../checkers/packed-columns.ts';
import { randomEvents, registerFamily } from '../../checkers/random-history.case.ts';
import type { History, HistoryEvent } from '../event.ts';
import { writtenHistory } from '../formats/write-history.ts';
import { splitKeys } from '../independent.ts';
import { parseHistory } from '../read.ts';
import { readOperations } from '../read-operations.ts';
import { packText } from './pack-text.ts';
import type { PackedHistory } from './packed-history.ts';
import { packBlocks, readEvents, readPacked } from './read-packed.ts';
import { TXN_KINDS, type Txns } from './txns.ts';

const FORMATS = ['jsonl', 'edn', 'elle'] as const;
type Format = (typeof FORMATS)[number];

const text = (history: History, format: Format): string =>
  [...writtenHistory(history, format)].join('');

/** Three keys, one after the other in time. */
function registers(r: Random): History {
  const events: HistoryEvent[] = [];
  for (const [i, key] of [5, 'x', 70_000].entries())
    for (const event of randomEvents(r, registerFamily(0)))
      events.push({
        ...event,
        key,
        process: (event.process as number) + 100 * i,
        index: events.length,
        time: events.length,
      });
  return { header: { hermes: 1, initial: 0 }, events, nemesis: [] };
}

/** What a key's columns say, by values. */
function plain({ n, f, a, b, call, ret, values }: Columns): unknown {
  const rows = Array.from({ length: n }, (_, i) => [
    f[i],
    values[a[i] as number],
    f[i] === 2 ? values[b[i] as number] : null,
    call[i],
    ret[i],
  ]);
  return rows;
}

/** Both readings of a history of registers, as columns; undefined: they hold something else. */
function bothWays(written: string, packed: PackedHistory): [unknown, unknown] {
  const read = parseHistory(written);
  const { history, split } = splitKeys(read.history, read.foreign ? 'auto' : 'no');
  expect(packed.split).toBe(split);
  expect(packed.foreign).toBe(read.foreign);
  const calls = callsByKey(history.events);
  const slow = calls.map(({ calls: each }) => registerColumns(each, 0));
  const fast = packedColumns(packed, 0, {});
  return [
    slow.some(isUnfit) ? undefined : slow.map((columns) => plain(columns as Columns)),
    fast?.map(({ columns }) => plain(columns)),
  ];
}

describe.each(FORMATS)('registers as %s', (format) => {
  test('have the columns that the ordinary reader gives', () => {
    for (let i = 0; i < 100; i++) {
      const written = text(registers(random(`scan/${i}`)), format);
      const packed = packText(written);
      if (packed === undefined) throw new Error(`seed ${i} is not packed`);
      const [slow, fast] = bothWays(written, packed);
      expect(fast).toEqual(slow);
    }
  });

  test('damaged, are packed only as the ordinary reader reads them', () => {
    let packedAnyway = 0;
    for (let i = 0; i < 800; i++) {
      const r = random(`damage/${i}`);
      const damaged = damage(r, text(registers(r), format));
      const packed = packText(damaged);
      if (packed === undefined) continue;
      const [slow, fast] = bothWays(damaged, packed);
      // Names of operations that are none leave it to the ordinary check.
      if (fast === undefined) continue;
      packedAnyway++;
      expect(fast).toEqual(slow);
    }
    expect(packedAnyway).toBeGreaterThan(40);
  });
});

/** A few bytes replaced, left out or said twice. */
function damage(r: Random, whole: string): string {
  let damaged = whole;
  for (let times = 1 + r.below(2); times > 0; times--) {
    const at = r.below(damaged.length);
    const length = r.below(12);
    const [before, behind] = [damaged.slice(0, at), damaged.slice(at + length)];
    const piece = r.below(3) === 0 ? damaged.slice(at, at + 2 * length) : '';
    const other = r.pick([
      '',
      '0',
      '"',
      ' ',
      ',',
      '{',
      '}',
      '[',
      ']',
      ':',
      'x',
      '-',
      '.',
      '\n',
      '\\',
      'é',
      ';',
      '#',
    ]);
    damaged = before + piece + other + behind;
  }
  return damaged;
}

/** What columns of transactions say, by values. */
const columns = ({ nameOf, ...txns }: Txns): unknown => ({
  ...txns,
  names: Array.from(txns.v, (v) => nameOf(v)),
});

describe.each(TXN_KINDS)('transactions of %s', (kind) => {
  const history = (seed: string, level: 'serial' | 'rc'): History => ({
    header: { hermes: 1 },
    events: [
      ...storeEvents(random(seed), {
        kind,
        level,
        txns: 60,
        clients: 5,
        keys: 3,
        microsMax: 4,
        crashed: 5,
        aborted: 5,
        writesPerKey: 8,
      }),
    ],
    nemesis: [],
  });
  test.each(FORMATS)('as %s, in blocks of any size', (format) => {
    for (let i = 0; i < 30; i++) {
      const written = text(history(`txn/${i}`, i % 2 === 0 ? 'serial' : 'rc'), format);
      const bytes = Buffer.from(written);
      const r = random(`blocks/${i}`);
      const blocks: Buffer[] = [];
      // The first one tells the format and the kind.
      for (let at = 0; at < bytes.length;) {
        const length = at === 0 ? 2000 : 1 + r.below(300);
        blocks.push(bytes.subarray(at, at + length));
        at += length;
      }
      const packed = packBlocks(blocks);
      if (packed?.txns === undefined) throw new Error(`seed ${i} is not packed`);
      const events = parseHistory(written).history.events;
      expect(columns(packed.txns)).toEqual(columns(columnsOf(events, kind)));
    }
  });

  test.each(FORMATS)(
    'damaged, as %s, are packed only as the ordinary reader reads them',
    (format) => {
      let packedAnyway = 0;
      for (let i = 0; i < 500; i++) {
        const r = random(`damaged txn/${i}`);
        const damaged = damage(r, text(history(`txn/${i % 50}`, 'rc'), format));
        const packed = packText(damaged, { model: kind });
        if (packed?.txns === undefined) continue;
        packedAnyway++;
        const events = parseHistory(damaged).history.events;
        expect(columns(packed.txns)).toEqual(columns(columnsOf(events, kind)));
      }
      expect(packedAnyway).toBeGreaterThan(4);
    },
  );
});

describe('from files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-packed-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test.each(FORMATS)('some operations are read again from %s, gzipped or not', async (format) => {
    const history = registers(random('again'));
    const written = text(history, format);
    const { events } = parseHistory(written).history;
    const wanted = new Set(
      events.filter((e) => e.type === 'invoke' && e.index % 3 === 0).map((e) => e.index),
    );
    const open = new Set<unknown>();
    const expected = events.filter((e) => {
      if (e.type !== 'invoke') return open.delete(e.process);
      if (wanted.has(e.index)) open.add(e.process);
      return wanted.has(e.index);
    });
    const path = join(dir, `h.${format}`);
    await writeFile(path, written);
    await writeFile(`${path}.gz`, gzipSync(written));
    expect(await readEvents(path, wanted)).toEqual(expected);
    expect(await readEvents(`${path}.gz`, wanted)).toEqual(expected);
    for (const all of [wanted.size, 100 * wanted.size])
      expect(await readOperations(path, wanted, all)).toEqual(expected);
    await expect(readOperations(path, new Set([...wanted, 1e6]), 1)).rejects.toThrow(UserError);
    expect((await readPacked(`${path}.gz`))?.n).toBe((await readPacked(path))?.n);
    await writeFile(path, `${written.slice(0, 200)}\n[nonsense`);
    await expect(readEvents(path, wanted)).rejects.toThrow(UserError);
  });

  test('a torn end is noted, a file that is none is left', async () => {
    const path = join(dir, 'torn.jsonl');
    await writeFile(
      path,
      '{"hermes":1}\n{"process":0,"type":"invoke","f":"read"}\n{"process":0,"ty',
    );
    expect((await readPacked(path))?.notes).toEqual([
      'line 3 is torn (the recorder was stopped while writing it) and was left out',
    ]);
    await writeFile(path, '{:process 0 :type :invoke :f :read}\n{:process 0');
    expect((await readPacked(path))?.notes[0]).toContain('line 2 is torn');
    expect(await readPacked(join(dir, 'none'))).toBeUndefined();
    await writeFile(`${path}.gz`, gzipSync('{"hermes":1}\n').subarray(0, 20));
    expect(await readPacked(`${path}.gz`)).toBeUndefined();
  });
});

const beside = fileURLToPath(new URL('../../../../shared/corpus/checkers', import.meta.url));
const corpus = process.env['HERMES_CORPUS'] ?? beside;

test.skipIf(!existsSync(corpus))('public and generated histories, each line of them', () => {
  const files = globSync('**/*.{edn,edn.gz,jsonl,json}', { cwd: corpus });
  let packedOnes = 0;
  for (const file of files) {
    const bytes = readFileSync(join(corpus, file));
    const written = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const packed = packText(written);
    if (packed === undefined) continue;
    packedOnes++;
    if (packed.txns !== undefined) {
      const { events } = parseHistory(written).history;
      expect(columns(packed.txns), file).toEqual(columns(columnsOf(events, packed.txns.kind)));
    } else {
      const [slow, fast] = bothWays(written, packed);
      if (fast !== undefined) expect(fast, file).toEqual(slow);
    }
  }
  expect(packedOnes).toBeGreaterThan(100);
});
