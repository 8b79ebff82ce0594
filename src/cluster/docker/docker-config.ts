/** What a ground in containers is told by the process that opens the cluster. JSON-able. */
import type { EngineAddress } from './engine.ts';

export interface DockerConfig {
  readonly engine: EngineAddress;
  /** Tag of the image of all containers. */
  readonly image: string;
  /** Where this program's sources (or what was built of them) lie on this machine. */
  readonly source: string;
  /** Cores of each node; absent: all. */
  readonly cpus?: number;
  /** Memory of each node, as docker writes it (`256m`); absent: all. */
  readonly memory?: string;
}
