import { describe, expect, test, vi } from 'vitest';
import { Definite, type Op, type Outcome, type Value } from '../base/operation.ts';
import type { Client, NodeInfo, Target } from '../system/system.ts';
import { ClusterSession } from './session.ts';

const READ: Op = { f: 'read', key: 1, value: null };
const WRITE: Op = { f: 'write', key: 1, value: 5 };
const ADD: Op = { f: 'add', key: 1, value: 5 };
const TXN: Op = { f: 'txn', key: 1, value: [['r', 1, null]] };

/** A target whose clients answer as the test says, and that counts its connections. */
class Fake {
  connections = 0;
  refuse = false;
  answer: () => Promise<Outcome | Value> = async () => null;
  lose: () => void = () => {};
  readonly closed: number[] = [];

  session(timeoutMs = 200): ClusterSession {
    const target = { connect: () => this.#connect() } as unknown as Target;
    return new ClusterSession(target, {} as NodeInfo, timeoutMs);
  }

  async #connect(): Promise<Client> {
    if (this.refuse) throw new Error('nobody listens');
    const number = ++this.connections;
    return {
      invoke: () => this.answer(),
      close: async () => void this.closed.push(number),
      closed: new Promise((resolve) => (this.lose = resolve)),
    };
  }
}

const up = (session: ClusterSession): Promise<void> =>
  new Promise((resolve) => session.onUp(resolve));
const submit = (session: ClusterSession, op: Op): Promise<Outcome> =>
  new Promise((resolve) => session.submit(op, resolve));

describe('a session', () => {
  const cases: [string, Op, () => Promise<Outcome | Value>, Outcome][] = [
    ['a value is ok', READ, async () => 7, { type: 'ok', value: 7 }],
    ['absent is ok', READ, async () => null, { type: 'ok', value: null }],
    ['a list is ok', READ, async () => [1, 2], { type: 'ok', value: [1, 2] }],
    ['a result', ADD, async () => 3, { type: 'ok', value: 5, result: 3 }],
    ['what a write says beside', WRITE, async () => 'OK', { type: 'ok', value: 5 }],
    ['a transaction', TXN, async () => [['r', 1, [7]]], { type: 'ok', value: [['r', 1, [7]]] }],
    ['an outcome', WRITE, async () => ({ type: 'info', error: 'x' }), { type: 'info', error: 'x' }],
    [
      'Definite fails',
      WRITE,
      () => Promise.reject(new Definite('mismatch', 4)),
      { type: 'fail', error: 'mismatch', observed: 4 },
    ],
    [
      'Definite without a look',
      WRITE,
      () => Promise.reject(new Definite('refused')),
      { type: 'fail', error: 'refused' },
    ],
    [
      'any other throw is info',
      WRITE,
      () => Promise.reject(new Error('reset')),
      { type: 'info', error: 'connection lost' },
    ],
    [
      'of a read, fail',
      READ,
      () => Promise.reject(new Error('reset')),
      { type: 'fail', error: 'connection lost' },
    ],
    ['silence is info', WRITE, () => new Promise(() => {}), { type: 'info', error: 'timeout' }],
    ['of a read, fail', READ, () => new Promise(() => {}), { type: 'fail', error: 'timeout' }],
  ];
  test.each(cases)('%s (%o)', async (_, op, answer, outcome) => {
    const fake = new Fake();
    fake.answer = answer;
    const session = fake.session();
    await up(session);
    expect(await submit(session, op)).toEqual(outcome);
    session.close();
  });

  test('after a lost operation comes a new connection, and nothing is sent again', async () => {
    const fake = new Fake();
    let asked = 0;
    fake.answer = () => (++asked, Promise.reject(new Error('reset')));
    const session = fake.session();
    const ups = vi.fn();
    session.onUp(ups);
    await up(session);
    await submit(session, WRITE);
    expect(fake.closed).toEqual([1]);
    expect(await submit(session, WRITE)).toEqual({ type: 'fail', error: 'not connected' });
    await vi.waitFor(() => expect(ups).toHaveBeenCalledTimes(2));
    expect({ asked, connections: fake.connections }).toEqual({ asked: 1, connections: 2 });
    session.close();
    expect(fake.closed).toEqual([1, 2]);
  });

  test('a connection that is lost while idle is replaced', async () => {
    const fake = new Fake();
    const session = fake.session();
    const ups = vi.fn();
    session.onUp(ups);
    await up(session);
    fake.lose();
    await vi.waitFor(() => expect(ups).toHaveBeenCalledTimes(2));
    session.close();
  });

  test('tries until somebody listens', async () => {
    const fake = new Fake();
    fake.refuse = true;
    const session = fake.session();
    setTimeout(() => (fake.refuse = false), 150);
    await up(session);
    expect(fake.connections).toBe(1);
    session.close();
  });

  test('an answer after the time-out changes nothing', async () => {
    const fake = new Fake();
    let late: (value: Value) => void = () => {};
    fake.answer = () => new Promise((resolve) => (late = resolve));
    const session = fake.session(50);
    await up(session);
    const done = vi.fn();
    session.submit(WRITE, done);
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    late(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(done.mock.calls).toEqual([[{ type: 'info', error: 'timeout' }]]);
    session.close();
  });

  test('closed in an operation, it never calls back', async () => {
    const fake = new Fake();
    fake.answer = () => new Promise(() => {});
    const session = fake.session(30);
    await up(session);
    const done = vi.fn();
    session.submit(WRITE, done);
    session.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(done).not.toHaveBeenCalled();
  });
});
