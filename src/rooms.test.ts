/** Reads the table of `src/README.md` and every import: upward, sideways and impure ones fail. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { impurities, importsOf, parseRooms, roomOf, violations, type Room } from './rooms.case.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = parseRooms(readFileSync(new URL('README.md', import.meta.url), 'utf8'));
const files = globSync('{src,commands,workloads}/**/*.{ts,tsx}', { cwd: root }).map((path) =>
  path.replaceAll('\\', '/'),
);

test('imports go downward only, and pure rooms touch no clock, chance, timer or I/O', () => {
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((path) =>
    violations(path, readFileSync(`${root}${path}`, 'utf8'), rooms),
  );
  expect(found).toEqual([]);
});

test('every room of the table is there', () => {
  const missing = rooms.filter(
    ({ name }) => !existsSync(`${root}${name.endsWith('/') ? '' : 'src/'}${name}`),
  );
  expect(missing).toEqual([]);
});

describe('planted violations are found', () => {
  const plan: Room[] = [
    { name: 'base', rank: 0, pure: true },
    { name: 'faults', rank: 1, pure: true },
    { name: 'history', rank: 1, pure: false },
    { name: 'checkers', rank: 2, pure: true },
    { name: 'sim', rank: 3, pure: true },
    { name: 'workloads/', rank: 3.5, pure: true },
    { name: 'run', rank: 4, pure: false },
    { name: 'api.ts', rank: 5, pure: false },
    { name: 'commands/', rank: 6, pure: false },
  ];

  test('the table as it is written in the map', () => {
    const written = plan.map(
      (r) => `| ${r.rank} | \`${r.name}\` | ${r.pure ? 'yes' : 'no'} | text |`,
    );
    expect(
      parseRooms(`| rank | room | pure | what |\n| --- | --- | --- | --- |\n${written.join('\n')}`),
    ).toEqual(plan);
  });

  test.each([
    ['src/base/a.ts', "import { b } from '../faults/b.ts';", 'upward'],
    ['src/base/a.ts', "import type { B } from '../faults/b.ts';", 'upward'],
    ['src/base/a.ts', "export * from '../faults/b.ts';", 'upward'],
    ['src/base/a.ts', "import '../faults/b.ts';", 'upward'],
    ['src/base/a.ts', "const b = await import('../run/b.ts');", 'upward'],
    ['src/base/a.ts', "let b: import('../run/b.ts').B;", 'upward'],
    ['src/base/a.ts', "import {\n  b,\n  type C,\n} from '../faults/deep/b.ts';", 'upward'],
    ['src/faults/a.ts', "import { b } from '../history/b.ts';", 'sideways'],
    ['src/faults/deep/a.ts', "import { b } from '../../history/b.ts';", 'sideways'],
    ['src/run/a.ts', "import b from '../../commands/b.ts';", 'upward'],
    ['src/sim/a.ts', "import b from '../../workloads/b.ts';", 'upward'],
    ['workloads/a.ts', "import { b } from '../src/run/b.ts';", 'upward'],
    ['src/run/a.ts', "import { b } from '../api.ts';", 'users only'],
    ['commands/a.ts', "import { b } from '../src/api.ts';", 'users only'],
    ['src/run/a.ts', "import { b } from '../../bench/b.ts';", 'outside the rooms'],
    ['src/run/a.ts', "import { b } from '../nowhere/b.ts';", 'not in the table'],
    ['src/nowhere/a.ts', '', 'not in the table'],
    ['src/base/index.ts', '', 'a barrel'],
    ['src/base/a.test.ts', "import { b } from '../run/b.ts';", 'upward'],
    ['src/base/a.ts', "import { readFileSync } from 'node:fs';", 'a pure room may not'],
    ['src/checkers/a.ts', "import { z } from 'zod';", 'a pure room may not'],
    ['workloads/a.ts', "import { z } from 'zod';", 'a pure room may not'],
    ['src/base/a.ts', 'const now = Date.now();', 'Date in a pure room'],
    ['src/base/a.ts', 'const now = new Date();', 'Date in a pure room'],
    ['src/base/a.ts', 'const x = 1 / Math.random();', 'Math.random in a pure room'],
    ['src/base/a.ts', 'const x = process.env;', 'process in a pure room'],
    ['src/base/a.ts', 'setTimeout(f, 1);', 'setTimeout in a pure room'],
    ['src/base/a.ts', 'const later = setImmediate;', 'setImmediate in a pure room'],
    ['src/base/a.ts', 'const x = performance.now();', 'performance in a pure room'],
    ['src/base/a.ts', 'const x = `${Date.now()}`;', 'Date in a pure room'],
    ['src/base/a.ts', 'const x = `a ${b ? `${process.pid}` : {}} c`;', 'process in a pure room'],
    ['src/base/a.ts', 'const r = /[/"]/; Date.now(); const s = "";', 'Date in a pure room'],
  ])('%s: %s', (path, source, sentence) => {
    const found = violations(path, source, plan);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(sentence);
    expect(found[0]).toContain(path);
  });

  test.each([
    [
      'src/run/a.ts',
      "import { b } from '../history/b.ts'; import { c } from './c.ts'; import { z } from 'zod';",
    ],
    ['src/run/a.ts', 'const x = Date.now() + process.pid;'],
    ['src/base/a.ts', "import type { Buffer } from 'node:buffer';"],
    ['src/base/a.ts', "// import { b } from '../run/b.ts'\n/* Date.now() */"],
    [
      'src/base/a.ts',
      "const text = 'Date.now() and process.env'; const y = `setTimeout(f) Date.now()`;",
    ],
    [
      'src/base/a.ts',
      'function f(process: number, at: { process: number }) { return process + at.process; }',
    ],
    ['src/base/a.ts', 'const f = { process: 1 }; machine.fetch(1); state.performance.x = 1;'],
    ['src/base/a.ts', 'const r = /Date.now()/; const q = a / b / Dates;'],
    [
      'src/base/a.test.ts',
      "import { b } from '../sim/b.ts'; import { c } from '../checkers/c.ts'; Date.now();",
    ],
    [
      'src/sim/a.test.ts',
      "import { readFileSync } from 'node:fs'; import { b } from '../run/../base/b.ts';",
    ],
    ['commands/a.ts', "import { b } from '../src/run/b.ts'; import w from '../workloads/w.ts';"],
    ['bench/a.ts', "import { b } from '../src/run/b.ts';"],
    ['src/api.test.ts', "import { b } from './api.ts'; import { c } from './run/c.ts';"],
  ])('and what is allowed passes: %s: %s', (path, source) => {
    expect(violations(path, source, plan)).toEqual([]);
  });
});

test('imports are read from every form, with whether they are types alone', () => {
  const source = `import a from './a.ts';
    import type { B } from "./b.ts";
    export { c } from './c.ts';
    const d = () => import('./d.ts');`;
  expect(importsOf(source)).toEqual([
    { specifier: './a.ts', typeOnly: false },
    { specifier: './b.ts', typeOnly: true },
    { specifier: './c.ts', typeOnly: false },
    { specifier: './d.ts', typeOnly: false },
  ]);
});

test('each name of the world is told once', () => {
  expect(impurities('Date.now(); Date.now(); console.log(globalThis);')).toEqual([
    'Date',
    'console',
    'globalThis',
  ]);
});

test('the room of a path', () => {
  expect(roomOf('src/base/a.ts', rooms)).toMatchObject({ name: 'base', rank: 0 });
  expect(roomOf('bench/a.ts', rooms)).toBe('none');
  expect(roomOf('src/cellar/a.ts', rooms)).toBeUndefined();
});
