/**
 * What this machine has of Docker, and what hermes has there: for `hermes doctor`. Changes nothing and
 * starts nothing; what an engine can do to packets is known once a cluster was opened on it.
 */
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { UserError } from '../../base/user-error.ts';
import type { Trouble } from '../netns/probe.ts';
import { FILES } from '../state/state-folder.ts';
import { engineOf, stderrOf, type Engine } from './engine.ts';
import { engineTrouble } from './engine-trouble.ts';
import { hasImage } from './image/base-image.ts';
import { imageTag, oldImages } from './image/program-image.ts';
import type { PacketMeans } from './inside/measure.ts';
import { knownPacketMeans } from './packet-means.ts';
import { findClusters, type Found } from './remains.ts';

export interface DockerProbe {
  /** Why no cluster can be opened on an engine; undefined: one can. */
  readonly trouble: Trouble | undefined;
  /** `20.10.24, linux/amd64, at unix:///var/run/docker.sock`; '' where none answers. */
  readonly engine: string;
  /** The image of this program is there; else the first run makes it. */
  readonly imageReady: boolean;
  /** Images of older versions of this program that nothing needs. */
  readonly oldImages: readonly string[];
  /** What can be done to packets; undefined: nobody has tried yet. */
  readonly packets: PacketMeans | undefined;
  /** Clusters of this machine whose holder is gone, and what they left. */
  readonly dead: readonly Found[];
}

/** An engine that takes longer is not at hand. */
const ANSWER_WITHIN_MS = 2_000;

/** Never throws: whatever goes wrong is an answer. `dockerHost`: as `--docker-host`. */
export async function probeDocker(dockerHost?: string): Promise<DockerProbe> {
  try {
    const engine = await engineOf(dockerHost);
    const version = await answer(engine);
    const tag = imageTag();
    const [imageReady, old, packets, dead] = await Promise.all([
      hasImage(engine, tag),
      oldImages(engine, tag),
      knownPacketMeans(engine),
      deadClusters(engine),
    ]);
    const said = `${version}, at ${engine.address.url}`;
    return { trouble: undefined, engine: said, imageReady, oldImages: old, packets, dead };
  } catch (error) {
    const { message, hint } =
      error instanceof UserError ? error : new UserError((error as Error).message);
    const trouble = { why: message.replace(/\.$/, ''), mend: hint ?? '' };
    return { ...NOTHING, trouble };
  }
}

const NOTHING: Omit<DockerProbe, 'trouble'> = {
  engine: '',
  imageReady: false,
  oldImages: [],
  packets: undefined,
  dead: [],
};

async function answer(engine: Engine): Promise<string> {
  const format = '{{.Server.Version}}, {{.Server.Os}}/{{.Server.Arch}}';
  try {
    const args = ['version', '--format', format];
    return (await engine.call(args, { timeoutMs: ANSWER_WITHIN_MS })).trim();
  } catch (error) {
    throw engineTrouble('reach the engine', stderrOf(error), error as Error);
  }
}

/** Of this machine, and without a holder that answers. Throws `EngineFailed`. */
export async function deadClusters(engine: Engine): Promise<Found[]> {
  const found = (await findClusters(engine)).filter(({ host }) => host === hostname());
  const alive = await Promise.all(found.map(({ dir }) => answers(FILES.control(dir))));
  return found.filter((_, i) => !alive[i]);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const line = connect(socket);
    const end = (answered: boolean): void => {
      line.destroy();
      resolve(answered);
    };
    line.once('connect', () => end(true));
    // Somebody else's: whether it lives, they know.
    line.once('error', ({ code }: NodeJS.ErrnoException) =>
      end(code === 'EACCES' || code === 'EPERM'),
    );
  });
}
