/** What container engine is at hand, and what it can do to packets: the words for `probeDocker`. */
import type { PacketMeans } from '../docker/inside/measure.ts';
import { probeDocker } from '../docker/probe.ts';
import type { Found } from '../docker/remains.ts';
import { fails, works, type Finding } from './finding.ts';

/** What can be done to packets, and what is said of it where it works. */
const PACKETS: Readonly<Record<keyof PacketMeans, string>> = {
  drop: 'cut',
  loss: 'lost by chance',
  disconnect: 'connections reset',
  rate: 'limited in rate',
  copies: 'repeated',
  netem: 'delayed, reordered, corrupted',
};

export async function examineContainers(): Promise<Finding[]> {
  const { trouble, engine, imageReady, oldImages, packets, dead } = await probeDocker();
  if (trouble !== undefined) {
    const mend = trouble.mend === '' ? 'Look at: docker info.' : trouble.mend;
    return [fails('clusters', 'docker', trouble.why, mend)];
  }
  const image = imageReady ? 'its image is ready' : 'the first run makes its image';
  return [
    works('clusters', 'docker', `engine ${engine}; ${image}`),
    ...(packets === undefined ? [] : packetFaults(packets)),
    ...dead.map(remains),
    ...(oldImages.length === 0 ? [] : [images(oldImages)]),
  ];
}

function packetFaults(packets: PacketMeans): Finding[] {
  const each = Object.entries(PACKETS) as [keyof PacketMeans, string][];
  const can = each.filter(([means]) => packets[means] === true).map(([, says]) => says);
  const cannot = each.filter(([means]) => packets[means] !== true);
  const able = works('faults', 'docker-packets', `in containers, packets are ${can.join(', ')}`);
  const unable = cannot.map(([means, says]) => {
    const mend = "Load the kernel module on the engine's host, where its kernel has it.";
    return fails('faults', `docker-${means}`, `not ${says}: ${packets[means]}`, mend);
  });
  return can.length === 0 ? unable : [able, ...unable];
}

function remains({ id, name, objects }: Found): Finding {
  const says = `${objects.length} left of the cluster ${name}, whose holder is gone`;
  return fails('clusters', `left-${id}`, says, `hermes cluster down --name ${name}`);
}

function images(tags: readonly string[]): Finding {
  const says = `${tags.length} ${tags.length === 1 ? 'image' : 'images'} of older versions`;
  return fails('programs', 'docker-images', says, `Remove them: docker rmi ${tags.join(' ')}`);
}
