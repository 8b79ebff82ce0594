import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Writer } from '../base/bytes.ts';
import { beginFrame, endFrame } from '../wire/frames.ts';
import { openLog } from './log.ts';
import { PeerConnection } from './peer-connection.ts';
import { MAX_UNSENT_BYTES, PeerLinks } from './peer-links.ts';
import { eventually, freePorts } from './replicas.case.ts';

const SECRET = Buffer.from('word');
const NOWHERE = { host: '127.0.0.1', port: 1 };

let links: PeerLinks;
let lines: string[];
let heard: string[];
let sockets: Socket[];
beforeEach(async () => {
  [lines, heard, sockets] = [[], [], []];
  const [port] = await freePorts(1);
  links = new PeerLinks({
    identity: { cluster: 'c', self: { id: 0, inc: 1 }, secret: SECRET },
    listen: { host: '127.0.0.1', port: port as number },
    peers: new Map([[1, NOWHERE]]),
    timeScale: 1,
    log: openLog('n1', 1, (text) => lines.push(...text.trim().split('\n'))),
    onFrame: (from, kind, bytes, start, end) => {
      heard.push(`${from.id} ${kind} ${bytes.toString('latin1', start, end)}`);
      return kind === 16;
    },
  });
  await links.open();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await links.close();
});

function dial(): Socket {
  const socket = connect(links.port as number, '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

/** A peer as far as the handshake goes. */
async function peer(
  inc = 1,
  id = 1,
): Promise<{ connection: PeerConnection; socket: Socket; got: string[] }> {
  const socket = dial();
  const got: string[] = [];
  const up = Promise.withResolvers<void>();
  const connection = new PeerConnection(
    socket,
    'dialler',
    { cluster: 'c', self: { id, inc }, secret: SECRET },
    {
      hello: () => undefined,
      up: () => up.resolve(),
      frame: (_from, _kind, bytes, start, end) =>
        got.push(bytes.toString('latin1', start, end)) > 0,
      closed: () => up.reject(new Error('closed')),
    },
  );
  await up.promise;
  await eventually(async () => links.up().some((l) => l.peer.inc === inc));
  return { connection, socket, got };
}

function frame(kind: number, payload: string): Buffer {
  const w = new Writer();
  const start = beginFrame(w);
  w.reserve(payload.length);
  w.buffer.write(payload, start + 5, 'latin1');
  endFrame(w, start, kind);
  return Buffer.from(w.view());
}

const events = (): string[] => lines.map((line) => (JSON.parse(line) as { event: string }).event);

test('frames go both ways, one write per turn', async () => {
  const { connection, got } = await peer();
  for (const text of ['a', 'b']) {
    const bytes = frame(16, text);
    links.send(1, bytes, 0, bytes.length);
  }
  links.flush();
  connection.send(frame(16, 'c'));
  await eventually(async () => got.length === 2 && heard.length === 1);
  expect([got, heard]).toEqual([['a', 'b'], ['1 16 c']]);
  expect(links.counters).toMatchObject({
    framesSent: 2,
    framesReceived: 1,
    linksMade: 1,
    dropsDown: 0,
  });
});

test('a newer connection of a peer replaces the older one', async () => {
  const older = await peer(1);
  const newer = await peer(5);
  await eventually(async () => older.socket.destroyed);
  expect(newer.connection.isUp).toBe(true);
  expect(links.up().map((l) => l.peer)).toEqual([{ id: 1, inc: 5 }]);
});

test('a peer that is silent is given up; what does not fit its buffer is dropped and counted', async () => {
  const { socket } = await peer();
  socket.pause();
  const large = frame(16, 'x'.repeat(1024 * 1024));
  const fits = Math.floor(MAX_UNSENT_BYTES / large.length);
  for (let i = 0; i < 2 * fits + 8; i++) {
    links.send(1, large, 0, large.length);
    links.flush();
  }
  expect(links.counters.dropsFull).toBeGreaterThan(0);
  await eventually(async () => events().includes('link silent'));
  await eventually(async () => links.up().length === 0);
  links.send(1, large, 0, large.length);
  expect(links.counters.dropsDown).toBe(1);
});

describe('one line and a closed connection for', () => {
  test.each([
    [
      'bytes that are no frame',
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      'garbage instead of a frame',
    ],
    ['a frame before HELLO', frame(16, 'x'), 'garbage instead of HELLO'],
    ['a HELLO that is none', frame(1, 'x'), 'garbage instead of HELLO'],
    [
      'a stranger that announces much',
      frame(1, 'x'.repeat(2000)).subarray(0, 9),
      'garbage instead of a frame',
    ],
  ])('%s', async (_what, bytes, reason) => {
    const socket = dial();
    socket.write(bytes);
    await once(socket, 'close');
    await eventually(async () => lines.length > 0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(reason);
    expect(links.counters.connectionsRefused).toBe(1);
  });

  test.each([
    ['a message that the protocol does not know', 99, 'garbage in a frame of kind 99'],
    ['link control that there is not', 9, 'garbage in a frame of kind 9'],
    ['a PING that is none', 3, 'garbage in a frame of kind 3'],
  ])('%s, on a link', async (_what, kind, reason) => {
    const { connection, socket } = await peer();
    connection.send(frame(kind, ''));
    await eventually(async () => socket.destroyed);
    await eventually(async () => lines.some((line) => line.includes(reason)));
    expect(events().filter((event) => event === 'peer connection closed')).toHaveLength(1);
  });
});

test('whoever says nothing is closed after a while, without a word', async () => {
  const socket = dial();
  await once(socket, 'close');
  expect(lines).toEqual([]);
});

test('whoever dials has a higher id; nobody need have been configured with it', async () => {
  const newcomer = await peer(7, 3);
  expect(links.up().map((l) => l.peer)).toEqual([{ id: 3, inc: 7 }]);
  links.send(3, frame(16, 'hello'), 0, 10);
  links.flush();
  await eventually(async () => newcomer.got.includes('hello'));
  // It is known from now on: an earlier life of it is refused.
  await expect(peer(6, 3)).rejects.toThrow('closed');
  await expect(peer(1, 0)).rejects.toThrow('closed');
  await expect(peer(1, 64)).rejects.toThrow('closed');
  expect(links.counters.connectionsRefused).toBe(3);
});

test('a node that goes on under a new incarnation makes its links anew', async () => {
  const { socket } = await peer();
  links.reidentify({ id: 0, inc: 9 });
  await eventually(async () => socket.destroyed);
  expect(links.up()).toEqual([]);
});
