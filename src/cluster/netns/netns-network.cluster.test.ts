import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Link } from '../../faults/fault.ts';
import type { Counters } from '../ground/network.ts';
import type { Heard, Order } from './lab.case.ts';
import { nodeAddress, proxyAddress } from './addresses.ts';
import { probeNetns } from './probe.ts';
import { findTool, toolPath } from './tool.ts';
import { unshareCommand, type Privilege } from './unshare.ts';

const NODES = ['n1', 'n2', 'n3'];
const LINKS: readonly Link[] = NODES.flatMap((from) =>
  NODES.filter((to) => to !== from).map((to): Link => [from, to]),
);
const isRoot = process.getuid?.() === 0;
/** Root is tried as root and as nobody in a user namespace; anybody else as they are. */
const WAYS: readonly (readonly [Privilege, readonly string[]])[] = isRoot
  ? [
      ['root', []],
      [
        'user-namespace',
        ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'],
      ],
    ]
  : [['user-namespace', []]];

const { privilege } = await probeNetns();

/** The outer process of a network in namespaces, and orders to the one inside. */
class Lab {
  readonly outer: ChildProcess;
  readonly #open = new Map<
    number,
    { resolve(answer: unknown): void; reject(error: Error): void }
  >();
  #number = 0;

  constructor(way: Privilege, prefix: readonly string[], iptables = 'iptables') {
    const entry = fileURLToPath(new URL('./lab.case.ts', import.meta.url));
    const inner = unshareCommand(way, [process.execPath, entry, iptables, ...NODES]);
    const [command, ...args] = [...prefix, ...inner];
    this.outer = spawn(command as string, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: toolPath() },
    });
    this.outer.on('exit', (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`the lab ended: ${code}`));
    });
    this.outer.on(
      'message',
      ({ number, answer, error }: { number: number; answer?: unknown; error?: string }) => {
        const call = this.#open.get(number);
        this.#open.delete(number);
        if (error === undefined) call?.resolve(answer);
        else call?.reject(new Error(error));
      },
    );
  }

  ready(): Promise<unknown> {
    return this.#answer(0);
  }

  ask<T>(order: Order): Promise<T> {
    const number = ++this.#number;
    this.outer.send({ number, order });
    return this.#answer(number) as Promise<T>;
  }

  /** Sends a datagram over every link, direct and through the hub, and says which never arrived. */
  async silent(): Promise<string[]> {
    const expected: string[] = [];
    for (const [from, to] of LINKS) {
      for (const [path, address] of [
        ['direct', nodeAddress(to)],
        ['hub', proxyAddress(to)],
      ] as const) {
        expected.push(`${from} ${to} ${path}`);
        await this.ask({
          do: 'agent',
          node: from,
          order: { type: 'send', to: address, texts: [`${from} ${to} ${path}`] },
        });
      }
    }
    const arrived = await this.#hear(expected.length, 'datagram');
    return expected.filter((text) => !arrived.includes(text));
  }

  /** Sends `count` numbered datagrams over a link and says which arrived. */
  async numbered(from: string, to: string, count: number): Promise<number[]> {
    const texts = Array.from({ length: count }, (_, at) => String(at));
    await this.ask({
      do: 'agent',
      node: from,
      order: { type: 'send', to: nodeAddress(to), texts },
    });
    return (await this.#hear(count, 'datagram')).map(Number);
  }

  async connect(from: string, address: string): Promise<void> {
    await this.ask({ do: 'agent', node: from, order: { type: 'dial', to: address } });
    await this.#hear(1, 'connected');
  }

  closed(count: number): Promise<string[]> {
    return this.#hear(count, 'closed');
  }

  /** What the agents heard, until it is `count` of them or nothing more came for 600 ms. */
  async #hear(count: number, type: string): Promise<string[]> {
    const texts: string[] = [];
    for (let quiet = 0; quiet < 30 && texts.length < count; quiet++) {
      const heard = await this.ask<Heard>({ do: 'heard' });
      const fresh = Object.values(heard)
        .flat()
        .filter((message) => message.type === type);
      for (const message of fresh) texts.push('text' in message ? message.text : '');
      if (fresh.length > 0) quiet = 0;
      await sleep(20);
    }
    return texts;
  }

  #answer(number: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#open.set(number, { resolve, reject }));
  }
}

const hasLegacy = privilege !== null && findTool('iptables-legacy-restore') !== undefined;

test.skipIf(!hasLegacy)('rules work through the older iptables too', async () => {
  const [[way, prefix]] = WAYS as [(typeof WAYS)[number]];
  const lab = new Lab(way, prefix, 'iptables-legacy');
  try {
    await lab.ready();
    await lab.ask({ do: 'cut', id: 1, links: [['n1', 'n2']] });
    await lab.ask({ do: 'lose', id: 2, links: [['n3', 'n1']], percent: 50, burst: 3 });
    expect(await lab.silent()).toEqual(expect.arrayContaining(['n1 n2 direct', 'n1 n2 hub']));
    expect(await lab.ask<Counters>({ do: 'undo', id: 1 })).toMatchObject({ packets: 2 });
    await lab.ask({ do: 'undo', id: 2 });
    expect(await lab.ask({ do: 'clean' })).toBe(true);
    expect(await lab.silent()).toEqual([]);
  } finally {
    lab.outer.kill('SIGKILL');
  }
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe.skipIf(privilege === null).each(WAYS)(
  'a network in namespaces, made as %s',
  (way, prefix) => {
    let lab: Lab;
    beforeAll(async () => {
      lab = new Lab(way, prefix);
      await lab.ready();
    });
    afterAll(() => {
      lab.outer.kill('SIGKILL');
    });

    test('every node reaches every other, directly and through the hub', async () => {
      expect(await lab.silent()).toEqual([]);
    });

    test('a cut silences exactly its directed links, and undoing it brings exactly them back', async () => {
      await lab.ask({ do: 'cut', id: 1, links: [['n1', 'n2']] });
      expect(await lab.silent()).toEqual(['n1 n2 direct', 'n1 n2 hub']);
      const counters = await lab.ask<Counters>({ do: 'undo', id: 1 });
      expect(counters['packets']).toBe(2);
      expect(counters['bytes']).toBeGreaterThan(0);
      expect(await lab.silent()).toEqual([]);
      expect(await lab.ask({ do: 'clean' })).toBe(true);
    });

    test('faults on the same link do not undo each other', async () => {
      await lab.ask({
        do: 'cut',
        id: 2,
        links: [
          ['n1', 'n2'],
          ['n3', 'n1'],
        ],
      });
      await lab.ask({
        do: 'cut',
        id: 3,
        links: [
          ['n1', 'n2'],
          ['n2', 'n3'],
        ],
      });
      await lab.ask({ do: 'undo', id: 2 });
      expect(await lab.silent()).toEqual([
        'n1 n2 direct',
        'n1 n2 hub',
        'n2 n3 direct',
        'n2 n3 hub',
      ]);
      await lab.ask({ do: 'undo', id: 3 });
      expect(await lab.silent()).toEqual([]);
      expect(await lab.ask({ do: 'clean' })).toBe(true);
    });

    test('a share of the packets is lost, and the count is the count of those that did not arrive', async () => {
      await lab.ask({ do: 'lose', id: 4, links: [['n1', 'n3']], percent: 25, burst: 1 });
      const arrived = await lab.numbered('n1', 'n3', 400);
      const { packets } = await lab.ask<{ packets: number }>({ do: 'undo', id: 4 });
      expect(packets).toBe(400 - arrived.length);
      // Five standard deviations around 100.
      expect(packets).toBeGreaterThan(56);
      expect(packets).toBeLessThan(144);
      expect(await lab.numbered('n1', 'n3', 50)).toHaveLength(50);
    });

    test('burst loss takes runs of the given length, in the given share', async () => {
      await lab.ask({ do: 'lose', id: 5, links: [['n1', 'n3']], percent: 25, burst: 5 });
      const arrived = new Set(await lab.numbered('n1', 'n3', 200));
      const { packets } = await lab.ask<{ packets: number }>({ do: 'undo', id: 5 });
      expect(packets).toBe(50);
      const pattern = Array.from({ length: 200 }, (_, at) => (arrived.has(at) ? '.' : 'x')).join(
        '',
      );
      expect(pattern.split(/\.+/).filter((run) => run !== '')).toEqual(
        Array.from({ length: 10 }, () => 'xxxxx'),
      );
    });

    test('connections of the links are reset in whichever direction they were dialled, no others', async () => {
      await lab.connect('n1', nodeAddress('n2'));
      await lab.connect('n2', nodeAddress('n1'));
      await lab.connect('n1', nodeAddress('n3'));
      expect(await lab.ask({ do: 'disconnect', links: [['n1', 'n2']] })).toBe(2);
      const [n1, n2] = [nodeAddress('n1'), nodeAddress('n2')];
      const both = [`${n1} at ${n2}`, `${n1} to ${n2}`, `${n2} at ${n1}`, `${n2} to ${n1}`];
      expect((await lab.closed(5)).toSorted()).toEqual(both);
    });

    test('a fault that cannot be applied everywhere is applied nowhere', async () => {
      const links: Link[] = [
        ['n1', 'n2'],
        ['n1', 'n9'],
      ];
      await expect(lab.ask({ do: 'cut', id: 6, links })).rejects.toThrow(/n9/);
      expect(await lab.ask({ do: 'clean' })).toBe(true);
      await lab.ask({ do: 'cut', id: 6, links: [['n1', 'n2']] });
      await expect(lab.ask({ do: 'cut', id: 6, links: [['n2', 'n1']] })).rejects.toThrow(
        'fault 6 is already in place',
      );
      await lab.ask({ do: 'undo', id: 6 });
      expect(await lab.ask({ do: 'undo', id: 6 })).toEqual({ packets: 0, bytes: 0 });
      expect(await lab.silent()).toEqual([]);
    });

    test('destroyed, nothing of it is left', async () => {
      expect(await lab.ask({ do: 'destroy' })).toEqual([]);
      expect(await lab.ask({ do: 'destroy' })).toEqual([]);
    });

    test('killed from outside, it takes every process and namespace with it', async () => {
      const doomed = new Lab(way, prefix);
      await doomed.ready();
      const inside = descendants(doomed.outer.pid as number);
      // unshare's child (process 1) and the three agents.
      expect(inside.length).toBeGreaterThanOrEqual(4);
      const namespaces = new Set(inside.map((pid) => networkNamespace(pid)));
      expect(namespaces.size).toBeGreaterThanOrEqual(4);
      expect(namespaces.has(networkNamespace(process.pid))).toBe(false);
      doomed.outer.kill('SIGKILL');
      await expect.poll(() => inside.filter(isAlive), { timeout: 5_000 }).toEqual([]);
      const held = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((name) => networkNamespace(Number(name)));
      expect(held.filter((id) => id !== undefined && namespaces.has(id))).toEqual([]);
    });
  },
);

function descendants(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(path)
    ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    : [];
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Running, or not yet reaped by somebody who still may. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function networkNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
