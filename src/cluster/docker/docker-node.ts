/**
 * One node's program in a container: the container is made once, started, stopped, killed and started
 * again by the engine. A docker client of ours is attached as long as it runs: it carries the program's
 * stdin, whose end ends the program, and its output, which goes to the node's log.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { Program } from '../../system/system.ts';
import { lastLines, type Exit, type ProcessState } from '../ground/node-process.ts';
import type { NodeHandle } from '../ground/node-handle.ts';
import type { ContainerEvents } from './container-events.ts';
import { clientEnv, type Engine, stderrOf } from './engine.ts';
import { engineTrouble } from './engine-trouble.ts';
import { insideCommand } from './inside-paths.ts';
import type { Launch } from './inside/launch.ts';

export interface NodePlace {
  readonly engine: Engine;
  readonly events: ContainerEvents;
  /** Name of the container; known once the network is made. */
  readonly container: () => string;
  /** Where this program lies on this machine. */
  readonly source: string;
  /** Puts the faults that are on into the fresh network of a container that was started. */
  readonly renew: () => Promise<void>;
  /** Told that somebody else started the container: `docker start`. */
  readonly startedOutside: () => void;
  /** Told that the container is down. */
  readonly ended: () => void;
  /** Told that it was paused, or goes on. */
  readonly paused: (paused: boolean) => void;
}

/** A killed program's exit code: 128 and the number of the signal. */
const SIGNALS: Readonly<Record<number, string>> = {
  137: 'SIGKILL',
  143: 'SIGTERM',
  139: 'SIGSEGV',
  134: 'SIGABRT',
};

/** How long an engine may take to end a container, in ms. */
const KILLED_WITHIN_MS = 3_000;

export class DockerNode implements NodeHandle {
  readonly node: NodeName;
  readonly #logFile: string;
  readonly #onExit: (exit: Exit) => void;
  readonly #place: NodePlace;
  #client: ChildProcess | undefined;
  #pid: number | undefined;
  #paused = false;
  #expected = false;
  /** The container runs, and no client of ours is attached: somebody else started it. */
  #alone = false;
  /** What the engine told last of the container to which the client is attached; and that somebody started it anew. */
  #heard: 'nothing' | 'start' | 'die' = 'nothing';
  #again = false;
  #gone: Promise<void> = Promise.resolve();

  constructor(place: NodePlace, node: NodeName, logFile: string, onExit: (exit: Exit) => void) {
    this.#place = place;
    this.node = node;
    this.#logFile = logFile;
    this.#onExit = onExit;
  }

  get state(): ProcessState {
    if (this.#client === undefined) return 'down';
    return this.#paused ? 'paused' : 'running';
  }

  /** Of the container's first process, on the engine's host. */
  get pid(): number | undefined {
    return this.#client === undefined ? undefined : this.#pid;
  }

  /** The attached docker client: when it ends, stdin ends, and with it the program. */
  get group(): number | undefined {
    return this.#client?.pid;
  }

  get gone(): Promise<void> {
    return this.#gone;
  }

  async start(argv: readonly string[], program: Program): Promise<void> {
    if (this.#client !== undefined) throw new Error(`${this.node} runs already`);
    const { engine, events, source } = this.#place;
    const container = this.#place.container();
    const [command = '', ...args] = insideCommand(argv, source, program.appendsTo);
    const launch: Launch = {
      command,
      args,
      ...(program.env === undefined ? {} : { env: program.env }),
    };
    const started = this.#alone ? undefined : events.next('start', container);
    const words = this.#alone
      ? ['attach', '--sig-proxy=false', container]
      : ['start', '--attach', '--interactive', container];
    const client = this.#attach(engine.argv(words), program.appendsTo);
    try {
      await Promise.race([started, this.#failed()]);
      await this.#place.renew();
    } catch (error) {
      this.#expected = true;
      client.kill('SIGKILL');
      await this.#gone;
      throw error;
    }
    client.stdin?.write(`${JSON.stringify(launch)}\n${program.stdin ?? ''}`);
    void this.#look();
  }

  /** An event of the engine, in their order. People may do to a container what faults do. */
  hear(action: string): void {
    const attached = this.#client !== undefined;
    if (action === 'start') {
      if (!attached) this.#startedAlone();
      // The end of the client that was attached before is on its way (docker restart).
      else if (this.#heard === 'die') this.#again = true;
      else this.#heard = 'start';
    } else if (action === 'die') {
      this.#alone = false;
      this.#again = false;
      // Not yet started: it is the end of the time before.
      if (this.#heard === 'start') this.#heard = 'die';
    } else if (attached && (action === 'pause' || action === 'unpause'))
      this.#setPaused(action === 'pause');
  }

  #startedAlone(): void {
    this.#alone = true;
    this.#place.startedOutside();
  }

  pause(): Promise<boolean> {
    return this.#hold('pause', true);
  }

  resume(): Promise<boolean> {
    return this.#hold('unpause', false);
  }

  async #hold(order: 'pause' | 'unpause', paused: boolean): Promise<boolean> {
    if (this.#client === undefined || !(await this.#freeze(order))) return false;
    this.#setPaused(paused);
    return true;
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#place.paused(paused);
  }

  async kill(): Promise<boolean> {
    if (this.#client === undefined) return false;
    this.#expected = true;
    await this.#order('kill');
    await this.#gone;
    return true;
  }

  async stop(graceMs: number): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    this.#expected = true;
    client.stdin?.end();
    const grace = new Promise((resolve) => setTimeout(resolve, this.#paused ? 0 : graceMs));
    await Promise.race([this.#gone, grace]);
    if (this.#client === undefined) return;
    // Whatever the engine cannot do now, the removal of the container tells.
    await this.#order('kill').catch(() => {});
    const late = new Promise((resolve) => setTimeout(resolve, KILLED_WITHIN_MS));
    await Promise.race([this.#gone, late]);
    client.kill('SIGKILL');
    await this.#gone;
  }

  /** Starts the client that is the program's stdin and output. `output`: a file for its standard output alone. */
  #attach([command = '', ...args]: readonly string[], output?: string): ChildProcess {
    mkdirSync(dirname(this.#logFile), { recursive: true });
    const log = openSync(this.#logFile, 'a');
    const out = output === undefined ? log : openSync(output, 'a', 0o600);
    const client = spawn(command, args, {
      detached: true,
      stdio: ['pipe', out, log],
      env: clientEnv(),
    });
    closeSync(log);
    if (out !== log) closeSync(out);
    client.stdin?.on('error', () => {});
    this.#client = client;
    this.#heard = this.#alone ? 'start' : 'nothing';
    this.#alone = false;
    this.#again = false;
    this.#pid = undefined;
    this.#paused = false;
    this.#expected = false;
    this.#gone = new Promise((resolve) => {
      client.once('exit', (code) => this.#ended(code, resolve));
      client.once('error', () => this.#ended(null, resolve));
    });
    return client;
  }

  /** Rejects when the client ends before the container runs. */
  async #failed(): Promise<never> {
    await this.#gone;
    const said = lastLines(this.#logFile).join('\n');
    throw engineTrouble(`start the container of ${this.node}`, said, new Error('it ended at once'));
  }

  #ended(code: number | null, resolve: () => void): void {
    this.#client = undefined;
    this.#paused = false;
    this.#place.ended();
    resolve();
    if (this.#again) this.#startedAlone();
    if (this.#expected) return;
    const signal = SIGNALS[code ?? 0] ?? null;
    const log = lastLines(this.#logFile);
    this.#onExit({ node: this.node, code: signal === null ? code : null, signal, log });
  }

  async #look(): Promise<void> {
    const { engine } = this.#place;
    const container = this.#place.container();
    const said = await engine
      .call(['inspect', '--format', '{{.State.Pid}}', container])
      .catch(() => '0');
    this.#pid = Number(said) || undefined;
  }

  /** A container in which something just starts may not freeze at once: tried three times. */
  async #freeze(order: 'pause' | 'unpause'): Promise<boolean> {
    const { turns } = this.#place.engine;
    for (let tries = 1; ; tries += 1) {
      try {
        return await turns.take(this.#place.container(), () => this.#order(order));
      } catch (error) {
        if (tries === 3 || !/unable to (un)?freeze|unable to thaw/i.test((error as Error).message))
          throw error;
      }
    }
  }

  /** False: the engine says that it cannot, since the container is not in that state. */
  async #order(order: 'pause' | 'unpause' | 'kill'): Promise<boolean> {
    const { engine } = this.#place;
    const container = this.#place.container();
    try {
      await engine.call([order, container]);
      return true;
    } catch (error) {
      const stderr = stderrOf(error);
      if (/is not running|is not paused|already paused|No such container/i.test(stderr))
        return false;
      throw new UserError((error as Error).message);
    }
  }
}
