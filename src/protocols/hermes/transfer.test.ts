import { describe, expect, test } from 'vitest';
import type { NodeRef } from '../../base/operation.ts';
import { type Config, type Effects, HOST_TIMING } from '../machine.ts';
import { type View, firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import { newCore, onMessage, onTimer } from './core.ts';
import { install } from './install.ts';
import { RUN_KEYS } from './listing.ts';
import type { Chunk, ChunkRequest, HermesMessage } from './messages.ts';
import { peekCore } from './peek.ts';
import { type Core, type KeyRec, recordOf } from './state.ts';
import { TRANSFER_TIMER } from './transfer.ts';

const one = firstView([0, 1, 2]);
/** n3 restarted and copies from n1 or n2. */
const two = nextView(one, one.full.slice(0, 2), [{ id: 2, inc: 2 }]);

/** A data path and what it sent. */
class Lone {
  readonly core: Core;
  sent: { to: number; message: HermesMessage }[] = [];
  caughtUp = 0;

  readonly ref: NodeRef;

  constructor(ref: NodeRef, ...views: View[]) {
    this.ref = ref;
    const config: Config = {
      self: ref.id,
      members: [0, 1, 2],
      timing: HOST_TIMING,
      options: {},
      bugs: new Set(),
      seed: undefined,
    };
    this.core = newCore(config, ref.inc, {
      send: (to: number, message: HermesMessage) => this.sent.push({ to, message }),
      reply() {},
      setTimer() {},
      cancelTimer() {},
      event() {},
      reborn() {},
    } as unknown as Effects<HermesMessage, never>);
    this.core.hints = { suspect() {}, behind() {}, caughtUp: () => this.caughtUp++ };
    for (const view of views) install(this.core, view);
  }

  hold(key: string, v: number, change: Partial<KeyRec> = {}): void {
    const value = Buffer.from(`${key}@${v}`);
    const ts = { v, c: 0, g: 1 };
    Object.assign(recordOf(this.core, key), { ts, value, state: 'V', ...change });
  }

  get(from: Lone, message: HermesMessage): { to: number; message: HermesMessage }[] {
    this.sent = [];
    onMessage(this.core, from.ref, message);
    return this.sent;
  }
}

const source = (...views: View[]): Lone => new Lone({ id: 0, inc: 1 }, ...views);
const other = (...views: View[]): Lone => new Lone({ id: 1, inc: 1 }, ...views);
const joiner = (): Lone => new Lone({ id: 2, inc: 2 }, two);
const request = (n: Lone): ChunkRequest => n.sent.at(-1)?.message as ChunkRequest;

/** Asks and answers until the joiner has it all; returns the chunks. */
function copy(from: Lone, to: Lone): Chunk[] {
  const chunks: Chunk[] = [];
  while (to.caughtUp === 0 && chunks.length < 100) {
    const [answer] = from.get(to, request(to));
    const chunk = answer?.message as Chunk;
    chunks.push(chunk);
    to.get(from, chunk);
  }
  return chunks;
}

describe('state transfer', () => {
  test('all keys, in byte order, in chunks of bounded number', () => {
    const s = source(one, two);
    const names = Array.from({ length: 1200 }, (_, i) => `k${(i * 7919) % 1200}`);
    for (const name of names) s.hold(name, 2);
    const x = joiner();
    const chunks = copy(s, x);
    expect(chunks.map(({ items }) => items.length)).toEqual([512, 512, 176]);
    expect(chunks.map(({ done, of }) => [done, of])).toEqual([
      [false, 1200],
      [false, 1200],
      [true, 1200],
    ]);
    const keys = chunks.flatMap(({ items }) => items.map(({ key }) => key));
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(x.core.keys.size).toBe(1200);
    expect(x.core.transfer).toMatchObject({ done: true, keys: 1200, of: 1200 });
  });

  test('many keys are put in order little by little, while the joiner asks', () => {
    const s = source(one, two);
    const count = 2 * RUN_KEYS + 10;
    for (let i = 0; i < count; i++) s.hold(`k${(i * 7919) % count}`, 2);
    const x = joiner();
    const chunks = copy(s, x);
    const empty = { items: [], cursor: null, next: null, done: false, of: count };
    expect(chunks.slice(0, 2)).toMatchObject([empty, empty]);
    expect(chunks[2]?.items.length).toBe(512);
    expect(x.core.keys.size).toBe(count);
    expect(x.core.transfer).toMatchObject({ done: true, keys: count });
  });

  test('chunks of bounded size', () => {
    const s = source(one, two);
    const value = new Uint8Array(100 * 1024);
    for (let i = 0; i < 8; i++) s.hold(`k${i}`, 2, { value });
    expect(copy(s, joiner()).map(({ items }) => items.length)).toEqual([3, 3, 2]);
  });

  test('an empty source: one chunk, done', () => {
    const chunks = copy(source(one, two), joiner());
    expect(chunks).toMatchObject([{ items: [], next: null, done: true }]);
  });

  test('tombstones and flags go along; a key that was never written does not', () => {
    const s = source(one, two);
    s.hold('deleted', 4, { value: null });
    s.hold('rmw', 3, { rmw: true, state: 'I' });
    recordOf(s.core, 'asked');
    const x = joiner();
    expect(copy(s, x).flatMap(({ items }) => items.map(({ key }) => key))).toEqual([
      'deleted',
      'rmw',
    ]);
    expect(x.core.keys.get('deleted')).toMatchObject({ value: null, ts: { v: 4 }, state: 'V' });
    expect(x.core.keys.get('rmw')).toMatchObject({ rmw: true, state: 'I' });
    expect(peekCore(x.core, 'asked').state).toBe('I');
  });

  test('merging is by maximum: what came as INV meanwhile stays, and is validated by an equal', () => {
    const s = source(one, two);
    for (const key of ['newer', 'same', 'same-invalid', 'older']) s.hold(key, 4);
    s.hold('same-invalid', 4, { state: 'I' });
    const x = joiner();
    x.hold('newer', 6, { state: 'I' });
    x.hold('same', 4, { state: 'I' });
    x.hold('same-invalid', 4, { state: 'I' });
    x.hold('older', 2, { state: 'I' });
    copy(s, x);
    const states = ['newer', 'same', 'same-invalid', 'older'].map((key) => peekCore(x.core, key));
    expect(states.map(({ ts, state }) => `${state} ${ts}`)).toEqual([
      'I 6.0',
      'V 4.0',
      'I 4.0',
      'V 4.0',
    ]);
  });

  test('no answer: the next source is asked, from where the copy stands', () => {
    const [s, t] = [source(one, two), other(one, two)];
    for (let i = 0; i < 600; i++) for (const n of [s, t]) n.hold(`k${1000 + i}`, 2);
    const x = joiner();
    expect(x.sent).toMatchObject([{ to: 0, message: { cursor: null } }]);
    x.get(s, s.get(x, request(x))[0]!.message);
    expect(x.sent).toMatchObject([{ to: 0, message: { cursor: 'k1511' } }]);
    x.sent = [];
    onTimer(x.core, TRANSFER_TIMER);
    expect(x.sent).toMatchObject([{ to: 1, message: { cursor: 'k1511' } }]);
    expect(copy(t, x).map(({ items }) => items.length)).toEqual([88]);
    expect(x.core.keys.size).toBe(600);
  });

  test('a chunk that is late, repeated, or of another epoch changes nothing', () => {
    const s = source(one, two);
    for (let i = 0; i < 600; i++) s.hold(`k${i}`, 2);
    const x = joiner();
    const first = s.get(x, request(x))[0]!.message as Chunk;
    x.get(s, { ...first, epoch: 1 });
    expect(x.core.keys.size).toBe(0);
    const [ask] = x.get(s, first);
    expect(x.get(s, first)).toEqual([]);
    const last = s.get(x, ask?.message as ChunkRequest)[0]!.message as Chunk;
    x.get(s, last);
    expect(x.core.keys.size).toBe(600);
    expect(x.get(s, last)).toEqual([]);
    expect(x.caughtUp).toBe(1);
    onTimer(x.core, TRANSFER_TIMER);
    expect(x.sent).toEqual([]);
  });

  test('R-7.1: a source answers in the epoch that counts the joiner, and as a full member only', () => {
    const x = joiner();
    expect(source(one).get(x, request(x))).toEqual([]);
    const three = nextView(two, two.full, [...two.shadow, { id: 3, inc: 1 }]);
    const shadow = new Lone({ id: 3, inc: 1 }, three);
    install(x.core, three);
    expect(shadow.get(x, request(x))).toEqual([]);
  });

  test('what was copied stays good over a view change; a full member copies nothing any more', () => {
    const s = source(one, two);
    for (let i = 0; i < 600; i++) s.hold(`k${i}`, 2);
    const x = joiner();
    x.get(s, s.get(x, request(x))[0]!.message);
    const three = nextView(two, [{ id: 0, inc: 1 }], two.shadow);
    for (const n of [s, x]) install(n.core, three);
    expect(request(x)).toMatchObject({ epoch: 3, cursor: x.core.transfer?.cursor });
    expect(copy(s, x).length).toBe(1);
    const four = nextView(three, [...three.full, ...three.shadow]);
    for (const n of [s, x]) install(n.core, four);
    expect(x.core.transfer).toBeUndefined();
    x.sent = [];
    onTimer(x.core, TRANSFER_TIMER);
    const late: Chunk = {
      kind: 'CHUNK',
      epoch: 4,
      cursor: null,
      items: [],
      next: null,
      done: true,
      of: 0,
    };
    expect(x.get(s, late)).toEqual([]);
  });
});
