/**
 * What can be done inside fresh namespaces, tried one by one on a small network. Entry of the process
 * that `probe.ts` starts there: it prints one line of JSON and ends, and everything goes with it.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { HUB_ADDRESS, nodeAddress, proxyAddress } from './addresses.ts';
import { FaultRules, type IptablesName } from './fault-rules.ts';
import { layNetwork } from './lay-network.ts';
import { tryCopies, tryNetem, tryRate } from './shaping-abilities.ts';
import { NETNS_SITE } from './site.ts';
import { tool } from './tool.ts';
import { prepareMounts } from './unshare.ts';

export const ABILITIES = [
  'network',
  'drop',
  'loss',
  'copies',
  'disconnect',
  'htb',
  'tbf',
  'netem',
] as const;
export type Ability = (typeof ABILITIES)[number];

/** Each ability: there, or what was said when it was tried. */
export interface Measured {
  readonly iptables: IptablesName | null;
  readonly abilities: Readonly<Record<Ability, true | string>>;
}

const NODES = ['n1', 'n2'] as const;

/** Tries everything. Runs as process 1 of fresh namespaces and leaves its network to their end. */
export async function measureAbilities(): Promise<Measured> {
  const network = await attempt(async () => {
    await prepareMounts([]);
    await layNetwork(NODES);
    if ((await dial(ANSWER_MS)) !== 'ECONNREFUSED')
      throw new Error('a packet from the hub to a node did not arrive');
  });
  if (network !== true) return measured(null, { network });
  const [packets, disconnect, tbf, netem, htb] = await Promise.all([
    measurePackets(),
    attempt(tryDisconnect),
    // Each on a loopback interface of its own: a node has one root.
    tryRate(NETNS_SITE, 'n1'),
    tryNetem(NETNS_SITE, 'n2'),
    attempt(() => tool(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'htb'])),
  ]);
  const { iptables, drop, loss, copies } = packets;
  return measured(iptables, { network, drop, loss, copies, disconnect, htb, tbf, netem });
}

function measured(
  iptables: IptablesName | null,
  tried: Partial<Record<Ability, true | string>>,
): Measured {
  const missing = 'not tried, since there is no network to try it on';
  const abilities = ABILITIES.map((ability) => [ability, tried[ability] ?? missing] as const);
  return { iptables, abilities: Object.fromEntries(abilities) as Measured['abilities'] };
}

async function attempt(fn: () => Promise<unknown>): Promise<true | string> {
  try {
    await fn();
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first iptables whose rules drop packets and are gone afterwards, and whether it loses some. */
async function measurePackets(): Promise<{
  iptables: IptablesName | null;
  drop: true | string;
  loss: true | string;
  copies: true | string;
}> {
  let said: true | string = 'no iptables found';
  for (const iptables of ['iptables', 'iptables-legacy'] as const) {
    const drop = await attempt(() => tryDrop(iptables));
    if (drop === true) {
      const loss = await attempt(() => tryLoss(iptables));
      return { iptables, drop, loss, copies: await tryCopies(NETNS_SITE, iptables, 'n1') };
    }
    // What the default said tells more than that the other one is missing.
    if (iptables === 'iptables') said = drop;
  }
  return { iptables: null, drop: said, loss: said, copies: said };
}

async function tryDrop(iptables: IptablesName): Promise<void> {
  const rules = new FaultRules(iptables);
  await rules.apply(1, [['n2', 'n1']], { type: 'drop' });
  const answer = await dial(SILENCE_MS);
  const { packets } = await rules.undo(1);
  if (answer !== 'silence' || packets === 0) throw new Error('a DROP rule let a packet pass');
  if ((await dial(ANSWER_MS)) !== 'ECONNREFUSED')
    throw new Error('packets were still lost after the rule was removed');
}

async function tryLoss(iptables: IptablesName): Promise<void> {
  const rules = new FaultRules(iptables);
  await rules.apply(2, [['n2', 'n1']], { type: 'lose', percent: 99.9999, burst: 1 });
  await dial(SILENCE_MS);
  const { packets } = await rules.undo(2);
  if (packets === 0) throw new Error('the statistic match dropped nothing');
}

/** Dials a closed port of n1 as the proxy of n2 would: refused means that packets went both ways. */
function dial(patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: nodeAddress('n1'), port: 9, localAddress: proxyAddress('n2') });
    const end = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patienceMs, () => end('silence'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on('connect', () => end('connected'));
  });
}

/** How long to wait for an answer that must come, and for one that must not. It takes microseconds. */
const ANSWER_MS = 2_000;
const SILENCE_MS = 30;

/** Kills a connection of the hub with itself. */
async function tryDisconnect(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, HUB_ADDRESS, resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, HUB_ADDRESS);
  try {
    await once(socket, 'connect');
    await tool(['ss', '-HKtn', `( dst ${HUB_ADDRESS} and dport = :${port} )`]);
    if (!socket.destroyed) await once(socket, 'close');
  } finally {
    socket.destroy();
    server.close();
  }
}

function once(socket: Socket, event: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('the connection stayed open after ss -K')),
      500,
    );
    socket.on('error', () => {});
    socket.once(event, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureAbilities())}\n`);
  process.exit(0);
}
