/**
 * Makes `histories/examples/`: one valid run, and one for each planted bug that real processes show,
 * each cut down to one key and to what was recorded until shortly after it failed.
 *
 *     npm run examples [-- BUG…]       everything, or only these (`valid` too)
 *
 * A key alone is as good as the whole: linearizability is local. A prefix is too: its open operations
 * are unknown. The header says with which bug and seed it was recorded.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { checkHistory } from '../src/checkers/check.ts';
import type { Anomaly } from '../src/checkers/verdict.ts';
import { parseHistory } from '../src/history/read.ts';

const SEEDS = 6;
const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'histories', 'examples');

interface Document {
  readonly valid: boolean | 'unknown';
  readonly anomalies: readonly Anomaly[];
  readonly files: Readonly<Record<string, string>>;
}

async function hermes(...args: string[]): Promise<unknown> {
  const { stdout } = await execa(process.execPath, [join(root, 'bin/dev.js'), ...args, '--json'], {
    cwd: root,
    reject: false,
    timeout: 120_000,
  });
  return JSON.parse(stdout);
}

/** Small runs first; else what the bug itself says that a run needs to show it. */
const SMALL = ['--nodes', '3', '--ops', '1500', '--ops-per-key', '60'];

async function fuzz(
  store: string,
  seed: number,
  bug: string | undefined,
  size: readonly string[],
): Promise<Document> {
  const planted = bug === undefined ? [] : ['--bug', bug];
  return (await hermes(
    'fuzz',
    '--store',
    store,
    '--seed',
    `${seed}`,
    ...size,
    ...planted,
  )) as Document;
}

/** Lines of one key, and the faults, up to the given event and a little more. */
function cut(text: string, key: unknown, last: number, more: object): string {
  const [header = '{}', ...lines] = text.trimEnd().split('\n');
  const kept = lines.filter((line) => {
    const event = JSON.parse(line) as { index: number; process: unknown; key?: unknown };
    return event.process === 'nemesis' ? event.index <= last : event.key === key;
  });
  const events = kept.filter(
    (line, i) => i < 8 || (JSON.parse(line) as { index: number }).index <= last + 40,
  );
  return `${[JSON.stringify({ ...(JSON.parse(header) as object), ...more }), ...events].join('\n')}\n`;
}

/** The smallest anomaly of the run as a history that still shows it. */
async function example(document: Document, bug: string, seed: number): Promise<string | undefined> {
  const text = await readFile(document.files['history'] ?? '', 'utf8');
  const of = (wanted: string): Anomaly[] =>
    document.anomalies
      .filter(({ type }) => type === wanted)
      .toSorted((x, y) => x.operations.length - y.operations.length);
  const found = [...of('nonlinearizable'), ...of('divergent')];
  for (const { key, type, operations } of found) {
    const last = type === 'divergent' ? Infinity : Math.max(...operations) + 40;
    const small = cut(text, key, last, { bug, seed });
    if (checkHistory(parseHistory(small).history).valid === false) return small;
  }
  return undefined;
}

async function make(bug: string, store: string): Promise<string> {
  for (const size of [SMALL, []])
    for (let seed = 1; seed <= SEEDS; seed++) {
      const document = await fuzz(store, seed, bug, size);
      const small = document.valid === false ? await example(document, bug, seed) : undefined;
      if (small === undefined) continue;
      await writeFile(join(target, `${bug}.jsonl`), small);
      return `${bug}: seed ${seed}, ${small.split('\n').length - 2} events`;
    }
  return `${bug}: not shown by ${SEEDS} seeds of either size`;
}

async function makeValid(store: string): Promise<string> {
  const document = await fuzz(store, 1, undefined, SMALL);
  if (document.valid !== true) throw new Error(`the run without a bug is ${document.valid}`);
  const text = await readFile(document.files['history'] ?? '', 'utf8');
  const small = cut(text, 3, Infinity, { seed: 1 });
  await writeFile(join(target, 'valid.jsonl'), small);
  return `valid: ${small.split('\n').length - 2} events`;
}

const { bugs } = (await hermes('bugs')) as { bugs: { name: string; cannot?: string }[] };
const possible = bugs.filter(({ cannot }) => cannot === undefined).map(({ name }) => name);
const asked = process.argv.slice(2);
const store = await mkdtemp(join(tmpdir(), 'hermes-examples-'));
try {
  await mkdir(target, { recursive: true });
  for (const name of asked.length > 0 ? asked : ['valid', ...possible])
    console.log(await (name === 'valid' ? makeValid(store) : make(name, store)));
} finally {
  await rm(store, { recursive: true });
}
