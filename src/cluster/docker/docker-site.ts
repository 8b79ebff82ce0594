/**
 * Where packet faults are put in containers: the engine runs a program in the node's own container. A
 * paused one runs nothing; then a container of its own joins its network for the moment.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Site } from '../netns/site.ts';
import { type Engine, stderrOf } from './engine.ts';
import { LABEL } from './labels.ts';

export interface DockerSiteOptions {
  readonly engine: Engine;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  container(node: NodeName): string;
  /** False: its container is down, and has no network. */
  runs(node: NodeName): boolean;
  addresses(node: NodeName): readonly string[];
}

export function dockerSite(options: DockerSiteOptions): Site {
  const { engine, image, container, runs, addresses } = options;
  return {
    device: 'eth0',
    addresses,
    run: async (node, argv, input = '') => {
      // Faults are put into its network when it starts.
      if (!runs(node)) return '';
      const name = container(node);
      return engine.turns.take(name, async () => {
        try {
          const exec = ['exec', '--interactive', '--user', '0:0', name, ...argv];
          return await engine.call(exec, { input });
        } catch (error) {
          const stderr = stderrOf(error);
          if (!runs(node) || /is not running|No such container/i.test(stderr)) return '';
          if (!/is paused/i.test(stderr)) throw error;
          return engine.call(beside(name, image, argv), { input });
        }
      });
    },
  };
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
