/**
 * One process at a time makes images on an engine: a file in this user's cache folder that names who.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

const LOOK_EVERY_MS = 100;
/** An owner that takes longer is given up: two who make the same image do no harm but work twice. */
const STALE_MS = 15 * 60_000;

/** Runs `work` alone. `url`: of the engine. */
export async function withImageLock<T>(
  url: string,
  onStep: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const file = lockFile(url);
  let said = false;
  while (!take(file)) {
    if (!said) onStep('image: another hermes is making it');
    said = true;
    // eslint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Where engines of this user are locked, and what was measured of them is kept. */
export function cacheFolder(): string {
  const cache =
    process.env['XDG_CACHE_HOME'] || join(homedir() || `/tmp/${userInfo().uid}`, '.cache');
  const folder = join(cache, 'hermes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function lockFile(url: string): string {
  const name = createHash('sha256').update(url).digest('hex').slice(0, 12);
  return join(cacheFolder(), `image-${name}.lock`);
}

/** True: it is ours now. Takes over from an owner that is gone. */
function take(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!isStale(file)) return false;
  rmSync(file, { force: true });
  return false;
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    // Empty: its owner is about to write.
    if (!(pid > 0)) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
