import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FRAME_FORMAT, PROTOCOL_KIND } from '../../wire/frames.ts';
import type { Fault } from '../../faults/fault.ts';
import { LinkProxy } from './link-proxy.ts';

const PING = 3;

function frame(kind: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32LE(1 + body.length, 0);
  bytes[4] = kind;
  body.copy(bytes, 5);
  return bytes;
}

const message = (text: string): Buffer => frame(PROTOCOL_KIND, text);

function fault(kind: Fault['kind'], shape: string, links: Fault['links'], params = {}): Fault {
  return { id: 7, kind, shape, atNs: 0, forNs: 0, nodes: [], links, params };
}

/** Texts of the frames that came, as `kind:text` for link control. */
class Inbox {
  readonly texts: string[] = [];
  #rest = Buffer.alloc(0);
  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#rest.length < 5) return;
      const length = this.#rest.readUInt32LE(0) + 4;
      if (this.#rest.length < length) return;
      const kind = this.#rest[4] as number;
      const text = this.#rest.toString('utf8', 5, length);
      this.texts.push(kind < PROTOCOL_KIND ? `${kind}:${text}` : text);
      this.#rest = this.#rest.subarray(length);
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await new Promise((done) => setTimeout(done, 5));
  expect(condition()).toBe(true);
}

/** n2 dials n1 through the proxy; n1 only listens. */
describe('link proxy', () => {
  let proxy: LinkProxy;
  let server: Server;
  let port: number;
  let dialled: Socket[];
  let accepted: Socket[];
  let atN1: Inbox;
  let atN2: Inbox;

  async function dial(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => atN2.push(chunk));
    dialled.push(socket);
    await new Promise((done) => socket.once('connect', done).once('close', done));
    return socket;
  }

  async function setUp(format: typeof FRAME_FORMAT | undefined): Promise<void> {
    proxy = new LinkProxy(format);
    port = await proxy.listen('n2', 'n1', '127.0.0.1');
    const address = server.address() as AddressInfo;
    proxy.route('n2', 'n1', { host: '127.0.0.1', port: address.port, source: undefined });
  }

  beforeEach(async () => {
    dialled = [];
    accepted = [];
    atN1 = new Inbox();
    atN2 = new Inbox();
    server = createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => atN1.push(chunk));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    await setUp(FRAME_FORMAT);
  });

  afterEach(() => {
    proxy.close();
    for (const socket of [...dialled, ...accepted]) socket.destroy();
    server.close();
  });

  test('without faults bytes pass untouched, however they are cut', async () => {
    const socket = await dial();
    const bytes = Buffer.concat(Array.from({ length: 50 }, (_, i) => message(`m${i}`)));
    for (let at = 0; at < bytes.length; at += 7) socket.write(bytes.subarray(at, at + 7));
    await until(() => atN1.texts.length === 50);
    expect(atN1.texts).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
    accepted[0]?.write(message('back'));
    await until(() => atN2.texts.length === 1);
  });

  test.each([1, 4, 6, 9])(
    'a partition that begins %i bytes into a frame swallows whole frames only',
    async (split) => {
      const socket = await dial();
      const bytes = message('begun before');
      socket.write(bytes.subarray(0, split));
      await until(() => accepted[0] !== undefined && accepted[0].bytesRead === split);
      proxy.apply(
        fault('partition', 'halves', [
          ['n1', 'n2'],
          ['n2', 'n1'],
        ]),
      );
      socket.write(Buffer.concat([bytes.subarray(split), message('lost'), frame(PING, '')]));
      await until(() => proxy.counters(7)['framesLost'] === 2);
      expect(proxy.undo(7)).toEqual({ framesLost: 2 });
      socket.write(message('after'));
      await until(() => atN1.texts.length === 2);
      expect(atN1.texts).toEqual(['begun before', 'after']);
    },
  );

  test('a frame that a fault held back incomplete goes on after the fault', async () => {
    const socket = await dial();
    proxy.apply(fault('messages', 'repeat', [['n2', 'n1']], { percent: 0 }));
    const bytes = message('in two parts');
    socket.write(Buffer.concat([message('whole'), bytes.subarray(0, 8)]));
    await until(() => atN1.texts.length === 1);
    proxy.undo(7);
    socket.write(bytes.subarray(8));
    await until(() => atN1.texts.length === 2);
    expect(atN1.texts).toEqual(['whole', 'in two parts']);
  });

  test('a partition refuses new connections and does not tell one end that the other left', async () => {
    const socket = await dial();
    await until(() => accepted.length === 1);
    proxy.apply(
      fault('partition', 'halves', [
        ['n1', 'n2'],
        ['n2', 'n1'],
      ]),
    );
    socket.destroy();
    const again = await dial();
    await until(() => again.destroyed);
    expect(proxy.counters(7)['connectionsRefused']).toBe(1);
    expect(accepted).toHaveLength(1);
    expect(accepted[0]?.destroyed).toBe(false);
    proxy.undo(7);
    await until(() => accepted[0]?.destroyed === true);
  });

  test('one-way: link control passes, protocol frames of that direction do not', async () => {
    const socket = await dial();
    proxy.apply(fault('partition', 'one-way', [['n2', 'n1']]));
    socket.write(Buffer.concat([message('a'), frame(PING, ''), message('b')]));
    await until(() => atN1.texts.length === 1);
    accepted[0]?.write(message('answer'));
    await until(() => atN2.texts.length === 1);
    expect(atN1.texts).toEqual([`${PING}:`]);
    expect(proxy.undo(7)).toEqual({ framesLost: 2 });
  });

  test('lose: a share of the messages, the same for the same fault', async () => {
    const socket = await dial();
    proxy.apply(fault('messages', 'lose', [['n2', 'n1']], { percent: 50 }));
    for (let i = 0; i < 100; i++) socket.write(Buffer.concat([message(`${i}`), frame(PING, '')]));
    await until(() => atN1.texts.filter((text) => text === `${PING}:`).length === 100);
    const passed = atN1.texts.filter((text) => text !== `${PING}:`);
    expect(proxy.undo(7)).toEqual({ messagesLost: 100 - passed.length });
    expect(passed.length).toBeGreaterThan(25);
    expect(passed.length).toBeLessThan(75);
  });

  test('repeat, reorder, delay: nothing is lost, and what happened is counted', async () => {
    const socket = await dial();
    const sent = Array.from({ length: 40 }, (_, i) => `${i}`);
    for (const shape of ['repeat', 'reorder', 'delay']) {
      atN1.texts.length = 0;
      proxy.apply(
        fault('messages', shape, [['n2', 'n1']], { percent: 50, delayMs: 8, jitterMs: 4 }),
      );
      for (const text of sent) {
        socket.write(message(text));
        await new Promise((done) => setImmediate(done));
      }
      const counters = (): number => Object.values(proxy.counters(7)).reduce((a, b) => a + b, 0);
      const expected = (): number => sent.length + (shape === 'repeat' ? counters() : 0);
      await until(() => atN1.texts.length === expected());
      expect(new Set(atN1.texts)).toEqual(new Set(sent));
      expect(atN1.texts).not.toEqual(sent);
      expect(counters()).toBeGreaterThan(5);
      proxy.undo(7);
    }
  });

  test('delay and rate keep the order, and what they hold outlives the fault', async () => {
    const socket = await dial();
    proxy.apply(fault('link', 'delay', [['n2', 'n1']], { delayMs: 50, jitterMs: 20 }));
    const began = performance.now();
    for (let i = 0; i < 20; i++) socket.write(message(`d${i}`));
    await until(() => (proxy.counters(7)['framesDelayed'] ?? 0) > 0);
    proxy.undo(7);
    proxy.apply(fault('link', 'rate', [['n2', 'n1']], { kbit: 80 }));
    socket.write(message('x'.repeat(1000)));
    await until(() => atN1.texts.length === 21);
    expect(performance.now() - began).toBeGreaterThan(95);
    expect(atN1.texts.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => `d${i}`));
  });

  test('of a frame that a slow link has begun, a partition takes nothing', async () => {
    const socket = await dial();
    const big = message('whole');
    socket.write(big.subarray(0, 7));
    await until(() => accepted[0]?.bytesRead === 7);
    proxy.apply({
      ...fault('link', 'delay', [['n2', 'n1']], { delayMs: 60, jitterMs: 0 }),
      id: 8,
    });
    socket.write(Buffer.concat([big.subarray(7), message('lost')]));
    await until(() => (proxy.counters(8)['framesDelayed'] ?? 0) === 2);
    proxy.apply(fault('partition', 'one-way', [['n2', 'n1']]));
    await until(() => proxy.counters(7)['framesLost'] === 1);
    proxy.undo(7);
    proxy.undo(8);
    socket.write(message('after'));
    await until(() => atN1.texts.length === 2);
    expect(atN1.texts).toEqual(['whole', 'after']);
  });

  test('a frame that is let go after the fault does not land within another', async () => {
    const socket = await dial();
    proxy.apply(fault('messages', 'delay', [['n2', 'n1']], { delayMs: 80, jitterMs: 0 }));
    socket.write(message('held'));
    await until(() => proxy.counters(7)['messagesDelayed'] === 1);
    proxy.undo(7);
    const halves = message('in two halves');
    socket.write(halves.subarray(0, 9));
    await until(() => atN1.texts.length === 1);
    socket.write(halves.subarray(9));
    await until(() => atN1.texts.length === 2);
    expect(atN1.texts).toEqual(['held', 'in two halves']);
  });

  test('disconnect resets both ends; held frames die with their connection', async () => {
    const socket = await dial();
    proxy.apply(fault('link', 'delay', [['n2', 'n1']], { delayMs: 60, jitterMs: 0 }));
    socket.write(message('held'));
    await until(() => (proxy.counters(7)['framesDelayed'] ?? 0) > 0);
    expect(proxy.disconnect([['n1', 'n2']])).toBe(1);
    await until(() => socket.destroyed && accepted[0]?.destroyed === true);
    proxy.undo(7);
    const again = await dial();
    again.write(message('fresh'));
    await until(() => atN1.texts.length > 0);
    await new Promise((done) => setTimeout(done, 80));
    expect(atN1.texts).toEqual(['fresh']);
  });

  test('what was said before an orderly end arrives', async () => {
    const socket = await dial();
    socket.end(message('x'.repeat(300_000)));
    await until(() => accepted[0]?.destroyed === true || accepted[0]?.readableEnded === true);
    expect(atN1.texts.map((text) => text.length)).toEqual([300_000]);
  });

  test('garbage passes as it came', async () => {
    const socket = await dial();
    const garbage = Buffer.alloc(200_000, 0xff);
    socket.write(garbage);
    await until(() => accepted[0]?.bytesRead === garbage.length);
    proxy.apply(fault('messages', 'lose', [['n2', 'n1']], { percent: 100 }));
    socket.write(garbage);
    await until(() => accepted[0]?.bytesRead === 2 * garbage.length);
  });

  test('a reader that is slow slows the writer', async () => {
    const socket = await dial();
    await until(() => accepted.length === 1);
    accepted[0]?.pause();
    const big = message('x'.repeat(1 << 20));
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      if (!socket.write(big)) refused++;
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(refused).toBeGreaterThan(0);
    expect(socket.writableLength).toBeGreaterThan(1 << 20);
    accepted[0]?.resume();
    await until(() => atN1.texts.length === 60);
  });

  test('links without frames stall in a partition and go on after it', async () => {
    proxy.close();
    await setUp(undefined);
    const socket = await dial();
    socket.write(message('first'));
    await until(() => atN1.texts.length === 1);
    proxy.apply(
      fault('partition', 'halves', [
        ['n1', 'n2'],
        ['n2', 'n1'],
      ]),
    );
    for (let i = 0; i < 30; i++) socket.write(message(`${i}`.padEnd(500_000, 'x')));
    await until(() => (proxy.counters(7)['bytesHeld'] ?? 0) > 8_000_000);
    await new Promise((done) => setTimeout(done, 50));
    expect(atN1.texts).toEqual(['first']);
    // No more is held than that, however much is written.
    expect(proxy.counters(7)['bytesHeld']).toBeLessThan(9_000_000);
    proxy.undo(7);
    await until(() => atN1.texts.length === 31);
    expect(atN1.texts.slice(1).map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
  });
});
