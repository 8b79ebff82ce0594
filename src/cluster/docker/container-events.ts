/**
 * What happens to the containers of one cluster, as the engine tells it: a `docker events` that runs as
 * long as the cluster.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clientEnv, type Engine } from './engine.ts';
import { LABEL } from './labels.ts';

type Action = 'start' | 'die' | 'pause' | 'unpause';

interface Waiting {
  readonly action: Action;
  readonly container: string;
  readonly done: () => void;
}

export class ContainerEvents {
  /** Told of each event: what, and to which container. */
  onEvent: (action: string, container: string) => void = () => {};
  readonly #client: ChildProcess;
  readonly #waiting = new Set<Waiting>();

  /** `id`: of the cluster (`LABEL.id`). */
  constructor(engine: Engine, id: string) {
    // What the engine still remembers comes first: nothing is missed while the client connects.
    const filters = [
      '--since',
      '1',
      '--filter',
      'type=container',
      '--filter',
      `label=${LABEL.id}=${id}`,
    ];
    const format = '{{.Action}} {{.Actor.Attributes.name}}';
    const [command = '', ...args] = engine.argv(['events', ...filters, '--format', format]);
    this.#client = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: clientEnv(),
    });
    this.#client.on('error', () => {});
    createInterface({ input: this.#client.stdout as NonNullable<ChildProcess['stdout']> }).on(
      'line',
      (line) => this.#hear(line),
    );
  }

  /** Process group of the client. */
  get group(): number | undefined {
    return this.#client.pid;
  }

  /** Resolves at the next such event. */
  next(action: Action, container: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { action, container, done: resolve };
      this.#waiting.add(waiting);
    });
  }

  close(): void {
    this.#client.kill('SIGKILL');
  }

  #hear(line: string): void {
    const [action = '', container = ''] = line.split(' ');
    for (const waiting of this.#waiting) {
      if (waiting.action !== action || waiting.container !== container) continue;
      this.#waiting.delete(waiting);
      waiting.done();
    }
    this.onEvent(action, container);
  }
}
