/** What a fault of the kind `link` asks of packets. */
import { distributionOf } from '../../faults/distribution.ts';
import type { Fault } from '../../faults/fault.ts';
import type { LinkShaping } from './network.ts';

/** The shaping of a link fault, with the defaults of `faults/shapes.ts`; undefined: no shape that is known. */
export function shapingOf({ shape, params }: Fault): LinkShaping | undefined {
  const percent = params['percent'] ?? 20;
  const delayMs = params['delayMs'] ?? 30;
  switch (shape) {
    case 'delay': {
      const distribution = distributionOf(params['distribution']);
      return { type: 'delay', delayMs, jitterMs: params['jitterMs'] ?? 10, distribution };
    }
    case 'rate':
      return { type: 'rate', kbit: params['kbit'] ?? 256 };
    case 'reorder':
      return { type: 'reorder', percent, delayMs };
    case 'duplicate':
    case 'corrupt':
      return { type: shape, percent };
    default:
      return undefined;
  }
}
