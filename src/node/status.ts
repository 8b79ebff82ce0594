/**
 * What a replica tells of itself: `HERMES STATUS` (the machine's own status, and what only the host
 * knows), and the same for people and Redis tools as sections of `INFO`.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { nodeName } from '../base/node-name.ts';
import type { NodeName, NodeStatus } from '../base/operation.ts';

/** The document of `HERMES STATUS`. */
export interface ReplicaStatus extends NodeStatus {
  readonly name: NodeName;
  readonly protocol: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  /** Longest delay of the event loop in the last one to two seconds, ms. */
  readonly loopDelayMs: number;
  /** Resident set, bytes. */
  readonly memoryBytes: number;
  readonly clients: number;
  /** Peers to which a link is up, with the time of a PING there and back. */
  readonly links: readonly {
    readonly peer: NodeName;
    readonly incarnation: number;
    readonly roundTripUs: number | null;
  }[];
}

/** Sections of `INFO` in order. */
export type InfoSections = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** The version of Redis whose replies ours resemble: what clients decide their features by. */
export const REDIS_VERSION = '7.2.0';

export function infoSections(status: ReplicaStatus, port: number | undefined): InfoSections {
  const { counters } = status;
  return {
    server: {
      redis_version: REDIS_VERSION,
      server_name: 'hermes',
      hermes_version: status.version,
      redis_mode: 'standalone',
      os: `${process.platform} ${process.arch}`,
      process_id: status.pid,
      tcp_port: port ?? 0,
      uptime_in_seconds: Math.floor(status.uptimeMs / 1000),
    },
    clients: { connected_clients: status.clients },
    memory: { used_memory: status.memoryBytes, used_memory_rss: status.memoryBytes },
    persistence: { loading: 0, async_loading: 0 },
    stats: {
      total_connections_received: counters['connectionsAccepted'] ?? 0,
      total_commands_processed: counters['commandsAnswered'] ?? 0,
      expired_keys: 0,
      evicted_keys: 0,
    },
    replication: { role: 'master', connected_slaves: 0 },
    hermes: {
      node: status.name,
      incarnation: status.incarnation,
      protocol: status.protocol,
      state: status.state,
      role: status.role,
      epoch: status.epoch,
      members: status.members.map((ref) => nodeName(ref.id)).join(','),
      links_up: status.links.map((l) => l.peer).join(','),
      copying: (status.copying ?? []).map(nodeName).join(','),
      acceptors: (status.acceptors ?? []).map(nodeName).join(','),
      leader: typeof status.leader === 'number' ? nodeName(status.leader) : '',
      lease_left_us: status.leaseLeftUs ?? 'unlimited',
      loop_delay_ms: status.loopDelayMs,
      ...Object.fromEntries(Object.entries(status.keys).map(([k, n]) => [`keys_${k}`, n])),
      ...counters,
    },
    keyspace: { db0: `keys=${keyCount(status)},expires=0,avg_ttl=0` },
  };
}

/** The sections asked for, as `INFO` prints them; none named: all. */
export function infoText(sections: InfoSections, wanted: readonly string[]): string {
  const all =
    wanted.length === 0 || wanted.some((w) => ['all', 'default', 'everything'].includes(w));
  return Object.entries(sections)
    .filter(([name]) => all || wanted.includes(name))
    .map(([name, fields]) => {
      const lines = Object.entries(fields).map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${name[0]?.toUpperCase()}${name.slice(1)}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}

/** Keys of which the replica keeps a record, deleted ones among them. */
export function keyCount(status: NodeStatus): number {
  return status.keys['all'] ?? Object.values(status.keys).reduce((sum, n) => sum + n, 0);
}

/** Measures how late the event loop is. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: 10 });
  readonly #roll: NodeJS.Timeout;
  #previous = 0;

  constructor() {
    this.#histogram.enable();
    this.#roll = setInterval(() => {
      this.#previous = this.#now();
      this.#histogram.reset();
    }, 1000).unref();
  }

  /** Longest delay in the last one to two seconds, ms. */
  get maxMs(): number {
    return Math.round(Math.max(this.#previous, this.#now()) * 100) / 100;
  }

  close(): void {
    clearInterval(this.#roll);
    this.#histogram.disable();
  }

  #now(): number {
    return this.#histogram.count === 0 ? 0 : Math.max(0, this.#histogram.max / 1e6 - 10);
  }
}

/** Version in the `package.json` of this program, from sources and from `dist` alike. */
export function programVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const file = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (file.name === 'hermes' && file.version !== undefined) return file.version;
    } catch {
      // The other place, then.
    }
  }
  return 'unknown';
}
