/**
 * Running the system's own network programs: no shell, bounded in time, errors that say which
 * command failed and what it said.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where network programs lie; an ordinary user's PATH on Debian has no `sbin`. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The environment's PATH with the `sbin` folders behind it. */
export function toolPath(): string {
  const path = (process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  return [...path, ...SBIN.filter((folder) => !path.includes(folder))].join(delimiter);
}

/** Full path of a program, or undefined if there is none of that name. */
export function findTool(name: string): string | undefined {
  for (const folder of toolPath().split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined;
}

/** A command that ended badly: which, how, and what it said on stderr. */
export class ToolFailed extends Error {
  readonly stderr: string;
  constructor(command: readonly string[], how: string, stderr: string) {
    const said = stderr.trim().split('\n').slice(-3).join('; ');
    super(`${command.join(' ')}: ${how}${said === '' ? '' : `: ${said}`}`);
    this.name = 'ToolFailed';
    this.stderr = stderr;
  }
}

export interface ToolOptions {
  /** Written to stdin, which is then closed. */
  readonly input?: string;
  /** Default 10 s; then the program is killed and the call fails. */
  readonly timeoutMs?: number;
  /** Open descriptors that the program gets as 3, 4, … */
  readonly descriptors?: readonly number[];
}

/** Runs a program and returns its stdout. Throws `ToolFailed` on any end but exit 0. */
export function tool(command: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { input = '', timeoutMs = 10_000, descriptors = [] } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command[0] as string, command.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
      env: { ...process.env, PATH: toolPath(), LC_ALL: 'C' },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => reject(new ToolFailed(command, error.message, stderr)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new ToolFailed(command, signal === null ? `exit ${code}` : `ended by ${signal}`, stderr),
        );
    });
    // A program that ends without reading its input says why through its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
