/** Which version of the program this is: of the package, and of the clone it lies in. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BuildInfo {
  readonly version: string;
  /** Full hash; empty outside a clone. */
  readonly commit: string;
}

/** Reads `package.json` and, in a clone, what HEAD points to. */
export async function buildInfo(): Promise<BuildInfo> {
  const root = await packageRoot();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { version, commit: await headCommit(join(root, '.git')) };
}

/** Folder of the package, from the sources and from `dist` alike. */
export async function packageRoot(dir = dirname(fileURLToPath(import.meta.url))): Promise<string> {
  const here = await readFile(join(dir, 'package.json'), 'utf8').catch(() => undefined);
  return here === undefined && dirname(dir) !== dir ? packageRoot(dirname(dir)) : dir;
}

async function headCommit(git: string): Promise<string> {
  const read = (file: string): Promise<string> => readFile(join(git, file), 'utf8').catch(() => '');
  const head = (await read('HEAD')).trim();
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  const loose = (await read(ref)).trim();
  if (loose !== '') return loose;
  const packed = (await read('packed-refs')).split('\n').find((line) => line.endsWith(` ${ref}`));
  return packed?.split(' ')[0] ?? '';
}
