/**
 * What the tests of this room share: a state folder of their own, and looking for what is left of a
 * cluster.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineOf } from './docker/engine.ts';
import { probeDocker } from './docker/probe.ts';
import { findClusters } from './docker/remains.ts';
import { netnsTrouble, probeNetns } from './netns/probe.ts';

/** Points this process and its children at a state folder of its own; returns how to remove it. */
export function ownStateFolder(): { readonly root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'hermes-'));
  process.env['HERMES_STATE'] = root;
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Pids of all processes whose command line or environment's state folder names `text`. Linux only. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readable(`/proc/${pid}/cmdline`).includes(text))
    .map(Number);
}

/** Pids of all processes that inherited this state folder: the tool, holder, guardian, replicas. */
export function processesOf(root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readable(`/proc/${pid}/environ`).includes(`HERMES_STATE=${root}\0`))
    .filter((pid) => !/^\d+ \(.*\) Z/.test(readable(`/proc/${pid}/stat`)))
    .map(Number);
}

function readable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Waits until `condition` holds; false: it did not within `ms`. */
export async function eventually(condition: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** Why the docker runtime cannot be tested here; undefined: it can. */
export async function noDocker(): Promise<string | undefined> {
  return (await probeDocker()).trouble?.why;
}

/** What clusters of this state folder have on the default engine: containers, networks, volumes. */
export async function onEngine(root: string): Promise<string[]> {
  const found = await findClusters(await engineOf(undefined));
  return found.filter(({ dir }) => dir.startsWith(root)).flatMap(({ objects }) => objects);
}

/** Why the netns runtime cannot be tested here; undefined: it can. */
export async function noNetns(): Promise<string | undefined> {
  return netnsTrouble(await probeNetns())?.why;
}
