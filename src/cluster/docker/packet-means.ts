/**
 * What can be done to packets on an engine: measured once in a container of its own, and kept for as long
 * as its kernel and our image are the same.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { baseTag } from './image/base-image.ts';
import { cacheFolder } from './image/image-lock.ts';
import { INSIDE } from './inside-paths.ts';
import type { PacketMeans } from './inside/measure.ts';

const MEASURE_WITHIN_MS = 30_000;
/** Raised when what is measured changes. */
const MEASURE = 1;

/** Measures, and keeps it. Throws a `UserError` where no container runs. */
export async function measurePacketMeans(
  engine: Engine,
  image: string,
  onStep: (text: string) => void,
): Promise<PacketMeans> {
  onStep('network: trying what faults the engine can do');
  const said = await engine.step('run a container', runArgs(image), {
    input: `${JSON.stringify({ command: INSIDE.node, args: [ENTRY] })}\n`,
    timeoutMs: MEASURE_WITHIN_MS,
  });
  const means = JSON.parse(said) as PacketMeans;
  // What may be mended is measured again.
  if (means.drop !== true) return means;
  const file = await fileFor(engine);
  writeFileSync(`${file}.${process.pid}`, said);
  renameSync(`${file}.${process.pid}`, file);
  return means;
}

/** What was measured before; undefined: nothing. Throws a `UserError` where no engine answers. */
export async function knownPacketMeans(engine: Engine): Promise<PacketMeans | undefined> {
  return read(await fileFor(engine));
}

async function fileFor(engine: Engine): Promise<string> {
  const which = '{{.ID}} {{.KernelVersion}}';
  const said = await engine.step('describe itself', ['info', '--format', which]);
  const key = createHash('sha256')
    .update(`${MEASURE} ${said.trim()} ${baseTag()}`)
    .digest('hex')
    .slice(0, 16);
  return join(cacheFolder(), `packets-${key}.json`);
}

/** The same rights as a node's container. */
function runArgs(image: string): string[] {
  return [
    ...['run', '--rm', '--interactive', '--network', 'none', '--user', '0:0', '--read-only'],
    ...['--tmpfs', '/run', '--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'],
    ...['--security-opt', 'no-new-privileges', image],
  ];
}

const ENTRY = `${INSIDE.source}/cluster/docker/inside/measure.js`;

function read(file: string): PacketMeans | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PacketMeans;
  } catch {
    return undefined;
  }
}
