/**
 * A machine that is small enough to count its states by hand: every node has a number, adds one to it
 * when told to, and tells the others; they take the highest number that they hear of.
 */
import type { NodeId } from '../base/operation.ts';
import { type Config, HOST_TIMING, type Machine, type Protocol } from '../protocols/machine.ts';
import type { Environment, Model } from './model.ts';

export interface Tiny {
  readonly id: NodeId;
  readonly others: readonly NodeId[];
  n: number;
}

interface Say {
  readonly kind: 'SAY';
  readonly n: number;
}

type Add = 'add';

const machine: Machine<Tiny, Say, never, Add, { highest: number }> = {
  init: ({ self, members }) => ({ id: self, others: members.filter((id) => id !== self), n: 0 }),
  step(s, input, _nowUs, out) {
    if (input.kind === 'admin') {
      s.n++;
      out.event({ type: 'added', detail: s.n });
      for (const to of s.others) out.send(to, { kind: 'SAY', n: s.n }, 0);
    } else if (input.kind === 'message') s.n = Math.max(s.n, input.message.n);
    else if (input.kind === 'timer') s.n = 0;
  },
  save: (s) => Uint8Array.of(s.n),
  load: (bytes, { self, members }) => ({
    id: self,
    others: members.filter((id) => id !== self),
    n: bytes[0] as number,
  }),
  status: () => {
    throw new Error('not asked for');
  },
  ghost: {
    init: () => ({ highest: 0 }),
    on: (g, _node, event) => {
      g.highest = Math.max(g.highest, event.detail as number);
    },
    save: (g) => Uint8Array.of(g.highest),
    load: (bytes) => ({ highest: bytes[0] as number }),
  },
  invariants: {},
};

const protocol = {
  name: 'tiny',
  machine,
  messages: { kinds: ['SAY'], encode: () => 16, decode: () => undefined },
  records: { encode() {}, decode: () => undefined },
  bugs: [],
  options: {},
  show: (message: Say) => `SAY ${message.n}`,
  peek: (s: Tiny) => ({ value: null, ts: String(s.n), state: 'N' }),
} satisfies Protocol<Tiny, Say, never, Add, { highest: number }>;

interface Left {
  readonly adds: readonly number[];
  readonly loss: number;
  readonly dup: number;
}

/** Each node may add so many times. */
export function tinyModel(adds: readonly number[], more: Partial<Model> = {}, budget = 0): Model {
  const members = adds.map((_, id) => id);
  const environment: Environment<Left, Tiny, Add> = {
    initial: { adds, loss: budget, dup: budget },
    choices: (e) =>
      members
        .filter((node) => e.adds[node]! > 0)
        .map((node) => ({
          name: `n${node + 1} adds`,
          next: { ...e, adds: e.adds.map((n, id) => (id === node ? n - 1 : n)) },
          steps: [{ node, name: 'add', input: { kind: 'admin', id: 0, command: 'add' } }],
        })),
    charge: (e, what) =>
      what !== 'timer' && e[what] > 0 ? { ...e, [what]: e[what] - 1 } : undefined,
  };
  return {
    protocol,
    configs: members.map((self): Config => ({
      self,
      members,
      timing: HOST_TIMING,
      options: {},
      bugs: new Set(),
      seed: undefined,
    })),
    network: 'set',
    environment,
    timer: () => 'never',
    requests: new Map(),
    probes: [],
    probesWait: false,
    invariants: {},
    linearizable: false,
    abstraction: {},
    alike: [],
    ...more,
  } as Model;
}
