/**
 * `hermes cluster logs`: the ends of the nodes' logs, and what is added to them.
 */
import { open } from 'node:fs/promises';
import type { NodeName } from '../../base/operation.ts';
import { holderOf } from '../holder/holder-client.ts';
import { chosenNodes } from './by-hand.ts';

const TAIL_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 100;

export interface NodeLog {
  readonly node: NodeName;
  readonly file: string;
  readonly lines: readonly string[];
  /** Length of the file when it was read, in bytes. */
  readonly bytes: number;
}

/** The last lines of one node's log, or of all. Throws a `UserError` on a name that nothing has. */
export async function lastLogs(
  cluster: string,
  node: NodeName | undefined,
  count: number,
): Promise<NodeLog[]> {
  const holder = await holderOf(cluster);
  const { nodes, logDir } = await holder.call('describe', {});
  holder.close();
  const names = nodes.map(({ name }) => name);
  const chosen = node === undefined ? names : chosenNodes([node], names);
  return Promise.all(
    chosen.map(async (name) => {
      const file = `${logDir}/${name}.log`;
      const { text, bytes } = await readFrom(file, -TAIL_BYTES);
      const lines = text.split('\n').filter((line) => line !== '');
      return { node: name, file, lines: count === 0 ? [] : lines.slice(-count), bytes };
    }),
  );
}

/** Hands over each line that is added, until the files are gone. */
export async function followLogs(
  logs: readonly NodeLog[],
  onLine: (node: NodeName, line: string) => void,
): Promise<void> {
  const at = new Map(logs.map(({ node, bytes }) => [node, { bytes, rest: '' }]));
  for (;;) {
    for (const { node, file } of logs) {
      const place = at.get(node);
      if (place === undefined) continue;
      const { text, bytes } = await readFrom(file, place.bytes);
      if (bytes < 0) return;
      const lines = (place.rest + text).split('\n');
      at.set(node, { bytes, rest: lines.pop() ?? '' });
      for (const line of lines) onLine(node, line);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** A file from an offset on (negative: from its end). `bytes`: its length; −1: there is none. */
async function readFrom(file: string, offset: number): Promise<{ text: string; bytes: number }> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return { text: '', bytes: -1 };
  try {
    const { size } = await handle.stat();
    const from = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
    const buffer = Buffer.alloc(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    return { text: buffer.toString('utf8'), bytes: size };
  } finally {
    await handle.close();
  }
}
