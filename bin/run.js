#!/usr/bin/env node
// The start script. Plain JavaScript that Node 20 can parse, since that may be what `node` means here:
// it then hands over to the Node 24 that npm installed beside us, and passes signals and the exit code on.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module'; // not { enableCompileCache }: Node 20 has no such export and dies at link time
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const CANNOT_START = 254; // whatever the user can mend; src/tui/ending.ts has the whole table
const root = fileURLToPath(new URL('..', import.meta.url));
const handedOver = process.env.HERMES_HANDED_OVER === '1';
delete process.env.HERMES_HANDED_OVER; // ours alone: programs started from here must not inherit it

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
  const node = handedOver ? undefined : pinnedNode();
  if (node === undefined) {
    refuse(
      `hermes needs Node ${NODE_MAJOR} or later; this is Node ${process.versions.node}, and the one that npm installs for Linux is not there.`,
      `Run npm ci in ${root} (Linux on x64 or arm64), or install Node ${NODE_MAJOR}.`,
    );
  } else {
    await handOver(node);
  }
} else {
  await start();
}

async function start() {
  const built = new URL('../dist/src/tui/main.js', import.meta.url);
  if (!existsSync(built) || !existsSync(new URL('../dist/commands', import.meta.url))) {
    refuse('hermes is not built: its folder dist is missing.', `Run npm run build in ${root}.`);
    return;
  }
  if (handedOver) dieWithParent();
  module.enableCompileCache?.();
  if (process.env.DEBUG !== undefined) process.setSourceMapsEnabled(true); // reads a file per module; only stacks need it
  process.env.NODE_ENV ??= 'production';
  let main;
  try {
    ({ main } = await import(built.href));
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    refuse(error.message, `Run npm ci in ${root}, then npm run build.`);
    return;
  }
  await main({ root });
}

/** The Node of the optional dependency, wherever npm put it (beside us, or hoisted above us). */
function pinnedNode() {
  try {
    const { resolve } = module.createRequire(import.meta.url);
    return resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

/**
 * Runs this script again under `node`. The channel beside the three standard streams carries nothing: its
 * end tells the child that this process is gone, even by SIGKILL.
 */
async function handOver(node) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, HERMES_HANDED_OVER: '1' },
  });
  // A terminal sends SIGINT to the child as well; passing it on would count as pressing Ctrl-C twice.
  process.on('SIGINT', () => inForeground() || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => refuse(error.message, `Run npm ci in ${root}.`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Whether our process group is the one that the terminal's keys reach (fields pgrp and tpgid of proc(5)). */
function inForeground() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ');
    return fields[2] === fields[5];
  } catch {
    return true;
  }
}

/** Who kills the start script kills the program: what it started notices and cleans up. */
function dieWithParent() {
  process.channel?.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

function refuse(message, hint) {
  process.stderr.write(`Error: ${message}\n  ${hint}\n`);
  process.exitCode = CANNOT_START;
}
