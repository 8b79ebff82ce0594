import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DOCKERFILE } from './dockerfile.ts';
import { programFiles, SOURCE } from './program-files.ts';
import { tarOf } from './tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-program-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what containers run, and nothing beside: no tests, no commands, no checker', () => {
  const paths = programFiles()
    .entries()
    .map(({ path }) => path);
  expect(paths).toContain('opt/hermes/package.json');
  expect(paths).toContain('opt/hermes/src/node/main.js');
  expect(paths).toContain('opt/hermes/src/cluster/proxy/link-proxy.js');
  expect(paths).toContain('opt/hermes/src/protocols/protocols.js');
  expect(paths.filter((path) => /\.(test|case|ts)\b|checkers|\/run\/|tui/.test(path))).toEqual([]);
});

test('it runs as it stands', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOf(programFiles().entries())) chunks.push(chunk);
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: Buffer.concat(chunks) });
  const entry = join(folder, 'opt/hermes/src/node/main.js');
  const run = (): string =>
    execFileSync(process.execPath, [entry, '--nonsense'], { encoding: 'utf8', stdio: 'pipe' });
  expect(run).toThrow(/Unknown option '--nonsense'/);
});

test('another program is another hash, the same one the same', () => {
  const copy = join(folder, 'src');
  cpSync(SOURCE, copy, {
    recursive: true,
    filter: (path) => !/\.(test|case)\.tsx?$/.test(path),
  });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(SOURCE, '../package.json')));
  expect(programFiles(copy).hash).toBe(programFiles().hash);
  writeFileSync(join(copy, 'checkers/verdict.ts'), 'export const other = 1;\n');
  expect(programFiles(copy).hash).toBe(programFiles().hash);
  const main = join(copy, 'node/main.ts');
  writeFileSync(main, `${readFileSync(main, 'utf8')}// changed\n`);
  expect(programFiles(copy).hash).not.toBe(programFiles().hash);
});

test('an import that no container has is an error, not a container that does not start', () => {
  const copy = join(folder, 'src');
  cpSync(SOURCE, copy, { recursive: true, filter: (path) => !/\.test\.tsx?$/.test(path) });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(SOURCE, '../package.json')));
  const main = join(copy, 'node/main.ts');
  writeFileSync(main, `import 'execa';\n${readFileSync(main, 'utf8')}`);
  expect(() => programFiles(copy)).toThrow(/imports execa, which no container has/);
});

test('the Dockerfile in the repository is the one that is used', () => {
  const file = new URL('../../../../docker/Dockerfile', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(DOCKERFILE);
});
