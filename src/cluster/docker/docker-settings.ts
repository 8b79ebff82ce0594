/** What the user says about containers: which engine, and limits of each node. */
import { UserError } from '../../base/user-error.ts';

export interface DockerSettings {
  /** URL of the engine; absent: DOCKER_HOST, or the current context. */
  readonly dockerHost?: string | undefined;
  /** Cores of each node. */
  readonly cpus?: string | undefined;
  /** Memory of each node: a number and a unit, `256m`. */
  readonly memory?: string | undefined;
}

/** Throws a `UserError` on values that no engine takes. */
export function limitsOf({ cpus, memory }: DockerSettings): { cpus?: number; memory?: string } {
  const cores = Number(cpus);
  if (cpus !== undefined && !(cores > 0 && Number.isFinite(cores)))
    throw new UserError(`--cpus ${cpus} is no number of cores.`, 'For instance: --cpus 0.5');
  if (memory !== undefined && !/^\d+[bkmg]?$/i.test(memory))
    throw new UserError(
      `--memory ${memory} is no amount of memory.`,
      'For instance: --memory 256m',
    );
  return {
    ...(cpus === undefined ? {} : { cpus: cores }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** Throws a `UserError` if something about containers was said, and the runtime has none. */
export function refuseSettings(settings: DockerSettings, runtime: string): void {
  const flags = { dockerHost: '--docker-host', cpus: '--cpus', memory: '--memory' } as const;
  for (const [name, flag] of Object.entries(flags)) {
    if (settings[name as keyof DockerSettings] === undefined) continue;
    throw new UserError(
      `${flag} is about containers, and the runtime is ${runtime}.`,
      'Add --runtime docker, or leave it out.',
    );
  }
}
