/**
 * Do the replicas agree at the end? After the last fault was healed every key is looked at on every
 * node (`FinalSample`); replicas that then hold different values, or the same value under different
 * timestamps, have diverged, whether or not a client saw it.
 */
import type { FinalSample } from '../history/event.ts';
import type { Anomaly } from './verdict.ts';

export interface Divergence {
  readonly anomalies: readonly Anomaly[];
  /** Keys that a node did not serve at the end. */
  readonly notServed: readonly {
    readonly key: number | string;
    readonly node: string;
    readonly why: string;
  }[];
}

/** Compares all nodes that occur in the samples; the last sample of a key on a node counts. */
export function judgeDivergence(final: readonly FinalSample[]): Divergence {
  const nodes = [...new Set(final.map((s) => s.node))];
  const keys = new Map<number | string, Map<string, FinalSample>>();
  for (const sample of final) {
    const held = keys.get(sample.key) ?? new Map<string, FinalSample>();
    keys.set(sample.key, held.set(sample.node, sample));
  }
  const anomalies: Anomaly[] = [];
  const notServed: Divergence['notServed'][number][] = [];
  for (const [key, held] of keys) {
    const served: FinalSample[] = [];
    for (const node of nodes) {
      const sample = held.get(node);
      if (sample?.type === 'ok') served.push(sample);
      else notServed.push({ key, node, why: sample?.error ?? 'it was not asked' });
    }
    const anomaly = differing(key, served);
    if (anomaly !== undefined) anomalies.push(anomaly);
  }
  return { anomalies, notServed };
}

function differing(key: number | string, samples: readonly FinalSample[]): Anomaly | undefined {
  const values = new Set(samples.map((s) => JSON.stringify(s.value)));
  const stamps = new Set(samples.map((s) => s.ts).filter((ts) => ts !== undefined && ts !== null));
  if (values.size < 2 && stamps.size < 2) return undefined;
  const held = samples.map(({ node, value, ts, state }) => ({
    node,
    value,
    ...(ts !== undefined && { ts }),
    ...(state !== undefined && { state }),
  }));
  const each = held.map(
    ({ node, value, ts }) =>
      `${node} ${JSON.stringify(value)}${ts === undefined || ts === null ? '' : ` (${ts})`}`,
  );
  const what = values.size < 2 ? 'the same value under different timestamps' : 'different values';
  return {
    type: 'divergent',
    key,
    why: `After all faults were healed the replicas hold ${what}: ${each.join(', ')}.`,
    operations: [],
    detail: { nodes: held },
  };
}
