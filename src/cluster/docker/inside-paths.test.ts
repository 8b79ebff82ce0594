import { expect, test } from 'vitest';
import { insideCommand, insidePath } from './inside-paths.ts';

test('files of this program are those of the image, JavaScript always', () => {
  expect(insidePath('/a/src/node/main.ts', '/a/src')).toBe('/opt/hermes/src/node/main.js');
  expect(insidePath('/a/dist/src/node/main.js', '/a/dist/src')).toBe(
    '/opt/hermes/src/node/main.js',
  );
  expect(insidePath('/a/other/main.ts', '/a/src')).toBeUndefined();
  expect(insidePath('--id=1', '/a/src')).toBeUndefined();
});

test('a command line of this machine, as the image has it', () => {
  const argv = [process.execPath, '/a/src/node/main.ts', '--id=1', '--data=/data'];
  expect(insideCommand(argv, '/a/src')).toEqual([
    '/usr/local/bin/node',
    '/opt/hermes/src/node/main.js',
    '--id=1',
    '--data=/data',
  ]);
  const traced = [process.execPath, '--trace', '/logs/n1.trace.jsonl'];
  expect(insideCommand(traced, '/a/src', '/logs/n1.trace.jsonl')).toEqual([
    '/usr/local/bin/node',
    '--trace',
    '/dev/stdout',
  ]);
  expect(() => insideCommand(['/usr/bin/etcd'], '/a/src')).toThrow(
    /has no program \/usr\/bin\/etcd/,
  );
});
