import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { Rpc, RpcClosed, type Handler } from './rpc.ts';

function pair(handler: Handler): { caller: Rpc; callee: Rpc; toCallee: PassThrough } {
  const toCallee = new PassThrough();
  const toCaller = new PassThrough();
  return {
    callee: new Rpc(toCallee, toCaller, handler),
    caller: new Rpc(toCaller, toCallee),
    toCallee,
  };
}

describe('calls over JSON lines', () => {
  test('answers find their questions, whatever the order', async () => {
    const { caller } = pair(async (op, args) => {
      await new Promise((resolve) => setTimeout(resolve, (args as { ms: number }).ms));
      return op;
    });
    const answers = [caller.call('slow', { ms: 20 }), caller.call('quick', { ms: 0 })];
    expect(await Promise.race(answers)).toBe('quick');
    expect(await Promise.all(answers)).toEqual(['slow', 'quick']);
  });

  test('an error keeps its message; a UserError stays one, with its hint', async () => {
    const { caller } = pair((op) => {
      throw op === 'user' ? new UserError('taken', 'take another') : new TypeError('broken');
    });
    await expect(caller.call('user')).rejects.toMatchObject({
      name: 'UserError',
      message: 'taken',
      hint: 'take another',
    });
    await expect(caller.call('ours')).rejects.toThrow('broken');
    await expect(caller.call('ours')).rejects.not.toBeInstanceOf(UserError);
  });

  test('events come in order', async () => {
    const { caller, callee } = pair(() => 'done');
    const events: unknown[] = [];
    caller.onEvent = (event) => events.push(event);
    callee.emit({ n: 1 });
    callee.emit({ n: 2 });
    await caller.call('anything');
    expect(events).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('lines may come in pieces', async () => {
    const ops: string[] = [];
    const { toCallee, callee } = pair((op) => void ops.push(op));
    for (const piece of ['{"id":1,"o', 'p":"a"}\n{"id":2,"op":"b"}', '\n']) toCallee.write(piece);
    toCallee.end();
    await callee.closed;
    expect(ops).toEqual(['a', 'b']);
  });

  test('when the stream ends, open calls are rejected, and later ones too', async () => {
    const { caller, callee } = pair(() => new Promise(() => {}));
    const open = caller.call('never');
    callee.close();
    await expect(open).rejects.toBeInstanceOf(RpcClosed);
    await expect(caller.call('late')).rejects.toBeInstanceOf(RpcClosed);
    await caller.closed;
  });

  test.each(['nonsense\n', '7\n', '{"op":"a"}\n', 'null\n', 'x'.repeat(5_000_000)])(
    'garbage ends the connection (%#)',
    async (garbage) => {
      const { toCallee, callee } = pair(() => expect.fail('was called'));
      toCallee.write(garbage);
      await callee.closed;
    },
  );

  test('an answer to no question is nobody’s', async () => {
    const { toCallee, callee, caller } = pair(() => 1);
    toCallee.write('{"id":77,"result":5}\n');
    expect(await caller.call('one')).toBe(1);
    callee.close();
  });
});
