import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the lockfile names the binaries of every platform (node bin/complete-lockfile.js adds them)', () => {
  const script = fileURLToPath(new URL('complete-lockfile.js', import.meta.url));
  const end = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(end.stdout).toBe('');
  expect(end.status).toBe(0);
});
