import { beforeAll, expect, test } from 'vitest';
import type { TraceEvent } from '../base/trace-event.ts';
import { HOST_TIMING, type Config, type Effects } from '../protocols/machine.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { MachineTrace } from './machine-trace.ts';
import type { AnyInput } from './step-codec.ts';
import { TakeAgain, type Taken } from './take-again.ts';

const hermes = loadProtocol('hermes')!;
const config: Config = {
  self: 0,
  members: [0],
  timing: HOST_TIMING,
  options: {},
  bugs: new Set(),
  seed: 7,
};

/** A lone replica with a trace, as its host runs it; durable at once. */
class TracedReplica implements Effects<unknown, unknown> {
  readonly events: TraceEvent[] = [];
  readonly quiet = false;
  readonly #trace: MachineTrace;
  readonly #timers = new Map<string, number>();
  #state: unknown;
  #lsn = 0;
  #synced = 0;
  #nowUs = 1_000_000;

  constructor() {
    this.#trace = new MachineTrace({
      protocol: hermes,
      node: 0,
      trueUs: () => this.#nowUs,
      emit: (event) => this.events.push(event),
    });
  }

  boot(incarnation: number, records: readonly Uint8Array[] = []): void {
    const nowUs = this.#nowUs;
    this.#trace.begin({ config, incarnation, nowUs, lsn: this.#lsn, records });
    this.#state = hermes.machine.init(config, { incarnation, records: [] }, nowUs, this);
    this.#trace.end(this.#state);
    this.#settle();
  }

  /** From here on, by its state. */
  resume(): void {
    const state = hermes.machine.save(this.#state);
    this.events.length = 0;
    this.#trace.begin({ config, incarnation: 1, nowUs: this.#nowUs, lsn: this.#lsn, state });
    this.#trace.end(this.#state);
  }

  take(input: AnyInput): void {
    this.#trace.input(input, this.#nowUs);
    hermes.machine.step(this.#state, input, this.#nowUs, this);
    this.#trace.end(this.#state);
    this.#settle();
  }

  /** Lets so much time pass, timers and all. */
  pass(us: number): void {
    const until = this.#nowUs + us;
    for (;;) {
      const [first] = [...this.#timers].toSorted((a, b) => a[1] - b[1]);
      if (first === undefined || first[1] > until) break;
      this.#timers.delete(first[0]);
      this.#nowUs = Math.max(this.#nowUs, first[1]);
      this.take({ kind: 'timer', timer: first[0] });
    }
    this.#nowUs = until;
  }

  #settle(): void {
    if (this.#synced === this.#lsn) return;
    this.#synced = this.#lsn;
    this.take({ kind: 'durable', lsn: this.#lsn });
  }

  send(to: number, message: unknown, after?: number): void {
    this.#trace.send(to, message, after);
  }
  reply(
    id: number,
    result: Parameters<Effects<unknown, unknown>['reply']>[1],
    after?: number,
  ): void {
    this.#trace.reply(id, result, after);
  }
  append(record: unknown): number {
    this.#trace.append(record);
    return ++this.#lsn;
  }
  checkpoint(records: readonly unknown[]): number {
    this.#trace.checkpoint(records);
    return ++this.#lsn;
  }
  reborn(): void {
    this.#trace.reborn();
  }
  setTimer(id: string, inUs: number): void {
    this.#trace.setTimer(id, inUs);
    this.#timers.set(id, this.#nowUs + inUs);
  }
  cancelTimer(id: string): void {
    this.#trace.cancelTimer(id);
    this.#timers.delete(id);
  }
  event(event: Parameters<Effects<unknown, unknown>['event']>[0]): void {
    this.#trace.event(event);
  }
}

function set(id: number, value: string): AnyInput {
  const command = { f: 'set', key: 'k0', value: Buffer.from(value) } as const;
  return { kind: 'request', id, command, deadlineUs: 100_000_000 };
}

function again(events: readonly TraceEvent[]): Taken {
  const taking = new TakeAgain(loadProtocol);
  for (const event of events) taking.take(JSON.parse(JSON.stringify(event)) as TraceEvent);
  return taking.taken;
}

const replica = new TracedReplica();

beforeAll(() => {
  replica.boot(1);
  replica.pass(300_000);
  for (let id = 1; id <= 20; id++) replica.take(set(id, `v${id}`));
  replica.take({ kind: 'request', id: 30, command: { f: 'get', key: 'k0' }, deadlineUs: 9e7 });
  replica.take({ kind: 'gone', id: 30 });
  replica.take({ kind: 'admin', id: -1, command: { f: 'leave' } });
  replica.pass(1_000_000);
});

test('a fresh machine repeats what was recorded, byte for byte', () => {
  const { lives, steps, bytes, deviations } = again(replica.events);
  expect(deviations).toEqual([]);
  expect({ lives, enough: steps > 40 && bytes > 500 }).toEqual({ lives: 1, enough: true });
  // And the trace is one that people read.
  expect(replica.events).toContainEqual(
    expect.objectContaining({ type: 'state', key: 'k0', to: 'V', value: 'v20' }),
  );
  expect(replica.events).toContainEqual(
    expect.objectContaining({ type: 'reply', op: 20, outcome: 'ok' }),
  );
});

test('so it does from the middle of a life', () => {
  const other = new TracedReplica();
  other.boot(1);
  other.pass(300_000);
  other.take(set(1, 'a'));
  other.resume();
  other.take(set(2, 'b'));
  other.pass(200_000);
  const { steps, deviations } = again(other.events);
  expect(deviations).toEqual([]);
  expect(steps).toBeGreaterThan(3);
});

test('any step of which an answer was changed is caught, and where', () => {
  const outputs = replica.events.flatMap((event, i) =>
    event.type === 'output' && event.bytes !== '' ? [i] : [],
  );
  expect(outputs.length).toBeGreaterThan(20);
  for (const at of outputs) {
    const tampered = replica.events.map((event, i) => {
      if (i !== at || event.type !== 'output') return event;
      const bytes = Buffer.from(event.bytes, 'base64');
      bytes[bytes.length - 1]! ^= 1;
      return { ...event, bytes: bytes.toString('base64') };
    });
    const { deviations } = again(tampered);
    expect(deviations.length).toBe(1);
    expect(deviations[0]?.at).toBe(replica.events[at]?.at);
  }
});

test('a missing input, a missing output, a life of another protocol are caught', () => {
  const asked = replica.events.findIndex((event) => event.type === 'request' && event.op === 30);
  const input = replica.events.slice(0, asked).findLastIndex(({ type }) => type === 'input');
  const output = replica.events.findIndex(({ type }, i) => type === 'output' && i > asked);
  const without = (at: number): Taken => again(replica.events.filter((_, i) => i !== at));
  expect(without(input).deviations[0]?.what).toBe('an output without an input');
  expect(without(output).deviations[0]?.what).toBe('the output of the step before is missing');
  const foreign = replica.events.map((event) =>
    event.type === 'boot' ? { ...event, protocol: 'raft' } : event,
  );
  expect(again(foreign).deviations[0]?.what).toBe('there is no protocol "raft"');
});

test('a read that was answered with something else is caught', () => {
  const written = replica.events.findIndex(
    (event) => event.type === 'input' && Buffer.from(event.bytes, 'base64').includes('v20'),
  );
  const other = replica.events.map((event, i) => {
    if (i !== written || event.type !== 'input') return event;
    const text = Buffer.from(event.bytes, 'base64').toString('latin1').replace('v20', 'v21');
    return { ...event, bytes: Buffer.from(text, 'latin1').toString('base64') };
  });
  // A lone replica sends its writes to nobody: only the read shows what was written.
  expect(again(other).deviations).toMatchObject([{ node: 'n1', incarnation: 1 }]);
});
