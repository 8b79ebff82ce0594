/**
 * The last look: what each replica itself holds of every key. Replicas may still be catching up, so
 * those that differ are looked at again until they agree or the time is up; the last look counts, and
 * is recorded. Whether it shows divergence is for the checker to say.
 */
import type { NodeName } from '../base/operation.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Peek, System } from '../system/system.ts';

export interface ComparePeeksOptions {
  readonly system: Pick<System, 'nowNs' | 'at' | 'peek'>;
  readonly recorder: Pick<Recorder, 'final'>;
  readonly nodes: readonly NodeName[];
  readonly keys: readonly number[];
  /** System time at which waiting ends. */
  readonly untilNs: number;
}

type Look = Peek | { readonly error: string };

const AGAIN_NS = 100e6;

/** Peeks at every key on every node and calls `done` once everything is recorded. */
export function comparePeeks(options: ComparePeeksOptions, done: () => void): void {
  if (options.system.peek === undefined || options.nodes.length === 0) return done();
  lookAt(options, options.keys, (differing, looks) => again(options, differing, looks, done));
}

function again(
  options: ComparePeeksOptions,
  keys: readonly number[],
  looks: ReadonlyMap<number, ReadonlyMap<NodeName, Look>>,
  done: () => void,
): void {
  const { system } = options;
  if (keys.length === 0 || system.nowNs() > options.untilNs) {
    record(options, looks);
    return done();
  }
  system.at(system.nowNs() + AGAIN_NS, () => {
    lookAt(options, keys, (differing, newer) =>
      again(options, differing, new Map([...looks, ...newer]), done),
    );
  });
}

/** All nodes at once, each one key after the other. */
function lookAt(
  { system, nodes }: ComparePeeksOptions,
  keys: readonly number[],
  done: (differing: number[], looks: Map<number, Map<NodeName, Look>>) => void,
): void {
  const looks = new Map(keys.map((key) => [key, new Map<NodeName, Look>()]));
  let open = nodes.length;
  const step = (node: NodeName, i: number): void => {
    const key = keys[i];
    if (key !== undefined) {
      system.peek?.(node, key, (look) => {
        looks.get(key)?.set(node, look);
        step(node, i + 1);
      });
      return;
    }
    open -= 1;
    if (open === 0)
      done(
        keys.filter((own) => differ([...(looks.get(own)?.values() ?? [])])),
        looks,
      );
  };
  for (const node of nodes) step(node, 0);
}

/** A replica that holds another value, or could not be looked at. */
function differ(looks: readonly Look[]): boolean {
  const held = looks.map((look) =>
    'error' in look ? undefined : JSON.stringify([look.value, look.ts]),
  );
  return held.some((text) => text === undefined || text !== held[0]);
}

function record(
  { recorder, keys, nodes }: ComparePeeksOptions,
  looks: ReadonlyMap<number, ReadonlyMap<NodeName, Look>>,
): void {
  for (const key of keys) {
    for (const node of nodes) {
      const look = looks.get(key)?.get(node);
      if (look === undefined) continue;
      if ('error' in look)
        recorder.final({ type: 'fail', key, node, value: null, error: look.error });
      else recorder.final({ type: 'ok', key, node, ...look });
    }
  }
}
