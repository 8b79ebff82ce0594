/**
 * The place of the process runtime: all nodes on 127.0.0.1, nothing to make and nothing to cut. What
 * can be broken here, the link proxy and signals break.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Network } from './network.ts';

const LOOPBACK = '127.0.0.1';

export class LoopbackNetwork implements Network {
  readonly kind = 'process';
  readonly packets = 'over loopback TCP loses no packets of one node alone';

  async create(): Promise<void> {}

  async add(): Promise<void> {}

  async remove(): Promise<void> {}

  host(): string {
    return LOOPBACK;
  }

  proxyHost(): string {
    return LOOPBACK;
  }

  proxySource(): undefined {
    return undefined;
  }

  command(_node: NodeName, argv: readonly string[]): readonly string[] {
    return argv;
  }

  async destroy(): Promise<readonly string[]> {
    return [];
  }
}
