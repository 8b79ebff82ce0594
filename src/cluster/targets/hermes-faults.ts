/**
 * Faults inside a replica, through its fault points (`HERMES FAULT …`, see `node/fault-points.ts`).
 */
import type { Fault } from '../../faults/fault.ts';
import type { NodeInfo, ProgramFaults } from '../../system/system.ts';
import { ask } from './hermes-admin.ts';

/** What the fault points measured, by their names. */
type Said = Readonly<Record<string, number | undefined>>;

export const FAULTS: ProgramFaults = {
  apply: async (node, fault, signal) => countersOf(await say(node, wordsOf(fault), signal)),
  undo: async (node, fault, signal) =>
    countersOf(await say(node, ['CLEAR', fault.kind.toUpperCase()], signal)),
};

async function say(node: NodeInfo, words: readonly string[], signal: AbortSignal): Promise<Said> {
  return (await ask(node, ['HERMES', 'FAULT', ...words], signal)) as Said;
}

/** Throws on a kind or shape that replicas do not know. */
function wordsOf({ kind, shape, params }: Fault): string[] {
  const words = WORDS[`${kind}:${shape}`]?.(params);
  if (words === undefined) throw new Error(`a replica knows no fault ${kind}:${shape}`);
  return words;
}

const WORDS: Readonly<Record<string, (params: Fault['params']) => string[]>> = {
  'clock:skew': ({ offsetMs = 1000 }) => ['CLOCK', 'SKEW', String(offsetMs)],
  'clock:bump': ({ offsetMs = 0.5 }) => ['CLOCK', 'OFFSET', String(offsetMs)],
  'clock:drift': ({ ratePpm = 1000 }) => ['CLOCK', 'RATE', String(ratePpm)],
  'clock:strobe': ({ offsetMs = 0.5, periodMs = 100 }) => [
    'CLOCK',
    'STROBE',
    String(offsetMs),
    String(periodMs),
  ],
  'disk:full': ({ atOnce }) => ['DISK', 'FULL', ...now(atOnce)],
  'disk:eio': ({ onSync, atOnce }) => [
    'DISK',
    'EIO',
    onSync === 1 ? 'SYNC' : 'WRITE',
    ...now(atOnce),
  ],
  'disk:slow': ({ delayMs = 100 }) => ['DISK', 'SLOW', String(delayMs)],
  'disk:lose-unsynced': () => ['DISK', 'LOSE'],
  'disk:torn': () => ['DISK', 'TORN'],
};

function now(atOnce: number | undefined): string[] {
  return atOnce === 1 ? ['NOW'] : [];
}

function countersOf(said: Said): Record<string, number> {
  const { movedUs = 0, strayedUs = 0, skewMs = 0, strayedMs = 0 } = said;
  const counted = {
    clockMovedUs: Math.max(Math.abs(movedUs), Math.abs(strayedUs)),
    wallMovedMs: Math.max(Math.abs(skewMs), Math.abs(strayedMs)),
    writesFailed: said['writesFailed'] ?? 0,
    syncsFailed: said['syncsFailed'] ?? 0,
    syncsDelayed: said['syncsDelayed'] ?? 0,
    delayedMs: said['delayedMs'] ?? 0,
  };
  return Object.fromEntries(Object.entries(counted).filter(([, count]) => count > 0));
}
