/**
 * Would the checker have found it? Violations are planted into copies of what was judged, at the
 * beginning, in the middle and at the end of it, and the same checker is asked again. Of a long history a copy
 * holds a few keys only, so that all trials together cost about as much as the check.
 */
import { minusOnes } from '../../base/int-list.ts';
import type { Txns } from '../../history/packed/txns.ts';
import { judge } from './judge.ts';
import { forbiddenBy, refutes } from './models.ts';
import { NO_SERIAL_ORDER, hasNone } from './no-serial-order.ts';
import { type Spot, plantsOf } from './plants.ts';
import { projected } from './sub-history.ts';
import type { KeyAssumption } from './version-order.ts';
import { Writers } from './writers.ts';

export interface Power {
  readonly planted: number;
  readonly found: number;
  /** Plants that were not found. */
  readonly missed: readonly string[];
}

/** Parts of the history at which is planted. */
const PLACES = [0.1, 0.5, 0.9] as const;
/** Micro-operations up to which a history is tried whole. */
const SMALL = 2000;
/** Of a longer one, the part of its micro-operations that a trial shall have; and how many at most. */
const PART = 1 / 50;
const MOST = 20_000;

/** A piece of the history, and what may be tried on it. */
interface Trial extends Spot {
  readonly txns: Txns;
}

/** Plants each kind that the models forbid, where there is a place for it. */
export function measurePower(
  txns: Txns,
  models: readonly string[],
  assume: readonly KeyAssumption[] = [],
): Power {
  const forbidden = forbiddenBy(models);
  const uses = isLong(txns) ? usesOf(txns) : undefined;
  const trials = PLACES.map((place) => trialAt(txns, uses, place));
  const missed: string[] = [];
  let planted = 0;
  const attempt = (name: string, copy: Txns): void => {
    planted++;
    const judged = judge(copy, assume);
    const seen = [...judged.found.keys()].some((type) => refutes(type, forbidden));
    const decides = copy.kind === 'rw-register' && forbidden.has(NO_SERIAL_ORDER);
    if (!seen && !(decides && hasNone(judged))) missed.push(name);
  };
  for (const [i, { name, causes, plant }] of plantsOf(txns.kind).entries()) {
    if (!refutes(causes, forbidden)) continue;
    const before = planted;
    for (const [j, trial] of trials.entries()) {
      // Where one key makes up much of the history each kind is tried at one place.
      if (trial.txns.f.length > txns.f.length / 4 && isLong(txns) && j !== i % trials.length)
        continue;
      const copy = plant(trial.txns, trial);
      if (copy !== undefined) attempt(name, copy);
    }
    if (planted > before) continue;
    const copy = plant(txns, { writers: new Writers(txns), place: 0.5 });
    if (copy !== undefined) attempt(name, copy);
  }
  return { planted, found: planted - missed.length, missed };
}

function isLong({ f }: Txns): boolean {
  return f.length > SMALL;
}

/** Of each key how many micro-operations it has, the first and the last of them. */
interface Uses {
  readonly count: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
}

function usesOf({ key, keyNames }: Txns): Uses {
  const keys = keyNames.length;
  const [count, first, last] = [new Int32Array(keys), minusOnes(keys), new Int32Array(keys)];
  for (let m = 0; m < key.length; m++) {
    const k = key[m] as number;
    (count[k] as number)++;
    if (first[k] === -1) first[k] = m;
    last[k] = m;
  }
  return { count, first, last };
}

/** The keys that came into use around a place, as many as make up a part of the history. */
function trialAt(txns: Txns, uses: Uses | undefined, place: number): Trial {
  if (uses === undefined) return { txns, place, writers: new Writers(txns) };
  const keys = txns.keyNames.length;
  const wanted = Math.min(MOST, Math.max(SMALL, PART * txns.key.length));
  let from = Math.min(keys - 1, Math.floor(place * keys));
  let to = from;
  let got = 0;
  while (got < wanted && to < keys) got += uses.count[to++] as number;
  while (got < wanted && from > 0) got += uses.count[--from] as number;
  const [first, last] = [uses.first.subarray(from, to), uses.last.subarray(from, to)];
  const begin = first.reduce((least, m) => Math.min(least, m), txns.f.length);
  const end = last.reduce((most, m) => Math.max(most, m + 1), 0);
  const part = projected(txns, from, to, [Math.max(0, begin), end]);
  return { txns: part, place, writers: new Writers(part) };
}
