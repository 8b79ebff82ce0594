/**
 * The prompt on a running cluster: node:readline on a terminal, plain lines from a pipe.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { NetConnectOpts } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import { holderOf } from '../../cluster/holder/holder-client.ts';
import type { Description } from '../../cluster/holder/holder-config.ts';
import { stateRoot } from '../../cluster/state/state-folder.ts';
import { RespClient } from '../../cluster/targets/resp-client.ts';
import { loadHistory, saveHistory } from './history-file.ts';
import { ReplSession, type ReplHost, type Said } from './session.ts';
import { complete } from './words.ts';

export interface ReplOptions {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Node to begin with. Default: the first. */
  readonly node: NodeName | undefined;
  /** True: nothing is printed, everything is in what is returned. */
  readonly json: boolean;
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

export interface ReplResult {
  readonly cluster: string;
  readonly lines: readonly Said[];
  /** False: a line was not understood. */
  readonly understood: boolean;
}

const CONNECT_WITHIN_MS = 1_000;

/** Talks until the input ends or somebody quits. Throws a `UserError` if there is nobody to talk to. */
export async function runRepl(options: ReplOptions): Promise<ReplResult> {
  const cluster = await describe(options.cluster);
  const node = options.node ?? cluster.nodes[0]?.name ?? '';
  if (!cluster.nodes.some(({ name }) => name === node)) {
    const names = cluster.nodes.map(({ name }) => name).join(', ');
    throw new UserError(`the cluster ${cluster.name} has no node ${node}.`, `It has: ${names}.`);
  }
  const host = new ClusterHost(cluster, options);
  const session = new ReplSession(host, node);
  try {
    await (options.input.isTTY && options.output.isTTY && !options.json
      ? onTerminal(session, host, options)
      : onPipe(session, options));
  } finally {
    session.close();
  }
  return { cluster: cluster.name, lines: session.said, understood: !session.confused };
}

async function describe(name: string): Promise<Description> {
  const holder = await holderOf(name);
  try {
    const cluster = await holder.call('describe', {});
    if (cluster.target.kind === 'hermes') return cluster;
    const what = cluster.target.kind === 'module' ? cluster.target.path : cluster.target.name;
    throw new UserError(`the cluster ${name} runs ${what}, which this prompt does not speak to.`);
  } finally {
    holder.close();
  }
}

class ClusterHost implements ReplHost {
  readonly #options: ReplOptions;
  #cluster: Description;
  #child: ChildProcess | undefined;

  constructor(cluster: Description, options: ReplOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  get nodes(): readonly NodeName[] {
    return this.#cluster.nodes.map(({ name }) => name);
  }

  open(node: NodeName): Promise<RespClient> {
    const info = this.#cluster.nodes.find(({ name }) => name === node);
    if (info === undefined) return Promise.reject(new Error('no such node'));
    const { socket, host, port } = info;
    const address: NetConnectOpts = socket === undefined ? { host, port } : { path: socket };
    return RespClient.open(address, AbortSignal.timeout(CONNECT_WITHIN_MS));
  }

  /** A process of its own, with the lines of this one's stdin out of its reach. */
  async cluster(words: readonly string[]): Promise<void> {
    const [script = ''] = process.argv.slice(1);
    const args = [...process.execArgv, script, 'cluster', ...words, '--name', this.#cluster.name];
    const stdout = this.#options.json ? 'ignore' : 'inherit';
    const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'inherit'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => resolve());
    });
    this.#child = undefined;
    // Nodes may have come or gone; of a cluster that is down the last ones are as good as any.
    this.#cluster = await describe(this.#cluster.name).catch(() => this.#cluster);
  }

  /** Ctrl-C while a command runs. True: there was one. */
  interrupt(): boolean {
    return this.#child?.kill('SIGINT') ?? false;
  }

  out(text: string): void {
    if (!this.#options.json) this.#options.output.write(`${text}\n`);
  }
}

async function onPipe(session: ReplSession, { input }: ReplOptions): Promise<void> {
  for await (const line of createInterface({ input })) {
    if (!(await session.take(line))) return;
  }
}

async function onTerminal(
  session: ReplSession,
  host: ClusterHost,
  { cluster, input, output }: ReplOptions,
): Promise<void> {
  const file = join(stateRoot(), 'repl-history');
  host.out(`cluster ${cluster}, ${host.nodes.length} nodes; help lists the words, quit leaves`);
  const terminal = createInterface({
    input,
    output,
    completer: (typed: string) => complete(typed, host.nodes, session.keys),
    history: loadHistory(file),
    removeHistoryDuplicates: true,
  });
  terminal.on('history', (lines: string[]) => saveHistory(file, lines));
  try {
    await talk(terminal, session, host);
  } finally {
    terminal.close();
  }
}

/** Line after line. Ctrl-C drops what was typed or ends a command that runs; Ctrl-D leaves. */
function talk(terminal: Interface, session: ReplSession, host: ClusterHost): Promise<void> {
  return new Promise((resolve) => {
    // Lines that were pasted or typed ahead wait for those before them.
    let busy = 0;
    let left = false;
    let turn = Promise.resolve(true);
    const ask = async (): Promise<void> => {
      terminal.setPrompt(await session.prompt());
      if (busy === 0 && !left) terminal.prompt();
    };
    const take = async (line: string): Promise<boolean> => {
      const more = await session.take(line);
      busy -= 1;
      left = !more;
      if (left) terminal.close();
      else if (busy === 0) await ask();
      return more;
    };
    terminal.on('line', (line) => {
      busy += 1;
      turn = turn.then((more) => more && take(line));
    });
    terminal.on('SIGINT', () => {
      if (busy > 0) {
        host.interrupt();
        return;
      }
      host.out('^C');
      // Ctrl-E, Ctrl-U: what was typed is gone, and the line begins anew.
      terminal.write(null, { ctrl: true, name: 'e' });
      terminal.write(null, { ctrl: true, name: 'u' });
    });
    terminal.on('close', () => {
      // The shell's own prompt begins a line.
      if (!left) host.out('');
      resolve();
    });
    void ask();
  });
}
