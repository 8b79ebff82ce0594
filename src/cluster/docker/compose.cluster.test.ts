import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../ground/ports.ts';
import { noDocker } from '../lab.case.ts';
import { RespClient } from '../targets/resp-client.ts';
import { type Engine, engineOf } from './engine.ts';
import { ensureImage } from './image/program-image.ts';
import { freshName } from './lab.case.ts';
import { removeAll } from './remains.ts';

const FILE = fileURLToPath(new URL('../../../docker/compose.yaml', import.meta.url));
const trouble = await noDocker();
const why = trouble === undefined ? '' : ` (skipped: ${trouble})`;

/** The part of the file that is read here; another key in it is an error. */
interface Service {
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly networks: { readonly replicas: { readonly ipv4_address: string } };
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  readonly cap_drop: readonly string[];
  readonly cap_add: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only: boolean;
  readonly tmpfs: readonly string[];
  readonly restart: string;
}
const { services, networks, volumes, secrets } = parse(readFileSync(FILE, 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: {
    readonly replicas: {
      readonly ipam: { readonly config: readonly { subnet: string; gateway: string }[] };
    };
  };
  readonly volumes: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};

test('the file says nothing that this test does not start, and nothing mighty', () => {
  for (const service of Object.values(services)) {
    const { image, entrypoint, command, networks: nets, ports, ...rest } = service;
    const { volumes: data, secrets: own, tmpfs, restart, ...rights } = rest;
    expect([image, entrypoint.length, command.length, restart]).toEqual([
      'hermes:latest',
      2,
      8,
      'on-failure',
    ]);
    expect(Object.keys(nets)).toEqual(['replicas']);
    expect([ports.length, data.length, own, tmpfs]).toEqual([1, 1, ['hermes'], ['/run', '/tmp']]);
    expect(rights).toEqual({
      cap_drop: ['ALL'],
      cap_add: ['NET_ADMIN'],
      security_opt: ['no-new-privileges'],
      read_only: true,
    });
  }
  expect(Object.keys(volumes)).toEqual(Object.keys(services));
  expect(secrets).toEqual({ hermes: { file: './secret' } });
});

describe.skipIf(trouble !== undefined)(`the compose file${why}`, () => {
  const name = freshName();
  const label = `hermes.test=${name}`;
  let engine: Engine;
  let folder: string;
  let ports: number[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hermes-compose-'));
    writeFileSync(join(folder, 'secret'), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    engine = await engineOf(undefined);
    ports = await freePorts('127.0.0.1', 3);
    const { tag } = await ensureImage(engine, () => {});
    const [{ subnet, gateway } = { subnet: '', gateway: '' }] = networks.replicas.ipam.config;
    const place = ['--subnet', subnet, '--gateway', gateway, '--label', label];
    await engine.call(['network', 'create', ...place, name]);
    await Promise.all(
      Object.entries(services).map(([node, service], i) =>
        engine.call(['run', '--detach', ...flagsOf(node, service, ports[i] as number, tag)]),
      ),
    );
  });
  afterAll(async () => {
    if (engine !== undefined) await removeAll(engine, label);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What compose makes of a service, with another name and another port on this machine. */
  function flagsOf(node: string, service: Service, port: number, tag: string): string[] {
    const [, inside] = /^127\.0\.0\.1:\d+:(\d+)$/.exec(service.ports[0] ?? '') ?? [];
    const [volume, target] = (service.volumes[0] ?? '').split(':');
    return [
      ...['--name', `${name}-${node}`, '--label', label, '--network', name],
      ...[
        '--ip',
        service.networks.replicas.ipv4_address,
        '--publish',
        `127.0.0.1:${port}:${inside}`,
      ],
      ...service.cap_drop.flatMap((cap) => ['--cap-drop', cap]),
      ...service.cap_add.flatMap((cap) => ['--cap-add', cap]),
      ...service.security_opt.flatMap((option) => ['--security-opt', option]),
      ...service.tmpfs.flatMap((path) => ['--tmpfs', path]),
      ...(service.read_only ? ['--read-only'] : []),
      ...['--restart', service.restart],
      ...['--mount', `type=volume,src=${name}-${volume},dst=${target},volume-label=${label}`],
      ...['--volume', `${join(folder, 'secret')}:/run/secrets/hermes:ro`],
      ...['--entrypoint', service.entrypoint[0] ?? '', tag],
      ...service.entrypoint.slice(1),
      ...service.command,
    ];
  }

  /** What a node answers, as text; undefined: nothing yet. */
  async function ask(at: number, ...words: string[]): Promise<string | undefined> {
    const signal = AbortSignal.timeout(1_000);
    try {
      const client = await RespClient.open(
        { host: '127.0.0.1', port: ports[at] as number },
        signal,
      );
      const late = setTimeout(() => client.close(), 2_000);
      const reply = await client.request(words);
      clearTimeout(late);
      client.close();
      return reply.type === 'bulk'
        ? reply.value.toString()
        : reply.type === 'simple'
          ? reply.text
          : undefined;
    } catch {
      return undefined;
    }
  }

  async function becomes(said: string, at: number, ...words: string[]): Promise<void> {
    let last: string | undefined;
    const end = performance.now() + 20_000;
    while (last !== said && performance.now() < end) {
      // eslint-disable-next-line no-await-in-loop
      last = await ask(at, ...words);
      // eslint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(last).toBe(said);
  }

  test('starts three replicas that are one cluster', async () => {
    await becomes('OK', 0, 'SET', 'greeting', 'hello');
    await becomes('hello', 2, 'GET', 'greeting');
  });

  test('one that is started again with the same flags comes back', async () => {
    await engine.call(['kill', `${name}-n2`]);
    await engine.call(['start', `${name}-n2`]);
    await becomes('hello', 1, 'GET', 'greeting');
  });
});

const composed = trouble === undefined && (await hasCompose());
test.skipIf(!composed)(
  `docker compose takes the file${composed ? '' : ' (skipped: it is not installed)'}`,
  async () => {
    const engine = await engineOf(undefined);
    await expect(engine.call(['compose', '--file', FILE, 'config', '--quiet'])).resolves.toBe('');
  },
);

async function hasCompose(): Promise<boolean> {
  const engine = await engineOf(undefined);
  return engine.call(['compose', 'version']).then(
    () => true,
    () => false,
  );
}
