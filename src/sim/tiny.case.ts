/**
 * A protocol small enough to be seen through, for the simulator's own tests: node 1 holds
 * everything, on disk before it answers; the others ask it, again and again until it answers.
 */
import type { Bytes, Command, NodeRef, Result } from '../base/operation.ts';
import type { Config, Effects, Input, Protocol } from '../protocols/machine.ts';

type Message =
  | { readonly kind: 'ASK'; readonly id: number; readonly command: Command }
  | { readonly kind: 'ANSWER'; readonly id: number; readonly key: string; readonly result: Result };

interface Entry {
  readonly key: string;
  readonly value: Bytes | null;
  /** Who asked, and what it is told, however often it asks. */
  readonly name: string;
  readonly result: Result;
}

interface State {
  readonly config: Config;
  readonly incarnation: number;
  readonly store: Map<string, Bytes | null>;
  writes: number;
  readonly answers: Map<string, Result>;
  readonly waiting: Map<number, Command>;
  readonly cache: Map<string, Bytes | null>;
}

type Out = Effects<Message, Entry>;

/** Planted bugs of this protocol, each for one thing that the simulator must notice. */
export const TINY_BUGS = [
  'applies-copies-twice',
  'reads-its-cache',
  'answers-before-disk',
  'forgets-its-last-write',
  'asks-once',
  'throws',
  'answers-twice',
] as const;

const bug = (s: State, name: (typeof TINY_BUGS)[number]): boolean => s.config.bugs.has(name);
const text = (value: Bytes | null): string => (value ? Buffer.from(value).toString() : '');

/** What a command makes of a value; `value` absent: it writes nothing. */
function evaluate(old: Bytes | null, command: Command): { result: Result; value?: Bytes | null } {
  switch (command.f) {
    case 'get':
      return { result: { type: 'value', value: old } };
    case 'cas':
      return text(old) === text(command.expected)
        ? { result: { type: 'value', value: old }, value: command.value }
        : { result: { type: 'mismatch', observed: old } };
    case 'set':
      return { result: { type: 'done' }, value: command.value };
    case 'setxx':
    case 'getset':
      return { result: { type: 'value', value: old }, value: command.value };
    case 'add': {
      const sum = BigInt(text(old) || '0') + command.delta;
      return { result: { type: 'integer', value: sum }, value: Buffer.from(String(sum)) };
    }
    case 'append': {
      const value = Buffer.concat([old ?? Buffer.alloc(0), command.value]);
      return { result: { type: 'integer', value: BigInt(value.length) }, value };
    }
    case 'delete':
      return { result: { type: 'integer', value: old === null ? 0n : 1n }, value: null };
  }
}

function apply(s: State, name: string, command: Command, out: Out): Result {
  const before = s.answers.get(name);
  if (before && !bug(s, 'applies-copies-twice')) return before;
  const { result, value } = evaluate(s.store.get(command.key) ?? null, command);
  if (command.f === 'get') return result;
  // A refusal is remembered too: a copy that comes late must not succeed after all.
  const kept = value === undefined ? (s.store.get(command.key) ?? null) : value;
  s.store.set(command.key, kept);
  s.answers.set(name, result);
  s.writes++;
  out.append({ key: command.key, value: kept, name, result });
  return result;
}

function ask(s: State, id: number, out: Out): void {
  const command = s.waiting.get(id);
  if (!command) return;
  out.send(0, { kind: 'ASK', id, command }, 0);
  if (!bug(s, 'asks-once')) out.setTimer(`again ${id}`, s.config.timing.retransmitUs);
}

function request(s: State, id: number, command: Command, out: Out): void {
  if (s.config.self === 0) {
    const result = apply(s, `own ${s.incarnation}/${id}`, command, out);
    out.reply(id, result, bug(s, 'answers-before-disk') ? 0 : undefined);
    if (bug(s, 'answers-twice')) out.reply(id, result);
  } else if (command.f === 'get' && s.cache.has(command.key) && bug(s, 'reads-its-cache')) {
    out.reply(id, { type: 'value', value: s.cache.get(command.key) ?? null });
  } else {
    s.waiting.set(id, command);
    ask(s, id, out);
  }
}

function receive(s: State, from: NodeRef, m: Message, out: Out): void {
  if (m.kind === 'ASK') {
    if (bug(s, 'throws') && m.command.f === 'add') throw new Error('cannot add');
    const result = apply(s, `${from.id}.${from.inc}/${m.id}`, m.command, out);
    const after = bug(s, 'answers-before-disk') ? 0 : undefined;
    out.send(from.id, { kind: 'ANSWER', id: m.id, key: m.command.key, result }, after);
  } else if (s.waiting.delete(m.id)) {
    if (m.result.type === 'value') s.cache.set(m.key, m.result.value);
    out.cancelTimer(`again ${m.id}`);
    out.reply(m.id, m.result);
  }
}

function step(s: State, input: Input<Message, never>, out: Out): void {
  if (input.kind === 'request') request(s, input.id, input.command, out);
  else if (input.kind === 'message') receive(s, input.from, input.message, out);
  else if (input.kind === 'timer') ask(s, Number(input.timer.slice('again '.length)), out);
  else if (input.kind === 'gone') s.waiting.delete(input.id);
  else if (input.kind === 'durable') out.event({ type: 'kept', detail: input.lsn });
}

/** The protocol. `writes-kept`: what was on disk is never forgotten. */
export const TINY: Protocol<State, Message, Entry, never, { writes: number }> = {
  name: 'tiny',
  machine: {
    init: (config, boot) => {
      const records = config.bugs.has('forgets-its-last-write')
        ? boot.records.slice(0, -1)
        : boot.records;
      return {
        config,
        incarnation: boot.incarnation,
        store: new Map(records.map((entry) => [entry.key, entry.value])),
        writes: records.length,
        answers: new Map(records.map((entry) => [entry.name, entry.result])),
        waiting: new Map(),
        cache: new Map(),
      };
    },
    step: (s, input, _now, out) => step(s, input, out),
    save: () => new Uint8Array(),
    load: () => {
      throw new Error('not explored');
    },
    status: (s) => ({
      id: s.config.self,
      incarnation: s.incarnation,
      state: 'serving',
      role: s.config.self === 0 ? 'holder' : 'asker',
      epoch: 1,
      members: [],
      leaseLeftUs: null,
      keys: { V: s.store.size },
      counters: {},
    }),
    ghost: {
      init: () => ({ writes: 0 }),
      on: (g, _node, event) => {
        g.writes = Math.max(g.writes, event.detail as number);
      },
      save: () => new Uint8Array(),
      load: () => ({ writes: 0 }),
    },
    invariants: {
      'writes-kept': ({ nodes, ghost }) => {
        const holder = nodes.find((s) => s.config.self === 0);
        return holder && holder.writes < ghost.writes
          ? `${ghost.writes} writes were on disk, ${holder.writes} are left`
          : undefined;
      },
    },
  },
  messages: { kinds: ['ASK', 'ANSWER'], encode: () => 16, decode: () => undefined },
  records: { encode: () => {}, decode: () => undefined },
  bugs: [],
  options: {},
  show: (m) =>
    m.kind === 'ASK' ? `ASK ${m.command.f} ${m.command.key}` : `ANSWER ${m.key} ${m.result.type}`,
  peek: (s, key) => {
    const value = s.store.get(key) ?? null;
    return { value, ts: String(s.writes), state: s.config.self === 0 ? 'V' : '-' };
  },
};
