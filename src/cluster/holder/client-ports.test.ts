import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePortsAgain, takePorts, type TakenPorts } from './client-ports.ts';

const taken: TakenPorts[] = [];
afterEach(async () => {
  for (const ports of taken.splice(0)) {
    ports.guard?.close();
    await freePortsAgain(ports);
  }
});

async function take(...args: Parameters<typeof takePorts>): Promise<TakenPorts> {
  const ports = await takePorts(...args);
  taken.push(ports);
  return ports;
}

test('clusters that start at once get blocks of their own', async () => {
  const bases = (
    await Promise.all([take(undefined, 3), take(undefined, 5), take(undefined, 3)])
  ).map(({ base }) => base);
  expect(new Set(bases).size).toBe(3);
  for (const base of bases) expect(base % 20).toBe(0);
});

test('a block stays its cluster’s while a program has not taken its ports yet', async () => {
  const first = await take(undefined, 3);
  await freePortsAgain(first);
  const second = await take(undefined, 3);
  expect(second.base).not.toBe(first.base);
});

test('more nodes than a block holds take more blocks', async () => {
  const { base, servers } = await take(undefined, 30);
  expect(servers).toHaveLength(30);
  expect((await take(undefined, 3)).base).not.toBe(base);
});

test('a block that was asked for is that block or an error with the next one', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(takePorts(port - 3, 3)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(`port ${port} is taken`) as string,
    hint: expect.stringContaining(`--base-port ${port - 3 + 20}`) as string,
  });
  server.close();
});

test('the base itself is no node’s: who asks for a block gets it without', async () => {
  const first = await take(undefined, 2);
  await freePortsAgain(first);
  expect(await take(first.base, 2)).toMatchObject({ base: first.base, guard: undefined });
});
