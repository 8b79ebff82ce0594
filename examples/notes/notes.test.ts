import { expect, test } from 'vitest';
import {
  checkLinearizable,
  Definite,
  explain,
  random,
  record,
  type History,
} from '../../src/api.ts';
import { Notes } from './notes.ts';

/** Five clients that read, write and replace three notes, all at the same time. */
async function use(notes: Notes): Promise<History> {
  const { run, history } = record();
  let version = 0;

  async function client(me: number): Promise<void> {
    const chance = random(7).split(`client ${me}`);
    for (let i = 0; i < 40; i++) {
      const key = chance.below(3);
      const seen = await run(me, { f: 'read', key, value: null }, () => notes.read(key));
      const next = ++version; // no two writes write the same: so a read tells whose write it saw
      if (seen === null || chance.chance(1, 2))
        await run(me, { f: 'write', key, value: next }, () => notes.write(key, next));
      else
        await run(me, { f: 'cas', key, value: [seen, next] }, async () => {
          if (!(await notes.replace(key, seen, next))) throw new Definite('another version');
        }).catch(() => {}); // recorded as failed, and thrown on
    }
  }

  await Promise.all([0, 1, 2, 3, 4].map(client));
  return history;
}

test('clients cannot tell the notes from one copy', async () => {
  const verdict = checkLinearizable(await use(new Notes()), 'cas-register');
  expect(verdict.valid, explain(verdict)).toBe(true);
});

test('answering reads from a follower shows what was overwritten before the read began', async () => {
  const verdict = checkLinearizable(await use(new Notes({ fastReads: true })), 'cas-register');
  expect(verdict.valid).toBe(false);
  expect(explain(verdict)).toMatch(/^invalid: nonlinearizable on key \d/);
});
