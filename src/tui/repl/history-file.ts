/** The lines of earlier sessions, for the arrow keys: one a line, the oldest first. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const MOST_LINES = 500;

/** The lines of before, the newest first, as node:readline wants them. None if there is no file. */
export function loadHistory(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean).reverse();
  } catch {
    return [];
  }
}

/** Keeps the newest lines for the next time. A history that cannot be kept is no reason to fail. */
export function saveHistory(path: string, newestFirst: readonly string[]): void {
  const lines = newestFirst.slice(0, MOST_LINES).reverse();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  } catch {
    // The next session begins without.
  }
}
