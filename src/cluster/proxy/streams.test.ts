/**
 * Streams through the link proxy while faults of every kind come and go, several at once, beginning and
 * ending at any byte: what arrives is what was sent, frame by frame, and every frame is accounted for.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { random, type Random } from '../../base/random.ts';
import type { Fault, Link } from '../../faults/fault.ts';
import { FRAME_FORMAT, PROTOCOL_KIND } from '../../wire/frames.ts';
import { LinkProxy } from './link-proxy.ts';

const PING = 3;
const HEAD_BYTES = 5;
const THERE: Link = ['n2', 'n1'];
const BACK: Link = ['n1', 'n2'];

/** Numbered frames whose payload follows from their number, so that nothing false can pass for one. */
class Sender {
  readonly kinds: number[] = [];
  readonly bytes: Buffer[] = [];
  readonly #chance: Random;
  #rest: Buffer[] = [];

  constructor(chance: Random) {
    this.#chance = chance;
  }

  /** Some frames more; every now and then the last one ends in a later call. */
  write(socket: Socket): void {
    const frames = Array.from({ length: this.#chance.between(1, 5) }, () => this.#frame());
    const all = Buffer.concat([...this.#rest, ...frames]);
    this.bytes.push(...frames);
    const cut = this.#chance.chance(1, 2) ? all.length : this.#chance.below(all.length + 1);
    this.#rest = [all.subarray(cut)];
    for (let at = 0; at < cut;) {
      const to = Math.min(cut, at + this.#chance.between(1, 400));
      socket.write(all.subarray(at, to));
      at = to;
    }
  }

  end(socket: Socket): void {
    for (const bytes of this.#rest) socket.write(bytes);
    this.#rest = [];
  }

  #frame(): Buffer {
    const kind = this.#chance.chance(1, 4) ? PING : PROTOCOL_KIND;
    const number = this.kinds.push(kind) - 1;
    return frame(kind, number, this.#chance.below(300));
  }
}

function frame(kind: number, number: number, filler: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + 4 + filler, (number * 31) & 0xff);
  bytes.writeUInt32LE(bytes.length - 4, 0);
  bytes[4] = kind;
  bytes.writeUInt32LE(number, HEAD_BYTES);
  return bytes;
}

/** Frames as they arrive on one connection. */
class Receiver {
  readonly arrived: { readonly kind: number; readonly number: number }[] = [];
  readonly chunks: Buffer[] = [];
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#rest = Buffer.concat([this.#rest, chunk]);
  }

  /** Reads what came; throws on what nobody can have sent. */
  read(sender: Sender): void {
    while (this.#rest.length >= HEAD_BYTES) {
      const length = this.#rest.readUInt32LE(0) + 4;
      expect(length).toBeLessThan(400);
      if (this.#rest.length < length) return;
      const got = this.#rest.subarray(0, length);
      const number = got.readUInt32LE(HEAD_BYTES);
      expect(got.equals(sender.bytes[number] ?? Buffer.alloc(0)), `frame ${number}`).toBe(true);
      this.arrived.push({ kind: got[4] as number, number });
      this.#rest = this.#rest.subarray(length);
    }
  }

  /** Nothing of a frame is left over. */
  get whole(): boolean {
    return this.#rest.length === 0;
  }
}

/** A fault of any kind that the proxy knows, on one direction or both. */
function anyFault(chance: Random, id: number, kinds: readonly string[]): Fault {
  const [kind, shape] = chance.pick(kinds).split(':') as [Fault['kind'], string];
  const links = chance.pick<readonly Link[]>([[THERE], [BACK], [THERE, BACK]]);
  const params = {
    percent: chance.between(5, 100),
    delayMs: chance.between(1, 15),
    jitterMs: chance.below(10),
    distribution: chance.below(3),
    kbit: chance.between(400, 4000),
    seed: chance.next(),
  };
  return { id, kind, shape, atNs: 0, forNs: 0, nodes: [], links, params };
}

const LINK = ['link:delay', 'link:rate'];
const MESSAGES = ['lose', 'repeat', 'delay', 'reorder'].map((shape) => `messages:${shape}`);
const ALL = [...LINK, ...MESSAGES, 'partition:links'];

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(condition: () => boolean, why: () => string): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await wait(5);
  expect(condition(), why()).toBe(true);
}

describe('streams through the proxy', () => {
  let server: Server;
  let accepted: Socket[];
  let dialled: Socket[];
  let proxy: LinkProxy;

  beforeEach(async () => {
    accepted = [];
    dialled = [];
    server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {});
      accepted.push(socket);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => {
    proxy.close();
    for (const socket of [...accepted, ...dialled]) socket.destroy();
    server.close();
  });

  async function open(format: typeof FRAME_FORMAT | undefined): Promise<() => Promise<Socket>> {
    proxy = new LinkProxy(format);
    const port = await proxy.listen('n2', 'n1', '127.0.0.1');
    const address = server.address() as AddressInfo;
    proxy.route('n2', 'n1', { host: '127.0.0.1', port: address.port, source: undefined });
    return async () => {
      const before = accepted.length;
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.on('error', () => {});
      dialled.push(socket);
      await until(
        () => accepted.length > before || socket.destroyed,
        () => 'a connection is neither made nor refused',
      );
      return socket;
    };
  }

  /** Faults come and go while both ends write. Returns what all of them counted. */
  async function disturb(
    chance: Random,
    kinds: readonly string[],
    steps: number,
    act: () => void,
  ): Promise<Record<string, number>> {
    const on = new Set<number>();
    const counted: Record<string, number> = {};
    const undo = (id: number): void => {
      on.delete(id);
      for (const [name, count] of Object.entries(proxy.undo(id)))
        counted[name] = (counted[name] ?? 0) + count;
    };
    for (let id = 1; id <= steps; id++) {
      if (on.size < 4 && chance.chance(3, 5)) {
        expect(proxy.apply(anyFault(chance, id, kinds))).toBe(true);
        on.add(id);
      } else if (on.size > 0) undo(chance.pick([...on]));
      act();
      if (chance.chance(1, 2)) await wait(chance.below(8));
      else await new Promise((resolve) => setImmediate(resolve));
    }
    for (const id of on) undo(id);
    return counted;
  }

  test.each([1, 2, 3, 4, 5, 6])(
    'frames are whole and true, and each is delivered, lost or repeated as counted (%i)',
    async (seed) => {
      const chance = random(`streams ${seed}`);
      const dial = await open(FRAME_FORMAT);
      const near = await dial();
      const far = accepted[0] as Socket;
      const ends = [
        { from: near, to: far, sender: new Sender(chance.split('near')), got: new Receiver() },
        { from: far, to: near, sender: new Sender(chance.split('far')), got: new Receiver() },
      ];
      for (const { to, got } of ends) to.on('data', (chunk: Buffer) => got.push(chunk));
      const counted = await disturb(chance, ALL, 120, () => {
        for (const { from, sender } of ends) sender.write(from);
      });
      for (const { from, sender } of ends) sender.end(from);

      const sent = ends.reduce((sum, { sender }) => sum + sender.kinds.length, 0);
      // What was held when its fault ended still falls to a cut that began meanwhile: all are undone now.
      const count = (name: string): number => counted[name] ?? 0;
      const expected = (): number =>
        sent - count('framesLost') - count('messagesLost') + count('messagesRepeated');
      const arrived = (): number => {
        for (const { got, sender } of ends) got.read(sender);
        return ends.reduce((sum, { got }) => sum + got.arrived.length, 0);
      };
      await until(
        () => arrived() >= expected(),
        () => `${arrived()} arrived, ${expected()} expected`,
      );
      await wait(40);
      expect(arrived()).toBe(expected());
      for (const { got } of ends) {
        expect(got.whole).toBe(true);
        const control = got.arrived.filter(({ kind }) => kind === PING).map((each) => each.number);
        expect(control).toEqual(control.toSorted((a, b) => a - b));
        expect(new Set(control).size).toBe(control.length);
      }
      // The run did something.
      expect(count('framesLost')).toBeGreaterThan(0);
      expect(count('messagesRepeated')).toBeGreaterThan(0);
    },
  );

  test.each([1, 2, 3])('without faults that take, all arrive in order (%i)', async (seed) => {
    const chance = random(`slow streams ${seed}`);
    const dial = await open(FRAME_FORMAT);
    const near = await dial();
    const sender = new Sender(chance.split('near'));
    const got = new Receiver();
    accepted[0]?.on('data', (chunk: Buffer) => got.push(chunk));
    await disturb(chance, LINK, 80, () => sender.write(near));
    sender.end(near);
    const arrived = (): number => {
      got.read(sender);
      return got.arrived.length;
    };
    await until(
      () => arrived() === sender.kinds.length,
      () => `${arrived()} of ${sender.kinds.length} arrived`,
    );
    expect(got.arrived.map(({ number }) => number)).toEqual(sender.kinds.map((_, i) => i));
  });

  test.each([1, 2, 3])('bytes without frames arrive as they were sent (%i)', async (seed) => {
    const chance = random(`bytes ${seed}`);
    const dial = await open(undefined);
    const near = await dial();
    const far = accepted[0] as Socket;
    const sides = [
      { from: near, to: far, sent: [] as Buffer[], got: [] as Buffer[] },
      { from: far, to: near, sent: [] as Buffer[], got: [] as Buffer[] },
    ];
    for (const { to, got } of sides) to.on('data', (chunk: Buffer) => got.push(chunk));
    await disturb(chance, [...LINK, 'partition:links'], 80, () => {
      for (const { from, sent } of sides) {
        const bytes = Buffer.alloc(chance.between(1, 600), chance.below(256));
        sent.push(bytes);
        from.write(bytes);
      }
    });
    for (const { sent, got } of sides) {
      const all = Buffer.concat(sent);
      const size = (): number => got.reduce((sum, bytes) => sum + bytes.length, 0);
      await until(
        () => size() >= all.length,
        () => `${size()} of ${all.length} bytes arrived`,
      );
      expect(Buffer.concat(got).equals(all)).toBe(true);
    }
  });

  test.each([1, 2, 3, 4])(
    'connections that are cut and made anew start clean, and mix with none before them (%i)',
    async (seed) => {
      const chance = random(`reconnects ${seed}`);
      const dial = await open(FRAME_FORMAT);
      for (let round = 0; round < 8; round++) {
        const known = accepted.length;
        const near = await dial();
        expect(near.destroyed).toBe(false);
        const far = accepted[known] as Socket;
        const sender = new Sender(chance.split(`round ${round}`));
        const got = new Receiver();
        far.on('data', (chunk: Buffer) => got.push(chunk));
        const last = chance.chance(1, 2) ? 10 : 1_000;
        let step = 0;
        await disturb(chance, ALL, 25, () => {
          if (!near.destroyed) sender.write(near);
          if (++step === last) proxy.disconnect([THERE]);
        });
        got.read(sender);
        if (!near.destroyed) {
          sender.end(near);
          await until(
            () => {
              got.read(sender);
              return got.whole;
            },
            () => 'a part of a frame is left',
          );
          near.destroy();
        }
        // Held frames die with their connection: nothing of this round may come in the next one.
        await wait(chance.below(20));
        expect(accepted.length).toBe(known + 1);
      }
    },
  );
});
