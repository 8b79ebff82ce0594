import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Command } from '../base/operation.ts';
import { encodeRequest, ReplyParser, type Reply } from '../wire/resp.ts';
import { ClientServer, TURN_BYTES } from './client-server.ts';

const VALUE_BYTES = 200_000;

/** A client server on a machine that answers every GET at once, in turns as a replica has them. */
class Lab {
  readonly server: ClientServer;
  readonly turns: number[] = [];
  readonly #sockets: Socket[] = [];
  readonly #value = Buffer.alloc(VALUE_BYTES, 'v');
  #waiting = false;

  constructor() {
    const asked: [number, Command][] = [];
    const turn = (): void => {
      this.#waiting = false;
      for (const [id, command] of asked.splice(0)) this.#answer(id, command);
      this.turns.push(this.server.flush());
    };
    const wake = (): void => {
      if (this.#waiting) return;
      this.#waiting = true;
      setImmediate(turn);
    };
    this.server = new ClientServer({
      onRequest: (id, command) => {
        asked.push([id, command]);
        wake();
      },
      onGone: () => {},
      answer: () => ({ type: 'simple', text: 'PONG' }),
      wake,
    });
  }

  #answer(id: number, command: Command): void {
    const value = command.key === 'big' ? this.#value : Buffer.from(`of ${command.key}`);
    this.server.reply(id, { type: 'value', value } as never);
  }

  async open(): Promise<Socket> {
    if (this.server.port === undefined) await this.server.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect(this.server.port as number, '127.0.0.1');
    this.#sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.server.close();
  }
}

const labs: Lab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

function makeLab(): Lab {
  const lab = new Lab();
  labs.push(lab);
  return lab;
}

/** Collects replies; resolves when there are `count`. */
function replies(socket: Socket, count: number, each?: (sofar: number) => void): Promise<Reply[]> {
  const parser = new ReplyParser();
  const got: Reply[] = [];
  return new Promise((resolve) => {
    const read = (piece: Buffer): void => {
      parser.push(piece);
      for (let reply = parser.next(); reply !== undefined; reply = parser.next()) got.push(reply);
      each?.(got.length);
      if (got.length < count) return;
      socket.off('data', read);
      resolve(got);
    };
    socket.on('data', read);
  });
}

const gets = (...keys: readonly string[]): Buffer =>
  Buffer.concat(keys.map((key) => encodeRequest(['GET', key])));
const text = (reply: Reply | undefined): string =>
  reply?.type === 'bulk' ? reply.value.toString('latin1') : (reply?.type ?? 'nothing');

test('a turn writes so much and no more, whatever was asked for at once', async () => {
  const lab = makeLab();
  const greedy = await lab.open();
  const all = replies(greedy, 500);
  greedy.write(gets(...Array.from({ length: 500 }, () => 'big')));
  const got = await all;
  expect(got.every((reply) => text(reply).length === VALUE_BYTES)).toBe(true);
  const sum = lab.turns.reduce((a, b) => a + b, 0);
  expect(sum).toBeGreaterThan(500 * VALUE_BYTES);
  expect(Math.max(...lab.turns)).toBeLessThan(TURN_BYTES + VALUE_BYTES + 100);
  expect(lab.turns.length).toBeGreaterThanOrEqual(sum / (TURN_BYTES + VALUE_BYTES + 100));
});

test('replies keep the order of their requests over many turns, host and machine mixed', async () => {
  const lab = makeLab();
  const socket = await lab.open();
  const keys = Array.from({ length: 120 }, (_, i) => (i % 3 === 0 ? 'big' : `k${i}`));
  const all = replies(socket, 240);
  for (const key of keys) socket.write(Buffer.concat([gets(key), encodeRequest(['PING'])]));
  const got = await all;
  for (const [i, key] of keys.entries()) {
    const said = text(got[2 * i]);
    expect(key === 'big' ? said.length : said).toBe(key === 'big' ? VALUE_BYTES : `of ${key}`);
    expect(got[2 * i + 1]).toEqual({ type: 'simple', text: 'PONG' });
  }
});

test('a client that asks for little is served between those that ask for much', async () => {
  const lab = makeLab();
  const greedy = await Promise.all([lab.open(), lab.open(), lab.open()]);
  const modest = await lab.open();
  let greedyGot = 0;
  const much = greedy.map((socket) => replies(socket, 200, () => (greedyGot += 1)));
  for (const socket of greedy) socket.write(gets(...Array.from({ length: 200 }, () => 'big')));
  for (let i = 0; i < 20; i++) {
    const before = lab.turns.length;
    const answer = replies(modest, 1);
    modest.write(gets(`small${i}`));
    expect(text((await answer)[0])).toBe(`of small${i}`);
    expect(lab.turns.slice(before).reduce((a, b) => a + b, 0)).toBeLessThan(20 * TURN_BYTES);
  }
  await Promise.all(much);
  expect(greedyGot).toBeGreaterThan(0);
});

test('a client that does not read holds up itself alone, and gets the rest when it reads', async () => {
  const lab = makeLab();
  const deaf = await lab.open();
  const other = await lab.open();
  deaf.pause();
  deaf.write(gets(...Array.from({ length: 300 }, () => 'big')));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stuckAt = lab.turns.reduce((a, b) => a + b, 0);
  // What the kernel takes, and what waits in the process: far from all of it.
  expect(stuckAt).toBeLessThan(150 * VALUE_BYTES);
  const answer = replies(other, 1);
  other.write(gets('x'));
  expect(text((await answer)[0])).toBe('of x');
  const all = replies(deaf, 300);
  deaf.resume();
  expect(await all).toHaveLength(300);
});
