/**
 * Where packet faults are put in containers: the engine runs a program in the node's own container. A
 * paused one runs nothing; then a container of its own joins its network for the moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeName } from '../../base/operation.ts';
import type { Site } from '../netns/site.ts';
import { type Engine, stderrOf } from './engine.ts';
import { LABEL } from './labels.ts';

export interface DockerSiteOptions {
  readonly engine: Engine;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  container(node: NodeName): string;
  /** `down`: its container has no network. */
  state(node: NodeName): 'running' | 'paused' | 'down';
  addresses(node: NodeName): readonly string[];
}

/** A container that dies ends what runs in it, a moment before the engine tells. */
const TOLD_WITHIN_MS = 300;

export function dockerSite(options: DockerSiteOptions): Site {
  const { engine, image, container, state, addresses } = options;
  return {
    device: 'eth0',
    addresses,
    run: (node, argv, input = '') =>
      engine.turns.take(container(node), () => run(node, argv, input)),
  };

  async function run(node: NodeName, argv: readonly string[], input: string): Promise<string> {
    // Faults are put into its network when it starts.
    if (state(node) === 'down') return '';
    const name = container(node);
    if (state(node) === 'paused') return engine.call(beside(name, image, argv), { input });
    try {
      return await engine.call(['exec', '--interactive', '--user', '0:0', name, ...argv], {
        input,
      });
    } catch (error) {
      const stderr = stderrOf(error);
      if ((error as Error).message.endsWith('exit 137')) await sleep(TOLD_WITHIN_MS);
      const down = /is not running|No such container/i.test(stderr);
      if (down || (state(node) as string) === 'down') return '';
      // Somebody else paused it.
      if (/is paused/i.test(stderr)) return engine.call(beside(name, image, argv), { input });
      throw error;
    }
  }
}

/** `docker run` of a program in the network of another container. */
function beside(name: string, image: string, [program = '', ...args]: readonly string[]): string[] {
  return [
    ...['run', '--rm', '--interactive', '--network', `container:${name}`, '--user', '0:0'],
    ...['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--security-opt', 'no-new-privileges'],
    ...['--read-only', '--tmpfs', '/run', '--label', `${LABEL.cluster}=${name}`],
    ...['--entrypoint', program, image, ...args],
  ];
}
