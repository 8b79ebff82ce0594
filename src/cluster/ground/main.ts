/**
 * Entry of a ground in a process of its own, inside namespaces: acts on the orders that come as calls
 * on stdin and answers on stdout. Ends, and everything in its namespaces with it, when stdin ends.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Fault } from '../../faults/fault.ts';
import { Rpc } from '../control/rpc.ts';
import type { GroundConfig, GroundEvent, Programs } from './ground.ts';
import type { LocalGround } from './local-ground.ts';
import { makeGround } from './make-ground.ts';

let ground: LocalGround | undefined;

function started(): LocalGround {
  if (ground === undefined) throw new Error('the ground has not been prepared');
  return ground;
}

const rpc = new Rpc(process.stdin, process.stdout, async (op, args) => {
  switch (op) {
    case 'prepare':
      ground = await makeGround(args as GroundConfig);
      ground.onExit = (exit) => tell({ exit });
      ground.onRestart = (restarted) => tell({ restarted });
      return ground.prepare();
    case 'start': {
      const { node, programs } = args as { node: NodeName; programs: Programs };
      return started().start(node, programs);
    }
    case 'add': {
      const { node, clientPort } = args as { node: NodeName; clientPort: number };
      return started().add(node, clientPort);
    }
    case 'remove':
      return started().remove((args as { node: NodeName }).node);
    case 'end':
      return started().end((args as { node: NodeName }).node);
    case 'restart':
      return started().restart((args as { node: NodeName }).node);
    case 'nodes':
      return started().nodes();
    case 'inject':
      return started().inject(args as Fault);
    case 'undo':
      return started().undo((args as { id: number }).id);
    case 'stop':
      return ground?.stop() ?? [];
    default:
      throw new Error(`a ground knows no "${op}"`);
  }
});

function tell(event: GroundEvent): void {
  rpc.emit(event);
}

void rpc.closed.then(() => process.exit(0));
