/**
 * A small protocol for tests of the host: each node keeps the sets that it was asked for in its log,
 * answers them when they are on disk, and tells its peers (after the disk, or at once). It replicates
 * nothing; it uses everything that a machine may ask of its host.
 */
import type { Reader } from '../base/bytes.ts';
import type { Command, NodeId, NodeRef } from '../base/operation.ts';
import type { Config, Effects, Machine, Protocol } from '../protocols/machine.ts';

export interface Note {
  readonly text: string;
}

export interface LedgerState {
  readonly config: Config;
  readonly incarnation: number;
  readonly values: Map<string, Uint8Array>;
  readonly heard: { from: NodeRef; text: string }[];
  readonly timers: string[];
  readonly gone: number[];
  readonly durable: number[];
  waiting: { id: number; timer: string }[];
}

export type LedgerCommand = {
  readonly word: 'reborn' | 'forget' | 'wait' | 'tell' | 'crash';
  readonly text: string;
};

const WORDS: readonly string[] = [
  'reborn',
  'forget',
  'wait',
  'tell',
  'crash',
] satisfies LedgerCommand['word'][];

type Out = Effects<Note, Note>;

/** The states of all ledgers made in this process, in the order of their boots. */
export const ledgers: LedgerState[] = [];

const machine: Machine<LedgerState, Note, Note, LedgerCommand, null> = {
  init(config, boot) {
    const state: LedgerState = {
      config,
      incarnation: boot.incarnation,
      values: new Map(),
      heard: [],
      timers: [],
      gone: [],
      durable: [],
      waiting: [],
    };
    for (const record of boot.records) apply(state, record);
    ledgers.push(state);
    return state;
  },
  step(s, input, _nowUs, out) {
    switch (input.kind) {
      case 'message':
        s.heard.push({ from: input.from, text: input.message.text });
        return;
      case 'timer':
        s.timers.push(input.timer);
        for (const { id } of s.waiting.filter((w) => w.timer === input.timer))
          out.reply(id, { type: 'done' }, 0);
        s.waiting = s.waiting.filter((w) => w.timer !== input.timer);
        return;
      case 'request':
        return request(s, input.id, input.command, out);
      case 'gone':
        s.gone.push(input.id);
        return;
      case 'durable':
        s.durable.push(input.lsn);
        return;
      case 'admin':
        return admin(s, input.id, input.command, out);
    }
  },
  save: () => new Uint8Array(),
  load: () => {
    throw new Error('never asked of a host');
  },
  status: (s) => ({
    id: s.config.self,
    incarnation: s.incarnation,
    state: 'serving',
    role: 'ledger',
    epoch: 1,
    members: [],
    leaseLeftUs: 5,
    keys: { here: s.values.size },
    counters: {},
  }),
  ghost: { init: () => null, on() {}, save: () => new Uint8Array(), load: () => null },
  invariants: {},
};

function request(s: LedgerState, id: number, command: Command, out: Out): void {
  if (out.quiet !== true) out.event({ type: 'asked', key: command.key });
  if (command.f === 'get') {
    out.reply(id, { type: 'value', value: s.values.get(command.key) ?? null }, 0);
    return;
  }
  if (command.f !== 'set') return; // never answered: for clients that leave
  const note = { text: `${command.key}=${Buffer.from(command.value).toString()}` };
  s.values.set(command.key, command.value);
  out.append(note);
  tell(s, note, out);
  out.reply(id, { type: 'done' });
}

function tell(s: LedgerState, note: Note, out: Out, after?: number): void {
  for (const to of s.config.members) if (to !== s.config.self) out.send(to as NodeId, note, after);
}

function admin(s: LedgerState, id: number, command: LedgerCommand, out: Out): void {
  switch (command.word) {
    case 'reborn':
      out.reply(id, { type: 'done' }, 0);
      return out.reborn();
    case 'forget':
      s.values.clear();
      out.checkpoint([]);
      return out.reply(id, { type: 'integer', value: 0n });
    case 'tell':
      tell(s, { text: command.text }, out, 0);
      return out.reply(id, { type: 'value', value: Buffer.from(command.text) }, 0);
    case 'wait':
      out.setTimer('cancelled', 1000);
      out.cancelTimer('cancelled');
      out.setTimer(command.text, 2000);
      s.waiting.push({ id, timer: command.text });
      return;
    case 'crash':
      out.reply(id, { type: 'error', code: 'ERR', message: 'no' }, 0);
  }
}

function apply(s: LedgerState, note: Note): void {
  const at = note.text.indexOf('=');
  s.values.set(note.text.slice(0, at), Buffer.from(note.text.slice(at + 1)));
}

const readNote = (r: Reader): Note | undefined => {
  const text = r.utf8();
  return r.done() ? { text } : undefined;
};

export const ledger: Protocol<LedgerState, Note, Note, LedgerCommand, null> = {
  name: 'ledger',
  machine,
  messages: {
    kinds: ['NOTE'],
    encode(message, w) {
      w.utf8(message.text);
      return 16;
    },
    decode: (kind, r) => (kind === 16 ? readNote(r) : undefined),
  },
  records: { encode: (record, w) => w.utf8(record.text), decode: readNote },
  bugs: [],
  options: {},
  show: (message) => `NOTE ${message.text}`,
  admin: ([word = '', text = '']) =>
    WORDS.includes(word) ? { word: word as LedgerCommand['word'], text } : undefined,
  peek: (s, key) => ({ value: s.values.get(key) ?? null, ts: '0', state: 'here' }),
};
