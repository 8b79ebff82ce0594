/**
 * Labels of all that hermes makes on an engine: by them a cluster is taken down, and what a dead one
 * left is found.
 */

export const LABEL = {
  /** The cluster's name; on containers, networks, volumes. */
  cluster: 'hermes.cluster',
  /** One opening of a cluster: random. */
  id: 'hermes.id',
  /** Node's name, or `hub`. */
  node: 'hermes.node',
  /** The cluster's state folder and the machine it is on: who is in charge. */
  dir: 'hermes.dir',
  host: 'hermes.host',
  /** On images: `base` or `program`. */
  image: 'hermes.image',
} as const;

/** `--label` flags. */
export function labelFlags(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
}
