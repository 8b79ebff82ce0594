/** Operations per second of each node over the last seconds, from looks at a run's tally. */
import type { NodeName } from '../../base/operation.ts';
import type { Progress } from '../../run/drive.ts';

const BARS = '▁▂▃▄▅▆▇█';
const WINDOW_NS = 500e6;
const KEPT = 8;

export class Rates {
  readonly #history = new Map<NodeName, number[]>();
  #counts = new Map<NodeName, number>();
  #timeNs = 0;

  /** Takes a look; one that comes too soon after the last one is ignored. */
  look({ timeNs, tally, status }: Pick<Progress, 'timeNs' | 'tally' | 'status'>): void {
    const tookNs = timeNs - this.#timeNs;
    if (tookNs < WINDOW_NS) return;
    for (const node of new Set([...status.keys(), ...tally.okByNode.keys()])) {
      const done = (tally.okByNode.get(node) ?? 0) - (this.#counts.get(node) ?? 0);
      const rates = [...(this.#history.get(node) ?? []), (done * 1e9) / tookNs];
      this.#history.set(node, rates.slice(-KEPT));
    }
    this.#counts = new Map(tally.okByNode);
    this.#timeNs = timeNs;
  }

  /** The latest rate, whole operations per second. */
  of(node: NodeName): number {
    return Math.round(this.#history.get(node)?.at(-1) ?? 0);
  }

  /** The last rates as a row of bars, in proportion to the highest of all nodes. */
  spark(node: NodeName): string {
    const top = Math.max(1, ...[...this.#history.values()].flat());
    const bars = (this.#history.get(node) ?? []).map(
      (rate) => BARS[Math.min(BARS.length - 1, Math.floor((rate / top) * BARS.length))] as string,
    );
    return bars.join('');
  }
}
