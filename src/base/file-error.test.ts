import { expect, test } from 'vitest';
import { fileError } from './file-error.ts';

const thrown = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

test('an errno is told in words, without the system call and the path twice', () => {
  const full = fileError(
    'x.html',
    'written',
    thrown('ENOSPC', 'ENOSPC: no space left on device, write'),
  );
  expect(full.message).toBe('x.html cannot be written: no space left on device.');
  expect(full.hint).toBe('Free some space on that disk.');
  const missing = thrown('ENOENT', "ENOENT: no such file or directory, open '/a, b/x.edn'");
  expect(fileError('/a, b/x.edn', 'written', missing).message).toBe(
    '/a, b/x.edn cannot be written: no such file or directory.',
  );
});

test('what is no errno is told as it stands', () => {
  const torn = fileError('x.gz', 'read', thrown('Z_BUF_ERROR', 'unexpected end of file'));
  expect(torn.message).toBe('x.gz cannot be read: unexpected end of file.');
  expect(torn.hint).toMatch(/ends too early/);
  expect(fileError('x', 'read', new Error('strange')).hint).toBeUndefined();
});
