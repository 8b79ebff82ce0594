import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Writer } from '../../base/bytes.ts';
import type { Fault } from '../../faults/fault.ts';
import type { NodeInfo, SystemEvent } from '../../system/system.ts';
import { WrongNode } from '../../system/wrong-node.ts';
import { writeReply } from '../../wire/resp-write.ts';
import type { Reply } from '../../wire/resp.ts';
import { RequestParser } from '../../wire/resp-request.ts';
import { ClusterSession } from '../session.ts';
import { ask, command, connectTo, statusOf } from './hermes-admin.ts';
import { FAULTS } from './hermes-faults.ts';
import { MEMBERS } from './hermes-members.ts';
import { hermesTarget } from './hermes.ts';

/** A server that says who it is, and notes what it is asked. */
class FakeReplica {
  who: string | undefined;
  readonly asked: string[] = [];
  readonly server: Server;

  constructor(who: string | undefined) {
    this.who = who;
    this.server = createServer((socket) => {
      const parser = new RequestParser();
      socket.on('error', () => {});
      socket.on('data', (piece) => {
        parser.push(piece as Buffer);
        for (let args = parser.next(); args !== undefined; args = parser.next()) {
          const text = args.map((arg) => arg.toString('utf8')).join(' ');
          this.asked.push(text);
          const out = new Writer(64);
          writeReply(out, this.#reply(text), 2);
          socket.write(Buffer.from(out.view()));
        }
      });
    });
  }

  #reply(text: string): Reply {
    if (text === 'HERMES WHO')
      return this.who === undefined
        ? { type: 'error', code: 'ERR', message: "unknown command 'HERMES'" }
        : { type: 'bulk', value: Buffer.from(this.who) };
    if (text === 'HERMES STATUS')
      return { type: 'bulk', value: Buffer.from('{"state":"serving"}') };
    return { type: 'simple', text: 'OK' };
  }
}

const open: FakeReplica[] = [];
afterEach(() => {
  for (const { server } of open.splice(0)) server.close();
});

async function at(who: string | undefined): Promise<{ fake: FakeReplica; node: NodeInfo }> {
  const fake = new FakeReplica(who);
  open.push(fake);
  await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
  const { port } = fake.server.address() as AddressInfo;
  const node = { name: 'n2', run: 'r', cluster: 'mine', host: '127.0.0.1', port };
  return { fake, node: node as unknown as NodeInfo };
}

const late = (): AbortSignal => AbortSignal.timeout(2000);
const MINE = '{"cluster":"mine","name":"n2"}';

test('whoever is asked first says who it is, once a connection', async () => {
  const { fake, node } = await at(MINE);
  expect(await statusOf(node, late())).toEqual({ state: 'serving' });
  const client = await connectTo(node, late());
  await client.request(['GET', 'a']);
  await client.request(['GET', 'b']);
  client.close();
  expect(fake.asked).toEqual(['HERMES WHO', 'HERMES STATUS', 'HERMES WHO', 'GET a', 'GET b']);
});

test.each([
  ['{"cluster":"theirs","name":"n2"}', 'another cluster'],
  ['{"cluster":"mine","name":"n3"}', 'n3 of the same cluster'],
  ['not json', 'no replica of ours'],
  [undefined, 'no replica of ours'],
])('%s is a stranger: it is asked nothing else', async (who, found) => {
  const { fake, node } = await at(who);
  const asked = [
    statusOf(node, late()),
    command(node, ['HERMES', 'LEAVE'], late()),
    MEMBERS.leave(node, AbortSignal.timeout(200)),
    FAULTS.undo(node, { kind: 'disk' } as Fault, late()),
    ask(node, ['HERMES', 'PEEK', 'k1'], late()),
    connectTo(node, late()),
  ];
  for (const each of await Promise.allSettled(asked))
    expect(each).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining(`the address of n2 leads to ${found}`) },
    });
  expect(new Set(fake.asked)).toEqual(new Set(['HERMES WHO']));
  await expect(connectTo(node, late())).rejects.toThrow(WrongNode);
});

test('over a socket what was asked of a stranger goes unanswered', async () => {
  const { fake, node } = await at('{"cluster":"theirs","name":"n2"}');
  const { port } = node;
  const folder = await mkdtemp(join(tmpdir(), 'hermes-stranger-'));
  const socket = join(folder, 'n2.sock');
  const way = createServer((client) => {
    client.pipe(connect(port, '127.0.0.1')).pipe(client);
  });
  await new Promise<void>((resolve) => way.listen(socket, resolve));
  const client = await connectTo({ ...node, socket }, late());
  await expect(client.request(['GET', 'a'])).rejects.toThrow('leads to another cluster');
  await client.closed;
  expect(fake.asked[0]).toBe('HERMES WHO');
  way.close();
  await rm(folder, { recursive: true });
});

test('one that says nothing is waited for no longer than asked', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const node = { name: 'n1', cluster: 'mine', host: '127.0.0.1', port } as unknown as NodeInfo;
  await expect(connectTo(node, AbortSignal.timeout(50))).rejects.toThrow(/connection lost/);
  server.close();
});

test('a session at a stranger is not connected, tells of it, and is up once the node is back', async () => {
  const { fake, node } = await at('{"cluster":"theirs","name":"n2"}');
  const told: SystemEvent[] = [];
  const target = hermesTarget({ protocol: 'hermes' });
  const session = new ClusterSession(target, node, 1000, ({ message }) =>
    told.push({ type: 'note', text: message }),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  const op = { f: 'write', key: 1, value: 5 } as const;
  const outcome = await new Promise((done) => session.submit(op, done));
  expect(outcome).toEqual({ type: 'fail', error: 'not connected' });
  expect(told[0]).toEqual({ type: 'note', text: 'the address of n2 leads to another cluster' });
  fake.who = MINE;
  await new Promise<void>((up) => session.onUp(up));
  expect(await new Promise((done) => session.submit(op, done))).toMatchObject({ type: 'ok' });
  session.close();
  expect(fake.asked.filter((text) => text !== 'HERMES WHO')).toHaveLength(1);
});
