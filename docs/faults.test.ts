import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { random } from '../src/base/random.ts';
import { FAULT_KINDS, type FaultKind, type Nemesis } from '../src/faults/fault.ts';
import { makeSchedule, type Able } from '../src/faults/fault-schedule.ts';
import { parseNemesis } from '../src/faults/nemesis.ts';
import { keepsPromises } from '../src/faults/promises.ts';
import { SHAPES } from '../src/faults/shapes.ts';

const page = readFileSync(fileURLToPath(new URL('faults.md', import.meta.url)), 'utf8');
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const able = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])) as Able;

/** Rows of the table of shapes: the shape and its parameters. */
const rows = Array.from(page.matchAll(/^\| `([a-z]+):([a-z-]+)` \|.*?\| ?([^|]*)\|$/gm)).map(
  ([, kind = '', shape = '', params = '']) => ({
    kind: kind as FaultKind,
    shape,
    params: Array.from(params.matchAll(/`(\w+)`/g), ([, name = '']) => name),
  }),
);

describe('the table of shapes', () => {
  test('names every shape that there is, once, and no other', () => {
    const all = FAULT_KINDS.flatMap((kind) =>
      Object.keys(SHAPES[kind]).map((shape) => `${kind}:${shape}`),
    );
    expect(rows.map(({ kind, shape }) => `${kind}:${shape}`).sort()).toEqual(all.sort());
  });

  test.each(rows)('$kind:$shape has these parameters and no others', ({ kind, shape, params }) => {
    const drawn = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const mix = parseNemesis([`${kind}:${shape}`]);
      const options = { durationNs: undefined, intervalNs: undefined };
      for (const fault of makeSchedule(random(seed), mix, NODES, able, options).faults)
        for (const name of Object.keys(fault.params)) drawn.add(name);
    }
    expect([...drawn].sort()).toEqual([...params].sort());
  });
});

test('every kind has a row that says how it is done, proved and undone', () => {
  const kinds = Array.from(page.matchAll(/^\| `([a-z]+)` \|/gm), ([, kind]) => kind);
  expect(kinds).toEqual([...FAULT_KINDS].filter((kind) => kinds.includes(kind)));
  expect(new Set(kinds)).toEqual(new Set(FAULT_KINDS));
});

test('the schedule of the page can be loaded, and keeps the promises', async () => {
  const [, source = ''] = /```ts\n([^`]+)```/.exec(page) ?? [];
  const dir = mkdtempSync(join(tmpdir(), 'hermes-mine-'));
  try {
    const file = join(dir, 'mine.ts');
    // Types only: what is imported is gone when it runs.
    writeFileSync(file, source);
    const { default: mine } = (await import(pathToFileURL(file).href)) as { default: Nemesis };
    for (let seed = 0; seed < 20; seed++) {
      const options = { durationNs: 12e9, intervalNs: undefined };
      const faults = mine.schedule(random(seed), NODES, options);
      for (const { kind, shape } of faults) expect(SHAPES[kind]).toHaveProperty(shape);
      expect(keepsPromises(faults, NODES)).toBeUndefined();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
