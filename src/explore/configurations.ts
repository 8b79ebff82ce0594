/**
 * Configurations by name, the name saying what they are: `3-w110-r001-rem1` is 3 nodes, one write each at
 * the first two, a read-modify-write at the third, one removal.
 */
import { type HermesBounds, PLAIN } from './hermes-model.ts';

export interface Row {
  readonly name: string;
  /** Distinct states of the model of the protocol's rules that came before this program. */
  readonly rules: number;
  /** Our distinct states. */
  readonly states: number;
}

/**
 * The configurations that are explored to the end. The model of the rules knew neither repeated INVs nor
 * values, and left no states out: its counts are an order of magnitude.
 */
export const ROWS: readonly Row[] = [];

/** `-x1`, `-x3`, `-o3`: options that are on; `-orphans`: only updates of removed writers are replayed. */
const OPTIONS = ['x1', 'x3', 'o3'] as const;

/** Undefined: not a name of a configuration. */
export function parseConfiguration(name: string): HermesBounds | undefined {
  const [nodes = '', ...parts] = name.split('-');
  if (!/^[1-9]$/.test(nodes)) return undefined;
  let bounds: HermesBounds = { ...PLAIN, nodes: Number(nodes) };
  for (const part of parts) {
    const more = parsePart(part, bounds);
    if (more === undefined) return undefined;
    bounds = { ...bounds, ...more };
  }
  return bounds;
}

function parsePart(part: string, bounds: HermesBounds): Partial<HermesBounds> | undefined {
  const [, word = '', digits = ''] = /^([a-z]+)(\d*)$/.exec(part) ?? [];
  const each = Array.from(digits, Number);
  const fits = each.length > 0 && each.length <= bounds.nodes;
  if (part === 'orphans') return { replays: 'orphans' };
  const option = OPTIONS.find((known) => known === part);
  if (option !== undefined) return { options: { ...bounds.options, [option]: true } };
  if (word === 'w' && fits) return { writes: each };
  if (word === 'r' && fits) return { rmws: each };
  if (word === 'rem' && digits !== '') return { removals: Number(digits) };
  if (word === 'rst' && digits !== '') return { restarts: Number(digits) };
  return word === 'k' && digits !== '' ? { keys: Number(digits) } : undefined;
}
