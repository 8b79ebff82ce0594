import { expect, test } from 'vitest';
import { HeldEffects } from './held-effects.ts';

test('frames of one link keep their order, other links and replies do not wait for them', () => {
  const held = new HeldEffects();
  const out: string[] = [];
  const release = (durable: number): string[] => {
    held.release(
      durable,
      (to, frame) => out.push(`${to}:${frame.toString()}`),
      (id) => out.push(`reply ${id}`),
    );
    return out.splice(0);
  };
  held.holdFrame(1, 7, Buffer.from('a'));
  held.holdFrame(1, 5, Buffer.from('b'));
  held.holdFrame(2, 5, Buffer.from('c'));
  held.holdReply(10, 6, { type: 'done' });
  held.holdReply(11, 5, { type: 'done' });
  expect(held.size).toBe(5);
  expect(release(4)).toEqual([]);
  expect(release(5)).toEqual(['2:c', 'reply 11']);
  expect(release(7)).toEqual(['1:a', '1:b', 'reply 10']);
  expect(held.size).toBe(0);
});
