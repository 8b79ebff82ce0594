import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, NodeRef, Result } from '../../base/operation.ts';
import {
  type Config,
  type Effects,
  HOST_TIMING,
  NO_EFFECTS,
  type ProtocolEvent,
} from '../machine.ts';
import { type Membership, firstView } from '../membership.ts';
import { PROTOCOL_NAMES, loadProtocol } from '../protocols.ts';
import { HERMES_BUGS } from './bugs.ts';
import type { HermesMessage, Inv } from './messages.ts';
import { HERMES_OPTIONS } from './options.ts';
import { fixedHermes as hermes } from './protocol.ts';
import { hermesReplica } from './replica.ts';
import { ownerOf } from './timestamp.ts';

type Sent = { from: NodeRef; to: number; message: HermesMessage };

/** Some replicas and the messages between them, which move when a test says so. */
class Cluster {
  readonly states;
  readonly flights: Sent[] = [];
  readonly answers = new Map<number, Result[]>();
  readonly events: ProtocolEvent[] = [];
  readonly incarnations: number[];
  sent = 0;
  nowUs = 0;
  #requests = 0;

  constructor(count: number, config: Partial<Config> = {}, incarnations: number[] = []) {
    const members = Array.from({ length: count }, (_, id) => id);
    this.incarnations = members.map((id) => incarnations[id] ?? 1);
    this.states = members.map((self) =>
      hermes.machine.init(
        { members, timing: HOST_TIMING, options: {}, bugs: new Set(), seed: 1, ...config, self },
        { incarnation: this.incarnations[self] as number, records: [] },
        0,
        this.#out(self),
      ),
    );
  }

  #out(self: number): Effects<HermesMessage, never> {
    return {
      send: (to, message) => {
        this.sent++;
        const from = { id: self, inc: this.incarnations[self] as number };
        this.flights.push({ from, to, message });
      },
      reply: (id, result) => {
        this.answers.set(id, [...(this.answers.get(id) ?? []), result]);
      },
      append: () => 0,
      checkpoint: () => 0,
      reborn() {},
      setTimer() {},
      cancelTimer() {},
      event: (event) => {
        this.events.push(event);
      },
    };
  }

  request(node: number, command: Command): number {
    const id = ++this.#requests;
    this.#step(node, { kind: 'request', id, command, deadlineUs: Infinity });
    return id;
  }

  #step(node: number, input: Parameters<typeof hermes.machine.step>[1]): void {
    hermes.machine.step(this.states[node]!, input, this.nowUs, this.#out(node));
  }

  message(node: number, from: NodeRef, message: HermesMessage): void {
    this.#step(node, { kind: 'message', from, message });
  }

  timer(node: number, timer: string): void {
    this.#step(node, { kind: 'timer', timer });
  }

  /** Delivers in order until nothing is under way. */
  settle(): void {
    for (let next = this.flights.shift(); next !== undefined; next = this.flights.shift())
      this.message(next.to, next.from, next.message);
  }
}

const b = (text: string) => Buffer.from(text);
const set = (value: string, key = 'k'): Command => ({ f: 'set', key, value: b(value) });
const get = (key = 'k'): Command => ({ f: 'get', key });

describe('message counts', () => {
  test.each([2, 3, 5, 7])('%i nodes: a write answers after n−1 INV and n−1 ACK', (n) => {
    const c = new Cluster(n);
    const id = c.request(0, set('a'));
    expect(c.flights.map((f) => f.message.kind)).toEqual(Array(n - 1).fill('INV'));
    for (const inv of c.flights.splice(0)) c.message(inv.to, inv.from, inv.message);
    expect(c.flights.map((f) => f.message.kind)).toEqual(Array(n - 1).fill('ACK'));
    for (const ack of c.flights.splice(0)) {
      expect(c.answers.has(id)).toBe(false);
      c.message(ack.to, ack.from, ack.message);
    }
    expect(c.answers.get(id)).toEqual([{ type: 'done' }]);
    c.settle();
    expect(c.sent).toBe(3 * (n - 1));
  });

  test('the same INV goes to all: a host encodes it once', () => {
    const c = new Cluster(5);
    c.request(0, set('a'));
    expect(new Set(c.flights.map((f) => f.message)).size).toBe(1);
  });

  test('a Valid read sends nothing, of a written key and of one never written', () => {
    const c = new Cluster(3);
    c.request(0, set('a'));
    c.settle();
    const before = c.sent;
    for (const node of [0, 1, 2]) {
      expect(c.answers.get(c.request(node, get()))).toEqual([{ type: 'value', value: b('a') }]);
      expect(c.answers.get(c.request(node, get('never')))).toEqual([
        { type: 'value', value: null },
      ]);
    }
    expect(c.sent).toBe(before);
    expect(c.states[0]!.core.keys.has('never')).toBe(false);
  });

  test('updates of different keys never wait for each other', () => {
    const c = new Cluster(3);
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    for (const key of keys) c.request(0, set('a', key));
    expect(c.sent).toBe(2 * keys.length);
  });

  test('a node alone completes at once', () => {
    const c = new Cluster(1);
    expect(c.answers.get(c.request(0, set('a')))).toEqual([{ type: 'done' }]);
    const add = c.request(0, { f: 'add', key: 'n', delta: 5n });
    expect(c.answers.get(add)).toEqual([{ type: 'integer', value: 5n }]);
    expect(c.sent).toBe(0);
  });
});

test('a write never fails by conflict, at any contention; the replicas agree in the end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 5, maxLength: 60 }), fc.nat(), (at, seed) => {
      const c = new Cluster(5, { seed });
      const ids = at.map((node, i) => {
        const id = c.request(node, set(`v${i}`));
        // Some of what is under way arrives between two requests.
        for (let n = (i * 7 + seed) % 4; n > 0 && c.flights.length > 0; n--) {
          const [next] = c.flights.splice((i * 13) % c.flights.length, 1);
          c.message(next!.to, next!.from, next!.message);
        }
        return id;
      });
      c.settle();
      for (const id of ids) expect(c.answers.get(id)).toEqual([{ type: 'done' }]);
      const peeks = c.states.map((s) => hermes.peek(s, 'k'));
      expect(peeks[0]!.state).toBe('V');
      for (const peek of peeks) expect(peek).toEqual(peeks[0]);
    }),
    { numRuns: 60 },
  );
});

test('acknowledgements of ids above 31 count like all others', () => {
  const c = new Cluster(64);
  const id = c.request(40, set('a'));
  const invs = c.flights.splice(0);
  for (const inv of invs) c.message(inv.to, inv.from, inv.message);
  const acks = c.flights.splice(0);
  const last = acks.pop()!;
  for (const ack of acks) c.message(ack.to, ack.from, ack.message);
  expect(c.answers.has(id)).toBe(false);
  c.message(last.to, last.from, last.message);
  expect(c.answers.get(id)).toEqual([{ type: 'done' }]);
});

test('with O3 and 64 nodes the last acknowledgement validates', () => {
  const c = new Cluster(64, { options: { o3: true } });
  c.request(3, set('a'));
  c.settle();
  expect(c.states.every((s) => hermes.peek(s, 'k').state === 'V')).toBe(true);
});

test('O2 draws virtual ids of the node; without it, and without chance, there is one', () => {
  const drawn = (config: Partial<Config>) => {
    const c = new Cluster(2, config);
    for (let i = 0; i < 200; i++) c.request(1, set('a', `k${i}`));
    const ids = [...c.states[1]!.core.keys.values()].map((rec) => rec.ts.c);
    expect(ids.every((id) => ownerOf(id) === 1)).toBe(true);
    return new Set(ids).size;
  };
  expect(drawn({})).toBe(20);
  expect(drawn({ options: { o2: false } })).toBe(1);
  expect(drawn({ seed: undefined })).toBe(1);
});

test('W (rmw), VAL of its timestamp: the update is committed, and answered', () => {
  const c = new Cluster(2, { seed: undefined });
  const id = c.request(0, { f: 'append', key: 'k', value: b('x') });
  const { ts } = c.flights[0]!.message as Inv;
  c.message(0, { id: 1, inc: 1 }, { kind: 'VAL', key: 'k', epoch: 1, ts });
  expect(c.answers.get(id)).toEqual([{ type: 'integer', value: 1n }]);
  expect(hermes.peek(c.states[0]!, 'k').state).toBe('V');
});

test('a restarted node is in no view: it refuses everything, and says so', () => {
  const c = new Cluster(3, {}, [1, 1, 2]);
  c.request(0, set('a'));
  c.settle();
  for (const command of [get(), set('b'), { f: 'add', key: 'k', delta: 1n } as const])
    expect(c.answers.get(c.request(2, command))).toMatchObject([{ code: 'NOTMEMBER' }]);
  const status = hermes.machine.status(c.states[2]!, 0);
  expect(status).toMatchObject({ state: 'not-member', role: 'none', epoch: 0, members: [] });
  expect(status.counters['dropped']).toBe(1);
  expect(hermes.peek(c.states[2]!, 'k')).toEqual({ value: null, ts: '0', state: 'I' });
});

test('answered requests are forgotten, however long the oldest waits', () => {
  const c = new Cluster(2);
  c.request(0, set('stuck', 'stuck'));
  c.flights.length = 0;
  for (let i = 0; i < 2000; i++) {
    c.request(0, set('a'));
    c.settle();
  }
  expect(c.answers.size).toBe(2000);
  expect(c.states[0]!.core.open.length).toBeLessThan(200);
});

test('status counts keys by state', () => {
  const c = new Cluster(2);
  c.request(0, set('a', 'x'));
  c.settle();
  c.request(0, set('a', 'y'));
  c.message(1, { id: 0, inc: 1 }, c.flights[0]!.message);
  expect(hermes.machine.status(c.states[0]!, 0)).toMatchObject({
    state: 'serving',
    role: 'full',
    epoch: 1,
    leaseLeftUs: null,
    keys: { V: 1, W: 1, I: 0, all: 2 },
    counters: { writes: 2, commits: 1 },
  });
  expect(hermes.machine.status(c.states[1]!, 0).keys).toMatchObject({ V: 1, I: 1 });
});

test('nobody listens: no event is built but that of a view, which every log tells', () => {
  const quiet: Effects<HermesMessage, never> = {
    ...NO_EFFECTS,
    event({ type }) {
      if (type !== 'install') throw new Error(`an event: ${type}`);
    },
  };
  const c = new Cluster(3);
  const state = hermes.machine.init(
    c.states[0]!.core.config,
    { incarnation: 1, records: [] },
    0,
    quiet,
  );
  const step = (input: Parameters<typeof hermes.machine.step>[1]) =>
    hermes.machine.step(state, input, 0, quiet);
  const from = { id: 1, inc: 1 };
  const ts = { v: 9, c: 1, g: 1 };
  const inv = { kind: 'INV', key: 'k', epoch: 1, ts, rmw: false, value: null, re: false } as const;
  step({ kind: 'request', id: 1, command: get(), deadlineUs: Infinity });
  step({ kind: 'request', id: 2, command: set('a'), deadlineUs: Infinity });
  step({ kind: 'message', from, message: inv });
  step({ kind: 'message', from, message: { ...inv, epoch: 2 } });
  step({ kind: 'request', id: 3, command: get(), deadlineUs: Infinity });
  step({ kind: 'message', from, message: { kind: 'VAL', key: 'k', epoch: 1, ts } });
  step({ kind: 'timer', timer: 'retransmit k' });
});

/** Whatever a peer may send within the codec, about one key. */
const ts = fc.record({ v: fc.nat(4), c: fc.nat(3), g: fc.nat(2) });
const head = { key: fc.constant('k'), epoch: fc.integer({ min: 0, max: 2 }), ts };
const anything: fc.Arbitrary<HermesMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('INV' as const),
    ...head,
    rmw: fc.boolean(),
    value: fc.option(fc.uint8Array({ maxLength: 2 })),
    re: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('ACK' as const), ...head, sup: fc.boolean() }),
  fc.record({ kind: fc.constant('VAL' as const), ...head }),
);
const input = fc.oneof(
  fc.record({ f: fc.constant('message' as const), from: fc.nat(3), inc: fc.nat(2), m: anything }),
  fc.record({ f: fc.constant('request' as const), which: fc.nat(3) }),
  fc.record({
    f: fc.constant('timer' as const),
    timer: fc.constantFrom('retransmit k', 'replay k', 'retry k', 'deadline', 'other', 'no k', ''),
  }),
);

test('a step is total on whatever peers send, and no request is answered twice', () => {
  const commands: Command[] = [
    get(),
    set('a'),
    { f: 'append', key: 'k', value: b('b') },
    { f: 'delete', key: 'k' },
  ];
  const options = fc.record({
    o3: fc.boolean(),
    x1: fc.boolean(),
    x2: fc.boolean(),
    x3: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60 }), options, (inputs, opts) => {
      const c = new Cluster(3, { options: opts });
      for (const i of inputs) {
        c.nowUs += 1000;
        if (i.f === 'message') c.message(0, { id: i.from, inc: i.inc }, i.m);
        else if (i.f === 'request') c.request(0, commands[i.which]!);
        else c.timer(0, i.timer);
        const bytes = hermes.machine.save(c.states[0]!);
        const loaded = hermes.machine.load(bytes, c.states[0]!.core.config);
        expect(Buffer.compare(hermes.machine.save(loaded), bytes)).toBe(0);
      }
      for (const answers of c.answers.values()) expect(answers.length).toBe(1);
    }),
    { numRuns: 200 },
  );
});

describe('the port of a membership', () => {
  interface Probe {
    readonly kind: 'PROBE';
  }
  const told: string[] = [];
  const probing: Membership<{ steps: number }, Probe, string, string> = {
    init(config, _boot, _nowUs, out, port) {
      port.view(firstView(config.members));
      port.lease(1000);
      out.setTimer('membership tick', 1);
      return { steps: 0 };
    },
    step(s, got, _nowUs, out) {
      s.steps++;
      told.push(got.kind);
      if (got.kind === 'message') out.append('seen');
    },
    suspect: (_s, ref) => told.push(`suspect ${ref.id}/${ref.inc}`),
    behind: (_s, epoch, from) => told.push(`behind ${epoch} from ${from.id}`),
    caughtUp: () => told.push('caught up'),
    standing: () => ({ left: false }),
    save: (s, w) => w.uint(s.steps),
    load: (r) => ({ steps: r.uint() }),
  };
  const machine = hermesReplica(probing);
  const log: string[] = [];
  const out: Effects<HermesMessage | Probe, string> = {
    send() {},
    reply: (id, result) => log.push(`${id}: ${'code' in result ? result.code : result.type}`),
    append: (record) => log.push(record),
    checkpoint: () => 0,
    reborn() {},
    setTimer: (timer) => log.push(timer),
    cancelTimer() {},
    event() {},
  };
  const config: Config = {
    self: 0,
    members: [0, 1],
    timing: HOST_TIMING,
    options: { suspectAfter: 1 },
    bugs: new Set(),
    seed: undefined,
  };
  const from = { id: 1, inc: 1 };

  test('its messages, timers, durable and admin go to it, hints too; its state is saved', () => {
    let s = machine.init(config, { incarnation: 1, records: [] }, 0, out);
    expect(log.splice(0)).toEqual(['membership tick']);
    machine.step(s, { kind: 'message', from, message: { kind: 'PROBE' } }, 0, out);
    expect(log.splice(0)).toEqual(['seen']);
    machine.step(s, { kind: 'timer', timer: 'membership tick' }, 0, out);
    machine.step(s, { kind: 'durable', lsn: 1 }, 0, out);
    machine.step(s, { kind: 'admin', id: 7, command: 'x' }, 0, out);
    expect(told.splice(0)).toEqual(['message', 'timer', 'durable', 'admin']);
    s = machine.load(machine.save(s), config);
    expect(s.membership.steps).toBe(4);
    const val = { kind: 'VAL', key: 'k', epoch: 4, ts: { v: 1, c: 1, g: 1 } } as const;
    machine.step(s, { kind: 'message', from, message: val }, 0, out);
    machine.step(s, { kind: 'request', id: 1, command: set('a'), deadlineUs: Infinity }, 0, out);
    machine.step(s, { kind: 'timer', timer: 'retransmit k' }, 100, out);
    machine.step(s, { kind: 'timer', timer: 'retransmit k' }, 200, out);
    expect(told.splice(0)).toEqual(['behind 4 from 1', 'suspect 1/1']);
  });

  test('the lease ends when it says', () => {
    const s = machine.init(config, { incarnation: 1, records: [] }, 0, out);
    log.length = 0;
    machine.step(s, { kind: 'request', id: 1, command: get(), deadlineUs: Infinity }, 999, out);
    machine.step(s, { kind: 'request', id: 2, command: get(), deadlineUs: Infinity }, 1000, out);
    expect(log).toEqual(['1: value', '2: NOTSERVING']);
    expect(machine.status(s, 400)).toMatchObject({ state: 'serving', leaseLeftUs: 600 });
    expect(machine.status(s, 1000)).toMatchObject({ state: 'no-lease', leaseLeftUs: 0 });
  });
});

describe('what commands list', () => {
  test('protocols by name', () => {
    expect(PROTOCOL_NAMES).toContain('hermes');
    expect(PROTOCOL_NAMES.every((name) => loadProtocol(name)?.name === name)).toBe(true);
    expect(loadProtocol('zab')).toBeUndefined();
    expect(loadProtocol('toString')).toBeUndefined();
  });

  test('bugs have names and numbers of their own, and name options that exist', () => {
    const names = HERMES_BUGS.map((bug) => bug.name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(HERMES_BUGS.map((bug) => bug.zoo)).size).toBe(names.length);
    for (const bug of hermes.bugs) {
      expect(bug.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      for (const option of Object.keys(bug.options ?? {}))
        expect(Object.keys(HERMES_OPTIONS)).toContain(option);
    }
  });

  test('the fixed membership keeps no log', () => {
    expect(hermes.records.decode(undefined as never)).toBeUndefined();
    hermes.records.encode(undefined as never, undefined as never);
  });
});
