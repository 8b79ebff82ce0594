import { expect, test } from 'vitest';
import { clusterDir, FILES, stateRoot } from './state-folder.ts';

test('STATE: HERMES_STATE, else XDG_STATE_HOME, else the home folder', () => {
  expect(stateRoot({ HERMES_STATE: '/a', XDG_STATE_HOME: '/b' })).toBe('/a');
  expect(stateRoot({ XDG_STATE_HOME: '/b' })).toBe('/b/hermes');
  expect(stateRoot({})).toMatch(/\/\.local\/state\/hermes$|^\/tmp\/hermes-/);
});

test('a folder too long for sockets gives way to a short one, always the same', () => {
  const long = { HERMES_STATE: `/${'long/'.repeat(20)}` };
  expect(stateRoot(long)).toMatch(/^\/tmp\/hermes-\d+\/[0-9a-f]{8}$/);
  expect(stateRoot(long)).toBe(stateRoot(long));
  expect(stateRoot(long)).not.toBe(stateRoot({ HERMES_STATE: `${long.HERMES_STATE}x` }));
});

test('no path of a socket reaches 100 bytes', () => {
  for (let length = 1; length < 120; length++) {
    const dir = clusterDir('n'.repeat(24), { HERMES_STATE: `/${'d'.repeat(length)}` });
    for (const path of [FILES.control(dir), FILES.socket(dir, 'n64'), FILES.forward(dir, 'n64')])
      expect(Buffer.byteLength(path)).toBeLessThan(100);
  }
});

test.each(['', '.', '..', '../x', 'a/b', 'a b', '-x', 'n'.repeat(25), 'ü'])(
  '"%s" cannot be a name',
  (name) => {
    expect(() => clusterDir(name, {})).toThrow('cannot be the name');
  },
);
