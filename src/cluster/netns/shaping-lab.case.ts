/**
 * Process 1 of a network of three nodes on which every shaping of a link is put on, measured with
 * datagrams, and taken off again; prints what was measured as one line of JSON. Test only.
 *
 * Datagrams go from n1 to n2 (whose link is disturbed), to n2's stand-in in the hub (the same link, through
 * the proxy) and to n3 (which must notice nothing). All processes read one monotonic clock.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LinkShape, LinkShaping } from '../ground/network.ts';
import { nodeAddress, proxyAddress } from './addresses.ts';
import { Listener, type Arrival, type Burst } from './shaping-agent.case.ts';
import { insideNode } from './lay-network.ts';
import { NetnsNetwork } from './netns-network.ts';
import type { NodePackets } from './node-packets.ts';
import { tool } from './tool.ts';

/** What came of a burst of datagrams at one receiver. */
export interface Heard {
  readonly sent: number;
  /** Each datagram that came, in the order of arrival: its number and how long it took. */
  readonly arrivals: readonly Arrival[];
}
export type Target = 'n2' | 'hub' | 'n3';
export type Heards = Readonly<Record<Target, Heard>>;

/** One measurement: with the fault on, and what it counted when it was undone. */
export interface Measured {
  readonly heard: Heards;
  readonly counters: Readonly<Record<string, number>>;
}

export interface LabReport {
  readonly can: Readonly<Record<LinkShape, true | string>>;
  /** Before anything was on. */
  readonly before: Heards;
  readonly measured: Readonly<Record<string, Measured>>;
  /** Two delays at once, then the first one undone while datagrams are under way. */
  readonly together?: { readonly both: Heards; readonly during: Heards; readonly second: Heards };
  /** A fault that cannot be put on beside another: what was said, and the other one afterwards. */
  readonly refused?: { readonly said: string; readonly other: Heards };
  readonly after: Heards;
  /** `tc qdisc show` at n1 when all is undone, and the rules that iptables then has. */
  readonly left: { readonly queues: string; readonly rules: string };
}

const NODES = ['n1', 'n2', 'n3'];

/** Every shaping that is measured, by name. */
export const SHAPINGS: Readonly<Record<string, LinkShaping>> = {
  delay: { type: 'delay', delayMs: 80, jitterMs: 0, distribution: 'uniform' },
  uniform: { type: 'delay', delayMs: 80, jitterMs: 80, distribution: 'uniform' },
  normal: { type: 'delay', delayMs: 150, jitterMs: 30, distribution: 'normal' },
  pareto: { type: 'delay', delayMs: 100, jitterMs: 60, distribution: 'pareto' },
  reorder: { type: 'reorder', percent: 30, delayMs: 60 },
  duplicate: { type: 'duplicate', percent: 50 },
  corrupt: { type: 'corrupt', percent: 40 },
  rate: { type: 'rate', kbit: 80 },
};

const SMALL: Burst = { count: 80, gapMs: 2, bytes: 100 };
/** 160 kbit at once to n2 alone: two seconds at 80 kbit/s, less what a bucket lets through. */
const BIG: Burst = { count: 20, gapMs: 0, bytes: 1000 };
/** Long enough for tc to be called meanwhile. */
const LONG: Burst = { count: 150, gapMs: 10, bytes: 100 };

class Lab {
  readonly packets: NodePackets;
  readonly #sender: ChildProcess;
  readonly #receivers: Readonly<Record<'n2' | 'n3', ChildProcess>>;
  readonly #hub: Listener;

  constructor(
    packets: NodePackets,
    sender: ChildProcess,
    receivers: Readonly<Record<'n2' | 'n3', ChildProcess>>,
    hub: Listener,
  ) {
    this.packets = packets;
    this.#sender = sender;
    this.#receivers = receivers;
    this.#hub = hub;
  }

  /** Sends a burst to every target, or to n2 alone, and waits until nothing more comes. */
  async hear(burst: Burst, meanwhile: () => Promise<unknown> = async () => {}): Promise<Heards> {
    const targets = burst === BIG ? ['n2'] : ['n2', 'hub', 'n3'];
    const addresses = targets.map((target) =>
      target === 'hub' ? proxyAddress('n2') : nodeAddress(target),
    );
    const sent = ask(this.#sender, { type: 'send', to: addresses, burst });
    await Promise.all([sent, meanwhile()]);
    await this.#quiet();
    const [n2, n3] = await Promise.all([
      ask<Arrival[]>(this.#receivers.n2, { type: 'take' }),
      ask<Arrival[]>(this.#receivers.n3, { type: 'take' }),
    ]);
    const heard = (arrivals: readonly Arrival[]): Heard => ({ sent: burst.count, arrivals });
    return { n2: heard(n2), n3: heard(n3), hub: heard(this.#hub.take()) };
  }

  /** Until no receiver heard anything more for a while. */
  async #quiet(): Promise<void> {
    let last = -1;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      const counts = await Promise.all([
        ask<number>(this.#receivers.n2, { type: 'count' }),
        ask<number>(this.#receivers.n3, { type: 'count' }),
      ]);
      const now = counts.reduce((sum, count) => sum + count, this.#hub.count);
      if (now === last) return;
      last = now;
    }
  }

  /** Puts a shaping on n1 → n2, sends, takes it off. */
  async measure(id: number, shaping: LinkShaping): Promise<Measured> {
    await this.packets.shape(id, [['n1', 'n2']], shaping);
    const heard = await this.hear(shaping.type === 'rate' ? BIG : SMALL);
    return { heard, counters: await this.packets.undo(id) };
  }
}

/** Longer than any delay that is asked for. */
const QUIET_MS = 350;

async function lab(names: readonly string[]): Promise<LabReport> {
  const network = new NetnsNetwork();
  await network.create(NODES);
  const { packets } = network;
  const [n1, n2, n3] = await Promise.all(NODES.map((node) => startAgent(network, node)));
  const hub = await Listener.open(proxyAddress('n2'));
  const receivers = { n2: n2 as ChildProcess, n3: n3 as ChildProcess };
  const it = new Lab(packets, n1 as ChildProcess, receivers, hub);
  // The first datagrams wait for addresses to be looked up.
  await it.hear({ count: 3, gapMs: 20, bytes: 100 });
  const before = await it.hear(SMALL);
  const measured: Record<string, Measured> = {};
  for (const [at, name] of names.entries())
    measured[name] = await it.measure(at + 1, SHAPINGS[name] as LinkShaping);
  const netem = names.includes('delay')
    ? { together: await together(it), refused: await refused(it) }
    : {};
  const after = await it.hear(SMALL);
  const can = await Promise.all(
    (['delay', 'rate', 'reorder', 'duplicate', 'corrupt'] as const).map(
      async (shape) => [shape, await packets.can(shape, 'n1')] as const,
    ),
  );
  return {
    can: Object.fromEntries(can) as LabReport['can'],
    before,
    measured,
    ...netem,
    after,
    left: {
      queues: await tool([...insideNode('n1'), 'tc', 'qdisc', 'show', 'dev', 'eth0']),
      rules: await tool([...insideNode('n1'), 'iptables-save']),
    },
  };
}

async function together(it: Lab): Promise<NonNullable<LabReport['together']>> {
  const { packets } = it;
  const delay = (delayMs: number): LinkShaping => ({
    type: 'delay',
    delayMs,
    jitterMs: 0,
    distribution: 'uniform',
  });
  await packets.shape(101, [['n1', 'n2']], delay(150));
  await packets.shape(102, [['n1', 'n2']], delay(60));
  const both = await it.hear(SMALL);
  const during = await it.hear(LONG, () => packets.undo(101));
  const second = await it.hear(SMALL);
  await packets.undo(102);
  return { both, during, second };
}

/** Kernels since 2025 take no netem that duplicates beside another netem at the same node. */
async function refused(it: Lab): Promise<NonNullable<LabReport['refused']>> {
  const { packets } = it;
  await packets.shape(103, [['n1', 'n2']], SHAPINGS['delay'] as LinkShaping);
  const duplicate = SHAPINGS['duplicate'] as LinkShaping;
  const said = await packets.shape(104, [['n1', 'n3']], duplicate).then(
    () => '',
    (error: Error) => error.message,
  );
  if (said === '') await packets.undo(104);
  const other = await it.hear(SMALL);
  await packets.undo(103);
  return { said, other };
}

function startAgent(network: NetnsNetwork, node: string): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('./shaping-agent.case.ts', import.meta.url));
  const [execPath, ...execArgv] = network.command(node, [process.execPath]);
  const child = fork(entry, [network.host(node)], {
    execPath: execPath as string,
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve) => child.once('message', () => resolve(child)));
}

let asked = 0;
function ask<T>(agent: ChildProcess, order: object): Promise<T> {
  const number = ++asked;
  return new Promise((resolve) => {
    const hear = (said: { number: number; answer: T }): void => {
      if (said.number !== number) return;
      agent.off('message', hear);
      resolve(said.answer);
    };
    agent.on('message', hear);
    agent.send({ number, ...order });
  });
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await lab(process.argv.slice(2)))}\n`);
  process.exit(0);
}
