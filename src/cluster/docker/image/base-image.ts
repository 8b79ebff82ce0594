/**
 * The base of the image: Node and the network programs that faults need. From the official Node image
 * where a registry answers, else from this machine. Made once per engine.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../../base/user-error.ts';
import { type Engine, stderrOf } from '../engine.ts';
import { engineTrouble } from '../engine-trouble.ts';
import { LABEL } from '../labels.ts';
import { BASE_STAGE, DOCKERFILE, OFFICIAL } from './dockerfile.ts';
import { machineRoot } from './machine-root.ts';
import { tarOf } from './tar.ts';

/** How long a registry may take to say its first word, in ms. */
const ANSWER_WITHIN_MS = 4_000;
const PULL_WITHIN_MS = 600_000;
const BUILD_WITHIN_MS = 300_000;
const IMPORT_WITHIN_MS = 120_000;
/** Raised when the recipe changes. */
const RECIPE = 3;

/** Tag of the base for this Node and this recipe. */
export function baseTag(): string {
  const recipe = createHash('sha256').update(`${RECIPE} ${DOCKERFILE}`).digest('hex').slice(0, 8);
  return `hermes-base:${process.versions.node}-${recipe}`;
}

/** Makes the base if the engine has none. Returns its tag. Throws a `UserError`. */
export async function ensureBase(engine: Engine, onStep: (text: string) => void): Promise<string> {
  const tag = baseTag();
  if (await hasImage(engine, tag)) return tag;
  const answers = (await hasImage(engine, OFFICIAL)) || (await pull(engine, onStep));
  if (answers && (await buildOnOfficial(engine, tag, onStep))) return tag;
  onStep('image: no registry gives it, so made of what is on this machine');
  await importMachine(engine, tag);
  return tag;
}

export async function hasImage(engine: Engine, tag: string): Promise<boolean> {
  try {
    await engine.call(['image', 'inspect', '--format', '{{.Id}}', tag]);
    return true;
  } catch (error) {
    if (/no such image/i.test(stderrOf(error))) return false;
    throw engineTrouble('look for its image', stderrOf(error), error as Error);
  }
}

/** False: no registry answers in time. */
async function pull(engine: Engine, onStep: (text: string) => void): Promise<boolean> {
  onStep(`image: asking the registry for ${OFFICIAL}`);
  const answered = Promise.withResolvers<boolean>();
  const enough = new AbortController();
  const silence = setTimeout(() => answered.resolve(false), ANSWER_WITHIN_MS);
  const pulled = engine
    .call(['pull', OFFICIAL], {
      timeoutMs: PULL_WITHIN_MS,
      signal: enough.signal,
      onOutput: (text) => {
        if (/Pulling from/.test(text)) answered.resolve(true);
      },
    })
    .then(
      () => true,
      () => false,
    );
  void pulled.then(answered.resolve);
  try {
    if (!(await answered.promise)) return false;
    onStep(`image: pulling ${OFFICIAL}`);
    return await pulled;
  } finally {
    clearTimeout(silence);
    enough.abort();
  }
}

/** False: the packages cannot be had. */
async function buildOnOfficial(
  engine: Engine,
  tag: string,
  onStep: (text: string) => void,
): Promise<boolean> {
  onStep('image: installing iptables and iproute2 in it');
  try {
    const label = ['--label', `${LABEL.image}=base`];
    const args = ['build', '--target', BASE_STAGE, '--tag', tag, ...label, '-'];
    await engine.call(args, { input: DOCKERFILE, timeoutMs: BUILD_WITHIN_MS });
    return await hasImage(engine, tag);
  } catch {
    return false;
  }
}

async function importMachine(engine: Engine, tag: string): Promise<void> {
  const there = await engine.step('say what it runs on', ['version', '--format', PLATFORM]);
  const here = `${process.platform}/${GO_ARCH[process.arch] ?? process.arch}`;
  if (there.trim() !== here) {
    throw new UserError(
      `no registry gives ${OFFICIAL}, and this machine (${here}) cannot make an image for the engine (${there.trim()}).`,
      `On a machine with access: docker pull ${OFFICIAL}; docker save, docker load bring it here.`,
    );
  }
  const change = ['--change', `LABEL ${LABEL.image}=base`];
  await engine.step('import an image', ['import', ...change, '-', tag], {
    input: tarOf(await machineRoot()),
    timeoutMs: IMPORT_WITHIN_MS,
  });
}

const PLATFORM = '{{.Server.Os}}/{{.Server.Arch}}';
const GO_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
