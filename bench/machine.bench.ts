/**
 * How fast the Hermes machine is by itself: one node's share of the work, no sockets, no encoding.
 *
 *     node bench/machine.bench.ts
 *
 * `write` is a whole update at its coordinator (request, two ACKs, answer); `follow` the same update
 * at a follower (INV, VAL); `read` a read of a Valid key.
 */
import { HOST_TIMING, NO_EFFECTS, type Config, type Effects } from '../src/protocols/machine.ts';
import type { HermesMessage, Inv } from '../src/protocols/hermes/messages.ts';
import { fixedHermes } from '../src/protocols/hermes/protocol.ts';

const { machine } = fixedHermes;
const KEYS = Array.from({ length: 10_000 }, (_, i) => `key:${i}`);
const VALUE = Buffer.alloc(32, 'x');

let sent: HermesMessage | undefined;
let answers = 0;
const out: Effects<HermesMessage, never> = {
  ...NO_EFFECTS,
  send(_to, message) {
    sent = message;
  },
  reply() {
    answers++;
  },
};

function node(self: number) {
  const config: Config = {
    self,
    members: [0, 1, 2],
    timing: HOST_TIMING,
    options: {},
    bugs: new Set(),
    seed: 1,
  };
  return machine.init(config, { incarnation: 1, records: [] }, 0, out);
}

/** Operations per second of the best of five rounds of `count`. */
function measure(name: string, count: number, run: (i: number) => void): void {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < count; i++) run(i);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    best = Math.max(best, count / seconds);
  }
  console.log(`${name.padEnd(8)} ${Math.round(best / 1000)} k/s`);
}

const one = { id: 1, inc: 1 };
const two = { id: 2, inc: 1 };
const coordinator = node(0);
let now = 0;
measure('write', 500_000, (i) => {
  now += 10;
  const command = { f: 'set', key: KEYS[i % KEYS.length] as string, value: VALUE } as const;
  machine.step(coordinator, { kind: 'request', id: i, command, deadlineUs: now + 1e6 }, now, out);
  const { key, epoch, ts } = sent as Inv;
  const ack = { kind: 'ACK', key, epoch, ts, sup: false } as const;
  machine.step(coordinator, { kind: 'message', from: one, message: ack }, now, out);
  machine.step(coordinator, { kind: 'message', from: two, message: ack }, now, out);
});

const follower = node(1);
const zero = { id: 0, inc: 1 };
let version = 0;
measure('follow', 500_000, (i) => {
  const key = KEYS[i % KEYS.length] as string;
  if (i % KEYS.length === 0) version += 2;
  const ts = { v: version, c: 0, g: 1 };
  const inv = { kind: 'INV', key, epoch: 1, ts, rmw: false, value: VALUE, re: false } as const;
  machine.step(follower, { kind: 'message', from: zero, message: inv }, now, out);
  const val = { kind: 'VAL', key, epoch: 1, ts } as const;
  machine.step(follower, { kind: 'message', from: zero, message: val }, now, out);
});

measure('read', 2_000_000, (i) => {
  const command = { f: 'get', key: KEYS[i % KEYS.length] as string } as const;
  machine.step(follower, { kind: 'request', id: i, command, deadlineUs: now + 1e6 }, now, out);
});
console.log(`${answers} answers`);
