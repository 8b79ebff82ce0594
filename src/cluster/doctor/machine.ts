/** What the machine itself is: system, Node, cores, memory, open files. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { fails, works, type Finding } from './finding.ts';

/** The oldest Node whose features the sources use. */
const NODE_MAJOR = 24;
/** A replica takes about a dozen descriptors, a client one; a large run some hundreds. */
const OPEN_FILES = 1024;
const GB = 2 ** 30;

export function examineMachine(): Finding[] {
  return [system(), node(), cores(), memory(), ...openFiles()];
}

function system(): Finding {
  const name =
    { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }[platform() as string] ?? platform();
  const says = `${name} ${release()}, ${arch()}`;
  if (platform() === 'win32') {
    const mend = 'Here hermes checks histories and simulates; for clusters, run it inside WSL.';
    return fails('machine', 'system', `${says}: no clusters`, mend, true);
  }
  const under = /microsoft/i.test(release()) ? ', under WSL' : '';
  return works('machine', 'system', says + under, true);
}

function node(): Finding {
  const major = Number.parseInt(process.versions.node, 10);
  const says = `${process.version} at ${process.execPath}`;
  if (major >= NODE_MAJOR) return works('machine', 'node', says, true);
  const mend = `Node ${NODE_MAJOR} or later is wanted: npm ci installs one beside hermes where it can.`;
  return fails('machine', 'node', says, mend, true);
}

function cores(): Finding {
  const count = availableParallelism();
  if (count >= 2) return works('machine', 'cores', `${count}`);
  const mend = 'Five replicas and their clients share it: expect long pauses; --nodes 3 is kinder.';
  return fails('machine', 'cores', 'only one', mend);
}

function memory(): Finding {
  const limit = process.constrainedMemory();
  // 0 or a number beyond the machine's memory: no limit is set.
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const free = Math.min(process.availableMemory(), total);
  const says = `${(free / GB).toFixed(1)} GB available of ${(total / GB).toFixed(1)} GB`;
  if (free > GB) return works('machine', 'memory', says);
  return fails(
    'machine',
    'memory',
    says,
    'Five replicas take about 400 MB: end other programs, or use --nodes 3.',
  );
}

/** The soft limit, where the system shows it. */
function openFiles(): Finding[] {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return [];
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1] ?? 'unlimited';
  if (soft === 'unlimited' || Number(soft) >= OPEN_FILES)
    return [works('machine', 'open-files', `up to ${soft}`)];
  return [
    fails('machine', 'open-files', `only ${soft}`, `Raise the limit: ulimit -n ${OPEN_FILES}.`),
  ];
}
