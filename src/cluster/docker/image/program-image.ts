/**
 * The image of a cluster's containers: the base and, as a thin layer, the part of this program that runs
 * there. Its tag is the hash of what is in it, so that a changed program gives another image by itself.
 */
import { UserError } from '../../../base/user-error.ts';
import { type Engine, stderrOf } from '../engine.ts';
import { engineTrouble } from '../engine-trouble.ts';
import { INSIDE } from '../inside-paths.ts';
import { LABEL, labelFlags } from '../labels.ts';
import { baseTag, ensureBase, hasImage } from './base-image.ts';
import { withImageLock } from './image-lock.ts';
import { programFiles, SOURCE, type ProgramFiles } from './program-files.ts';
import { tarOf } from './tar.ts';

const REPOSITORY = 'hermes';
const LATEST = `${REPOSITORY}:latest`;
/** Unused images of older programs that stay: of the branches one goes to and fro between. */
const KEPT = 3;

export interface ProgramImage {
  readonly tag: string;
  /** The folder of this machine whose files it holds. */
  readonly source: string;
}

/** Tag of the image of this program. */
export function imageTag(files: ProgramFiles = programFiles()): string {
  return `${REPOSITORY}:${files.hash}-${baseTag().split('-').at(-1)}`;
}

/** Makes the image if the engine has none of this program. Throws a `UserError`. */
export async function ensureImage(
  engine: Engine,
  onStep: (text: string) => void,
  source: string = SOURCE,
): Promise<ProgramImage> {
  const files = programFiles(source);
  const tag = imageTag(files);
  const image = { tag, source };
  if (await hasImage(engine, tag)) return image;
  await withImageLock(engine.address.url, onStep, async () => {
    // Another process may have made it while this one waited.
    if (await hasImage(engine, tag)) return;
    const base = await ensureBase(engine, onStep);
    onStep('image: adding this program');
    await addProgram(engine, base, tag, files);
    await removeOld(engine, tag);
  });
  return image;
}

/** A container that never runs, the files, and a commit: needs no builder and no shared folder. */
async function addProgram(
  engine: Engine,
  base: string,
  tag: string,
  { entries }: ProgramFiles,
): Promise<void> {
  const labels = labelFlags({ [LABEL.image]: 'building' });
  const made = await engine.step('make an image', ['create', ...labels, base, 'none']);
  const container = made.trim();
  try {
    const copy = ['cp', '--archive', '-', `${container}:/`];
    await engine.step('copy this program into an image', copy, { input: tarOf(entries()) });
    const launch = `${INSIDE.source}/cluster/docker/inside/launch.js`;
    const changes = [
      `ENTRYPOINT ["${INSIDE.node}","--disable-warning=ExperimentalWarning","${launch}"]`,
      'CMD []',
      'ENV NODE_ENV=production',
      'WORKDIR /',
      `LABEL ${LABEL.image}=program`,
    ].flatMap((change) => ['--change', change]);
    await engine.step('store an image', ['commit', ...changes, container, tag]);
    // What the compose file asks for.
    await engine.call(['tag', tag, LATEST]);
  } catch (error) {
    const stderr = stderrOf(error);
    throw error instanceof UserError
      ? error
      : engineTrouble('make an image', stderr, error as Error);
  } finally {
    await engine.call(['rm', '--force', container]).catch(() => {});
  }
}

/** Old images of ours, the newest first, without those that stay. */
export async function oldImages(engine: Engine, current: string): Promise<string[]> {
  const args = ['image', 'ls', '--filter', `label=${LABEL.image}`];
  const said = await engine.call([...args, '--format', '{{.Repository}}:{{.Tag}} {{.ID}}']);
  const lines = said.split('\n').filter((line) => line !== '');
  const names = lines.map((line) => line.split(' ') as [string, string]);
  const nameless = names.filter(([name]) => name.includes('<none>')).map(([, id]) => id);
  const programs = names
    .map(([name]) => name)
    .filter((name) => name.startsWith(`${REPOSITORY}:`) && ![current, LATEST].includes(name));
  const bases = names
    .map(([name]) => name)
    .filter((name) => name.startsWith(`${REPOSITORY}-base:`) && name !== baseTag());
  return [...nameless, ...programs.slice(KEPT), ...bases.slice(1)];
}

/** The engine keeps those that a container uses. */
async function removeOld(engine: Engine, current: string): Promise<void> {
  try {
    for (const name of await oldImages(engine, current)) {
      // One by one: a base goes only after what was built on it.
      // eslint-disable-next-line no-await-in-loop
      await engine.call(['image', 'rm', name]).catch(() => {});
    }
  } catch {
    // They stay until next time.
  }
}
