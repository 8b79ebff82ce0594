import { expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { engineTrouble } from './engine-trouble.ts';

const said = (stderr: string): UserError => engineTrouble('do it', stderr, new Error('exit 1'));

test.each([
  [
    'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
    /no Docker engine answers/,
  ],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    /may not talk/,
  ],
  ['Got permission denied while trying to connect to the Docker daemon', /may not talk/],
  [
    'error during connect: Get "http://far:2375/": dial tcp: lookup far: no such host',
    /no Docker engine answers/,
  ],
  [
    'Failed to initialize: unable to resolve docker endpoint: context "x": context not found',
    /no such Docker engine/,
  ],
  ['Error response from daemon: write /x: no space left on device', /disk/],
  [
    'Error response from daemon: could not find an available, non-overlapping IPv4 address pool',
    /addresses left/,
  ],
  [
    'driver failed programming external connectivity: Bind for 127.0.0.1:7101 failed: port is already allocated',
    /a port of the cluster is taken/,
  ],
  [
    'Error response from daemon: Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available.',
    /limits/,
  ],
])('%s', (stderr, why) => {
  const { message, hint } = said(stderr);
  expect(message).toMatch(why);
  expect(message).toMatch(/^docker could not do it: .*\.$/);
  // What was said stands behind what to do.
  expect(hint).toMatch(/\w+.*\(.*\)$/s);
});

test('what nobody knows is told as it was said', () => {
  expect(
    said('Error response from daemon: the moon is full\nSee "docker run --help".').message,
  ).toBe('docker could not do it: See "docker run --help".');
  expect(said('Error response from daemon: the moon is full').message).toBe(
    'docker could not do it: the moon is full',
  );
  expect(said('').message).toBe('docker could not do it: exit 1');
  const own = new UserError('mine');
  expect(engineTrouble('do it', 'x', own)).toBe(own);
});
