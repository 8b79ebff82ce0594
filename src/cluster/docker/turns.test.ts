import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('orders on one container follow each other, also after one that failed; others do not wait', async () => {
  const turns = new Turns();
  const said: string[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const first = turns.take('a', async () => {
    await held;
    said.push('a1');
    throw new Error('no');
  });
  const second = turns.take('a', async () => void said.push('a2'));
  await turns.take('b', async () => void said.push('b1'));
  expect(said).toEqual(['b1']);
  release();
  await expect(first).rejects.toThrow('no');
  await second;
  expect(said).toEqual(['b1', 'a1', 'a2']);
});
