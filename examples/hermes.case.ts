/** The command `hermes` for the tests of the examples, in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../bin/dev.js', import.meta.url));

/** What `--json` prints, as far as the examples look at it. */
export interface Document {
  readonly valid: boolean | 'unknown';
  readonly ops: number;
  readonly why?: string;
  readonly anomalies: readonly {
    readonly type: string;
    readonly why: string;
    readonly key?: number;
  }[];
  readonly properties?: readonly { readonly name: string; readonly valid: boolean | 'unknown' }[];
  readonly faults?: readonly {
    readonly shape: string;
    readonly bitten: boolean;
    readonly counters: Readonly<Record<string, number>>;
  }[];
}

export interface Ended {
  readonly code: number | null;
  readonly document: Document;
}

/** Runs `hermes … --json` with processes as nodes. Everything that it leaves is removed. */
export async function hermes(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'hermes-example-'));
  const own = { HERMES_STATE: join(folder, 's'), HERMES_RUNTIME: 'process' };
  const child = spawn(process.execPath, [START, ...args, '--json'], {
    cwd: folder,
    env: { ...process.env, ...own, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  try {
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, document: JSON.parse(stdout) as Document };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Path of a file of an example. */
export function pathOf(file: string, from: string): string {
  return fileURLToPath(new URL(file, from));
}
