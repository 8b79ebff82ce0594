/**
 * The ground of a configuration, in this process: network by kind, frames by name.
 */
import { pathToFileURL } from 'node:url';
import { UserError } from '../../base/user-error.ts';
import type { Target } from '../../system/system.ts';
import { FRAME_FORMAT, type FrameFormat } from '../../wire/frames.ts';
import { LinkProxy } from '../proxy/link-proxy.ts';
import { NetnsNetwork } from '../netns/netns-network.ts';
import type { Frames, GroundConfig } from './ground.ts';
import { LocalGround } from './local-ground.ts';
import { LoopbackNetwork } from './loopback.ts';

/** `onGroup`: told of each process group that must not outlive the ground. */
export async function makeGround(
  config: GroundConfig,
  onGroup?: (pid: number, alive: boolean) => void,
): Promise<LocalGround> {
  const network =
    config.kind === 'process'
      ? new LoopbackNetwork()
      : new NetnsNetwork({
          keep: [config.dir, config.logDir],
          ...(config.iptables === undefined ? {} : { iptables: config.iptables }),
        });
  const proxy = config.links === 'proxy' ? new LinkProxy(await formatOf(config.frames)) : undefined;
  return new LocalGround(config, network, proxy, onGroup);
}

async function formatOf(frames: Frames): Promise<FrameFormat | undefined> {
  if (frames === null) return undefined;
  if (frames === 'replica') return FRAME_FORMAT;
  const loaded = (await import(pathToFileURL(frames.module).href)) as { default?: Target };
  if (loaded.default?.frames === undefined)
    throw new UserError(`${frames.module} no longer says what its frames look like.`);
  return loaded.default.frames;
}
