/**
 * Plays a serial order through: every committed transaction stands there once, no failed one does, nobody
 * stands before one that had completed before it was invoked, and each sees exactly what those before it
 * left. Knows nothing of edges.
 */
import { FAIL, NIL, OK, READ, type Txns, UNKNOWN } from '../../history/packed/txns.ts';

/** What is wrong with the order (numbers of transactions), or undefined. */
export function verifySerialOrder(txns: Txns, order: Int32Array): string | undefined {
  const { n, type, invoked, completed } = txns;
  const play = txns.kind === 'list-append' ? lists(txns) : registers(txns);
  const placed = new Uint8Array(n);
  let latest = -1;
  for (const t of order) {
    if (!(t >= 0 && t < n)) return `there is no transaction ${t}`;
    if (placed[t] === 1) return `${named(txns, t)} stands there twice`;
    placed[t] = 1;
    if (type[t] === FAIL) return `${named(txns, t)} failed`;
    if (type[t] === OK && (completed[t] as number) < latest)
      return `${named(txns, t)} had completed before another one was invoked that stands before it`;
    latest = Math.max(latest, invoked[t] as number);
    for (let m = txns.first[t] as number; m < (txns.end[t] as number); m++)
      if (!play(m))
        return `${named(txns, t)} does not see key ${txns.keyNames[txns.key[m] as number]} as those before it left it`;
  }
  const missing = type.findIndex((end, t) => end === OK && placed[t] === 0);
  return missing < 0
    ? undefined
    : `the committed transaction of event ${invoked[missing]} is missing`;
}

function named({ invoked }: Txns, t: number): string {
  return `the transaction of event ${invoked[t]}`;
}

/** Does a micro-operation see what those before it left? */
type Play = (m: number) => boolean;

function registers({ f, key, v, keyNames }: Txns): Play {
  const there = new Int32Array(keyNames.length).fill(NIL);
  return (m) => {
    const k = key[m] as number;
    if (f[m] === READ) return v[m] === UNKNOWN || v[m] === there[k];
    there[k] = v[m] as number;
    return true;
  };
}

/** A list is known by its length as long as it is a beginning of the longest one that was read. */
function lists({ f, key, v, keyNames, listStart, listItems }: Txns): Play {
  const lengths = new Int32Array(keyNames.length);
  /** Something else was appended than the longest list shows: from then on no read can be right. */
  const strayed = new Uint8Array(keyNames.length);
  return (m) => {
    const k = key[m] as number;
    const length = lengths[k] as number;
    if (f[m] === READ) return v[m] === UNKNOWN || (v[m] === length && strayed[k] === 0);
    const at = (listStart[k] as number) + length;
    if (at >= (listStart[k + 1] as number) || listItems[at] !== v[m]) strayed[k] = 1;
    lengths[k] = length + 1;
    return true;
  };
}
