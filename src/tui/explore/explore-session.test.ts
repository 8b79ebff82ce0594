/** `hermes explore` from its flags to its text, without a process of its own. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Space } from '../../explore/space.ts';
import { exploreDocument, exploreProgress, exploreText } from '../../report/explore-text.ts';
import { type ExploreFlags, boundsOf, exploreOptionsOf, modelOf } from './explore-flags.ts';
import { exploreSession } from './explore-session.ts';
import { pathOf, walkByHand } from './walk-by-hand.ts';

const DEFAULTS: ExploreFlags = { symmetry: true, reduce: true, order: 'bfs', seed: 1 };

async function session(flags: Partial<ExploreFlags>, more: { dot?: string; step?: string } = {}) {
  const given = { ...DEFAULTS, ...flags };
  const { model, about } = modelOf(given);
  const lines: string[] = [];
  const again = 'hermes explore';
  const { valid, document } = await exploreSession(model, {
    text: (explored) => exploreText(explored, { color: false, about, again }),
    progress: exploreProgress,
    document: (explored) => exploreDocument(explored, about, again),
    again,
    explore: exploreOptionsOf(given, 8192),
    step: more.step,
    dot: more.dot,
    quiet: false,
    print: (line) => lines.push(line),
    note: () => undefined,
  });
  return { valid, document: document as Record<string, unknown>, text: lines.join('\n') };
}

test('valid: all states, and how many', async () => {
  const { valid, document, text } = await session({ nodes: 2, writes: '1,1' });
  expect([valid, document['distinct'], document['depth']]).toEqual([true, 164, 11]);
  expect(text).toMatch(/^✔ valid .*\(164\)/);
  expect(text).toContain('2 nodes, writes 1,1; any message may be lost, repeated, overtaken');
});

test('invalid: a diagram of the way to it', async () => {
  const { valid, document, text } = await session({ nodes: 3, writes: '1', bug: ['M2'] });
  expect(valid).toBe(false);
  expect(document['steps']).toEqual(['n1 set k0 a']);
  expect(text).toMatch(/^✘ invalid {3}I8: k0 2\.0 was seen/);
  expect(text).toMatch(/c1 write a ─+▶│ W 2\.0=a/);
});

test('unknown: the limit that was hit, and what to try', async () => {
  const { valid, text } = await session({ config: '3-w110', 'max-states': 100 });
  expect(valid).toBe('unknown');
  expect(text).toContain('the limit of states was hit');
  expect(text).toContain('a larger --max-states');
});

test('the TLA+ specification by name', async () => {
  const { valid, document } = await session({ config: 'tla-2x1' });
  expect([valid, document['distinct']]).toEqual([true, 31]);
});

test('the graph of states', async () => {
  const dot = join(mkdtempSync(join(tmpdir(), 'explore-')), 'states.dot');
  const { document } = await session({ nodes: 2, writes: '1' }, { dot });
  const graph = readFileSync(dot, 'utf8');
  expect(graph.match(/^ {2}s\d+ \[label/gm)).toHaveLength(document['distinct'] as number);
  expect(graph).toContain('s0 -> s1 [label="n1 set k0 a\\l"]');
});

describe('flags', () => {
  const flags = (more: Partial<ExploreFlags>): ExploreFlags => ({ ...DEFAULTS, ...more });

  test('a flag goes before what the configuration says', () => {
    const bounds = boundsOf(flags({ config: '3-w110-rem1', removals: 2, rmws: '0,0,1' }));
    expect(bounds).toMatchObject({ nodes: 3, writes: [1, 1, 0], rmws: [0, 0, 1], removals: 2 });
  });

  test('a loss makes the network a bag in which something is sent again', () => {
    expect(boundsOf(flags({ loss: 2 }))).toMatchObject({ network: 'bag', loss: 2, resends: 2 });
    expect(boundsOf(flags({})).network).toBe('set');
  });

  test('the published rules are bugs, but bring no options', () => {
    const { bugs, options } = boundsOf(flags({ rules: 'published' }));
    expect(bugs).toContain('published-rmw');
    expect(options).not.toHaveProperty('o3');
    expect(boundsOf(flags({ bug: ['M27'] })).options).toHaveProperty('o3', true);
  });

  test.each([
    [{ config: '3-x' }, /no configuration/],
    [{ writes: '1,1,1,1' }, /not a number for each of 3 nodes/],
    [{ writes: '1,x' }, /not a number/],
    [{ invariant: ['I99'] }, /no invariant "I99"/],
    [{ bug: ['M99'] }, /no bug "M99"/],
    [{ writes: '27' }, /More than 26/],
  ])('%j is refused', (wrong, message) => {
    expect(() => boundsOf(flags(wrong))).toThrow(message);
  });
});

describe('by hand', () => {
  async function walk(typed: string, path: string, isTTY = true): Promise<string> {
    const lines: string[] = [];
    const input = Object.assign(new PassThrough(), { isTTY });
    input.end(typed);
    const { model } = modelOf({ ...DEFAULTS, nodes: 2, writes: '1' });
    const options = { path: pathOf(path), again: 'hermes explore', input, ask: () => undefined };
    await walkByHand(new Space(model), { ...options, print: (line) => lines.push(line) });
    return lines.join('\n');
  }

  test('steps by number, back, and the line that comes back here', async () => {
    const text = await walk('1\n1\nb\nd\n7\nq\n', '');
    expect(text).toContain('   1  n1 set k0 a');
    expect(text).toContain('   1  n2 receives INV k0 2.0 ="a" from n1');
    expect(text).toContain('here again: hermes explore --step --path 1,1');
    expect(text).toMatch(/clients +n1 +n2/);
    expect(text).toContain('there is no step 7');
    expect(text.match(/here again: .*/g)?.map((line) => line.split(' ').at(-1))).toEqual([
      '--step',
      '1',
      '1,1',
      '1',
    ]);
  });

  test('without a terminal it shows where the path ends', async () => {
    expect(await walk('', '1,1,1', false)).toContain('n1  V 2.0=a');
  });

  test('a step that is not there', async () => {
    await expect(walk('', '1,9')).rejects.toThrow('There is no step 9 after 1.');
    expect(() => pathOf('1,x')).toThrow('no list of steps');
  });
});
