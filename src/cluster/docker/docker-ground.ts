/**
 * The ground of a cluster in containers: that of plain processes, with the engine's containers in place
 * of processes and the hub's link proxies in place of its own.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { NodeName } from '../../base/operation.ts';
import type { GroundConfig } from '../ground/ground.ts';
import { LocalGround } from '../ground/local-ground.ts';
import type { DockerConfig } from './docker-config.ts';
import { DockerNetwork } from './docker-network.ts';
import { DockerNode } from './docker-node.ts';
import { Engine } from './engine.ts';
import { EngineGuard } from './engine-guard.ts';
import { HubLinks } from './hub-links.ts';
import { LABEL } from './labels.ts';

/** `onGroup`: told of each process group of this machine that must not outlive the ground. */
export function makeDockerGround(
  config: GroundConfig,
  docker: DockerConfig,
  onGroup: (pid: number, alive: boolean) => void = () => {},
): LocalGround {
  const engine = new Engine(docker.engine);
  const id = randomBytes(6).toString('hex');
  const labels = {
    [LABEL.cluster]: basename(config.dir),
    [LABEL.id]: id,
    [LABEL.dir]: config.dir,
    [LABEL.host]: hostname(),
  };
  const framed = config.frames === 'replica' ? 'frames' : 'bytes';
  const hub = config.links === 'proxy' ? framed : 'none';
  const guard = new EngineGuard(engine, id);
  const network = new DockerNetwork({ config: docker, engine, labels, hub, onGroup, guard });
  const links = hub === 'none' ? undefined : new HubLinks(network.hub);
  const nodes = new Map<NodeName, DockerNode>();
  network.events.onEvent = (action, container) => {
    for (const node of nodes.values())
      if (network.container(node.node) === container) node.hear(action);
  };
  const ground: LocalGround = new LocalGround(
    config,
    network,
    links,
    onGroup,
    (node, log, onExit) => {
      const place = {
        engine,
        events: network.events,
        container: () => network.container(node),
        source: docker.source,
        renew: () => network.renew(node),
        // It waits for its program, that of every start after the first.
        startedOutside: () => void ground.restart(node).catch(() => {}),
        ended: () => network.ended(node),
        paused: (paused: boolean) => network.paused(node, paused),
      };
      const made = new DockerNode(place, node, log, onExit);
      nodes.set(node, made);
      return made;
    },
  );
  return ground;
}
