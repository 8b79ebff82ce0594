/**
 * A ground in namespaces of its own: a child that `unshare` started, driven over a pipe. The kernel
 * ends it and all that it started when `unshare` ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeName } from '../../base/operation.ts';
import type { Fault, FaultReport } from '../../faults/fault.ts';
import { Rpc } from '../control/rpc.ts';
import { FILES } from '../state/state-folder.ts';
import type { Ground, GroundConfig, GroundEvent, GroundNode, Place, Programs } from './ground.ts';
import type { GroundShell } from './network.ts';
import type { Exit } from './node-process.ts';

/** How long the namespaces may take to end by themselves, in ms. */
const GRACE_MS = 1_000;

export class RemoteGround implements Ground {
  onExit: (exit: Exit) => void = () => {};
  onRestart: (node: NodeName) => void = () => {};
  /** Called when the ground itself ended without having been stopped. */
  onLost: (why: string) => void = () => {};
  readonly #config: GroundConfig;
  readonly #child: ChildProcess;
  readonly #rpc: Rpc;
  readonly #gone: Promise<void>;
  #stopped: Promise<readonly string[]> | undefined;

  constructor(
    config: GroundConfig,
    shell: GroundShell,
    onGroup: (pid: number, alive: boolean) => void,
  ) {
    this.#config = config;
    const entry = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
    const [command = '', ...args] = shell.wrap([process.execPath, entry]);
    const log = openSync(FILES.holderLog(config.dir), 'a');
    const child = spawn(command, args, { detached: true, stdio: ['pipe', 'pipe', log] });
    closeSync(log);
    this.#child = child;
    const { stdin, stdout, pid } = child;
    this.#rpc = new Rpc(stdout as NonNullable<typeof stdout>, stdin as NonNullable<typeof stdin>);
    this.#rpc.onEvent = (event) => this.#hear(event as GroundEvent);
    if (pid !== undefined) onGroup(pid, true);
    this.#gone = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        if (pid !== undefined) onGroup(pid, false);
        resolve();
        if (this.#stopped === undefined)
          this.onLost(`the process that owns the namespaces ended (${signal ?? `code ${code}`})`);
      });
    });
  }

  async prepare(): Promise<readonly Place[]> {
    return (await this.#rpc.call('prepare', this.#config)) as readonly Place[];
  }

  async add(node: NodeName, clientPort: number): Promise<readonly Place[]> {
    return (await this.#rpc.call('add', { node, clientPort })) as readonly Place[];
  }

  async remove(node: NodeName): Promise<void> {
    await this.#rpc.call('remove', { node });
  }

  async start(node: NodeName, programs: Programs): Promise<void> {
    await this.#rpc.call('start', { node, programs });
  }

  async restart(node: NodeName): Promise<boolean> {
    return (await this.#rpc.call('restart', { node })) as boolean;
  }

  async end(node: NodeName): Promise<void> {
    await this.#rpc.call('end', { node });
  }

  async nodes(): Promise<readonly GroundNode[]> {
    return (await this.#rpc.call('nodes')) as readonly GroundNode[];
  }

  async inject(fault: Fault): Promise<FaultReport> {
    return (await this.#rpc.call('inject', fault)) as FaultReport;
  }

  async undo(id: number): Promise<FaultReport> {
    return (await this.#rpc.call('undo', { id })) as FaultReport;
  }

  stop(): Promise<readonly string[]> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #hear(event: GroundEvent): void {
    if ('exit' in event) this.onExit(event.exit);
    else this.onRestart(event.restarted);
  }

  async #stop(): Promise<readonly string[]> {
    const left = await this.#rpc.call('stop').then(
      (result) => result as readonly string[],
      () => [],
    );
    this.#rpc.close();
    await Promise.race([this.#gone, new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await this.#gone;
    }
    return left;
  }
}
