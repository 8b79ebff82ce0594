import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { afterRead } from './after-read.ts';

test('what came while the process stood still is read first', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [remote] = (await accepted) as [Socket];
  const seen: string[] = [];
  socket.on('data', () => seen.push('read'));
  await new Promise<void>((done) => {
    setTimeout(() => {
      // Between the reading of sockets and the turn: news comes, and the process stands still.
      setImmediate(() => {
        remote.write('news');
        const end = performance.now() + 60;
        while (performance.now() < end);
      });
      afterRead(() => {
        seen.push('run');
        done();
      });
    }, 1);
  });
  expect(seen).toEqual(['read', 'run']);
  socket.destroy();
  remote.destroy();
  server.close();
});

test('runs at once in its phase where nothing stood still, a turn later where it did', async () => {
  const order: string[] = [];
  afterRead(
    () => order.push('prompt'),
    () => 0,
  );
  setImmediate(() => order.push('other'));
  await new Promise((done) => {
    setTimeout(done, 20);
  });
  expect(order).toEqual(['prompt', 'other']);
  let calls = 0;
  const later: string[] = [];
  afterRead(
    () => later.push('stalled'),
    () => (calls++ === 0 ? 0 : 500),
  );
  setImmediate(() => later.push('other'));
  await new Promise((done) => {
    setTimeout(done, 20);
  });
  expect(later).toEqual(['other', 'stalled']);
});
