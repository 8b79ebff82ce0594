/**
 * Configurations by name, the name saying what they are: `3-w110-r001-rem1` is 3 nodes, one write each at
 * the first two, a read-modify-write at the third, one removal.
 */
import { type HermesBounds, PLAIN } from './hermes-model.ts';

export interface Row {
  readonly name: string;
  /** Distinct states of the model of the rules that the protocol was designed with. */
  readonly rules: number;
  /** Distinct states of ours; absent: not explored to the end yet. */
  readonly states?: number;
}

/**
 * The table of configurations (docs/protocol.md has the rules that they cover). The model of the rules
 * had one key and other ghosts, knew no repeated INVs, and left no states out: an order of magnitude.
 */
export const ROWS: readonly Row[] = [
  { name: '2-w11', rules: 557, states: 164 },
  { name: '2-r11', rules: 137, states: 57 },
  { name: '2-w11-r10', rules: 9408, states: 1479 },
  { name: '2-w11-r11', rules: 180_573, states: 12_517 },
  { name: '2-w11-r11-x1-x3', rules: 245_082, states: 29_623 },
  { name: '2-w22-r11', rules: 18_775_081, states: 1_256_079 },
  { name: '3-w110', rules: 138_299, states: 23_858 },
  { name: '3-r110', rules: 8685, states: 2042 },
  { name: '3-r111', rules: 315_856, states: 34_862 },
  { name: '3-w010-r101', rules: 2_613_820, states: 211_022 },
  { name: '3-w110-r001', rules: 10_328_376, states: 868_180 },
  { name: '3-w111', rules: 32_952_268, states: 2_431_166 },
  { name: '3-w110-rem1', rules: 2_567_351, states: 797_473 },
  { name: '3-w010-r100-rem1', rules: 704_516, states: 345_156 },
  { name: '3-r110-rem1', rules: 161_938, states: 80_451 },
  { name: '3-r111-rem1', rules: 5_888_280, states: 1_360_506 },
  { name: '3-w110-rem2', rules: 17_552_789, states: 12_116_244 },
  { name: '3-w010-r100-rem2', rules: 4_486_335, states: 5_262_937 },
  { name: '3-r110-rem2', rules: 940_733, states: 1_227_822 },
  { name: '3-w110-rst1', rules: 11_228_808, states: 3_334_285 },
  { name: '3-w010-r100-rst1', rules: 3_905_702, states: 1_439_129 },
  { name: '3-r110-rst1', rules: 1_375_900, states: 499_923 },
  { name: '3-r110-rst1-rem1', rules: 38_819_364 },
  { name: '3-w010-r100-rst1-rem1', rules: 137_019_532 },
  { name: '3-w110-rem1-orphans-x1-x3', rules: 97_493, states: 22_096 },
  { name: '3-w110-rem2-orphans-x1-x3', rules: 608_600, states: 332_233 },
  { name: '3-w110-rst1-orphans-x1-x3', rules: 415_276, states: 2_914_735 },
  { name: '3-w010-r111-rem1-orphans', rules: 41_188_152, states: 10_901_901 },
];

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
